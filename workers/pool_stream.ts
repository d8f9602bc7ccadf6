/**
 * What becomes of a run's items, read one by one while it goes on.
 *
 * @module
 */

import { TaskError } from "../core/errors.ts";
import type { Supply } from "../core/leavable_iterator.ts";
import type { OutcomeQueue } from "./outcome_queue.ts";
import type { PoolRun } from "./pool_run.ts";

/** The outcomes of one run. */
export class PoolStream implements Supply<unknown> {
  #run: PoolRun;
  #queue: OutcomeQueue;
  #isSettled: boolean;

  /** `isSettled`: gives how each item ended, and goes on behind those that failed. */
  constructor(run: PoolRun, queue: OutcomeQueue, isSettled: boolean) {
    this.#run = run;
    this.#queue = queue;
    this.#isSettled = isSettled;
  }

  take(): IteratorResult<unknown, undefined> | null {
    for (let next = this.#queue.shift(); next !== undefined; next = this.#queue.shift()) {
      const { outcome, bytes } = next;
      this.#run.taken(bytes);
      if (this.#isSettled) return { done: false, value: outcome };
      // A failure has ended the run, which raises it behind what was done before.
      if (outcome.status === "fulfilled") return { done: false, value: outcome.value };
    }
    if (!this.#run.isOver) return null;
    const { failure } = this.#run;
    if (failure !== null) throw failure.error;
    return { done: true, value: undefined };
  }

  wait(wake: () => void): void {
    this.#queue.wake = wake;
  }

  leave(): void {
    this.#run.fail(new TaskError("STREAM_ENDED", "The run was left before its end"));
  }
}
