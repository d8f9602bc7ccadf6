/**
 * One worker of a stage as the stage sees it, whatever it runs in.
 *
 * @module
 */

import type { StageAnswer } from "../wire/stage_batch.ts";
import type { StageServlet } from "./servlet.ts";

/** A worker that has its stage loaded. */
export interface StageWorker {
  /** Resolves, with the reason, when the worker has ended without being told to. */
  readonly died: Promise<Error>;
  /**
   * Works on a batch of `count` encoded items. Batches are begun in the order of the calls. When the worker dies this never
   * settles: {@linkcode StageWorker.died} tells it for all.
   *
   * @throws when the batch cannot be sent.
   */
  work(items: Uint8Array, count: number): Promise<StageAnswer>;
  /** Ends the worker: after what it has, or with `force` at once. Closing twice is fine. */
  close(options: { force: boolean }): Promise<void>;
}

/**
 * Makes a worker for a stage; resolves when the stage is loaded. Gives up when the signal aborts: that may be never.
 *
 * @throws what its constructor or `init` threw, or the reason of the signal.
 */
export type Hire = (stage: StageServlet, workerIndex: number, signal: AbortSignal) => Promise<StageWorker>;
