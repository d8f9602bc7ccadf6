import type { Ticker } from "../../core/ticker.ts";
import { Delays } from "../../engine/delays.ts";
import type { FairQueue } from "../../engine/fair_queue.ts";
import { KeyLimits } from "../../engine/key_limits.ts";
import { Line } from "../../engine/line.ts";

/** A queue with what waits for its time, or for its key, beside it. */
export function lineOf(queue: FairQueue, ticker: Ticker) {
  const limits = new KeyLimits({ ticker, queue, onReady() {} });
  const delays = new Delays({ ticker, queue: limits, isClear: () => true, onReady() {} });
  return { line: new Line(limits, delays), limits, delays, retrying: delays.retrying };
}
