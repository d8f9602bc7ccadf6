/**
 * What ends a pool's run besides an item's own error.
 *
 * @module
 */

import { TaskError } from "../core/errors.ts";

/** What is known of a failed run. */
export interface PoolFailure {
  /** The item that could not be done, by its place; null when it is not the fault of one. */
  index: number | null;
  /** The item, or the arguments of a call. */
  item: unknown;
  /** What ended the worker that had it last. */
  cause: unknown;
}

/**
 * A pool cannot go on: `NO_WORKERS` when none is alive and none can be restarted, `ITEM_LOST` when every worker that
 * had an item died of it.
 */
export class PoolFailed extends TaskError {
  /** The place of the item that could not be done; null when it is not the fault of one. */
  index: number | null;
  /** The item, or the arguments of a call. */
  item: unknown;
  /** Of `run`: what was done before, in the items' order, with holes; of `stream`: nothing, it was given already. */
  partialResults: unknown[] = [];

  /** A failure with what is known of it. */
  constructor(code: "NO_WORKERS" | "ITEM_LOST", message: string, { index, item, cause }: PoolFailure) {
    super(code, message, { cause });
    this.index = index;
    this.item = item;
  }
}

Object.defineProperty(PoolFailed.prototype, "name", { value: "PoolFailed", writable: true, configurable: true });
