/**
 * Pipelines for a server to run. It imports this when it is given the first.
 *
 * @module
 */

import { systemClock } from "../core/clock.ts";
import { startWithin } from "../core/start_within.ts";
import type { PermissionSet } from "../core/permissions.ts";
import type { AnyServlet } from "../procedures/servlet.ts";
import { ITEM_BUDGET } from "../wire/decode_budget.ts";
import { Engine, type Passage } from "./engine.ts";
import { hireWorker, type StageLogLine } from "./hire_worker.ts";
import { Parcel } from "./parcel.ts";
import { capacityOf, type PipelineOptions } from "./pipeline.ts";
import type { Hire } from "./stage_worker.ts";
import type { ResolvedWorkerOptions } from "../workers/worker_options.ts";

/** How a pipeline is served. */
export interface ServedOptions extends PipelineOptions {
  /** The server's: stages stay within it whenever one starts, which they do anew when they have died. */
  ceiling: PermissionSet;
  /** The server's, around each process of a stage. */
  wall: ResolvedWorkerOptions["wall"];
  /** Told of each line that a stage logs or prints. */
  onLog(line: StageLogLine): void;
}

/** Starts a pipeline that takes and gives encoded items, within its options' limits; gives up when the signal aborts. */
export async function startServed(name: string, servlet: AnyServlet, options: ServedOptions, signal: AbortSignal) {
  const { ceiling, wall, onLog, ...own } = options;
  const hire: Hire = (stage, index, signal) => hireWorker(stage, index, signal, { ceiling, wall, onLog });
  const params = { capacity: capacityOf(own), clock: systemClock, hire, budget: ITEM_BUDGET };
  const start = (either: AbortSignal | undefined) => Engine.start(servlet, params, either);
  const engine = await startWithin(options, `The pipeline "${name}"`, start, signal);
  return {
    begin(item: Uint8Array, passage: Passage) {
      const { result, drop } = engine.begin(Parcel.ofBytes(item, ITEM_BUDGET), passage);
      return { result: result.then((parcel) => parcel.bytes), drop };
    },
    snapshot: () => engine.snapshot(),
    stop: (mode: "drain" | "now") => engine.stop(mode),
  };
}

export { stagesOf } from "./servlet.ts";
