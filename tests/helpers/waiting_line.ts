import type { Ticker } from "../../core/ticker.ts";
import { Delays } from "../../engine/delays.ts";
import type { FairQueue } from "../../engine/fair_queue.ts";
import { Line } from "../../engine/line.ts";

/** A queue with what waits for its time beside it. */
export function lineOf(queue: FairQueue, ticker: Ticker): { line: Line; delays: Delays; retrying: Delays["retrying"] } {
  const delays = new Delays({ ticker, queue, isClear: () => true, onReady() {} });
  return { line: new Line(queue, delays), delays, retrying: delays.retrying };
}
