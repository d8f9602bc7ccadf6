/**
 * What `execute` gives.
 *
 * @module
 */

import { forgetHandle, onAbandoned } from "./abandoned.ts";
import type { Execution } from "./execution.ts";

/**
 * The results of tasks, one at a time. Unlike an async generator it goes on behind an error: a task that failed raises
 * from its own `next()` only. Leaving a `for await` loop ends it; so does dropping it, by and by.
 *
 * @typeParam Data What the tasks give.
 */
export class ResultIterator<Data> implements AsyncIterableIterator<Data, undefined, undefined>, AsyncDisposable {
  #execution: Execution;

  /**
   * Use `execute`.
   *
   * @ignore
   */
  constructor(execution: Execution) {
    this.#execution = execution;
    onAbandoned(this, () => void execution.stop().catch(() => {}));
  }

  /**
   * The next result. May be called again before the one before has come: each call gets a result of its own.
   *
   * @throws the task's own error. @throws {WaitTimeout} when the time is over; the next call goes on.
   * @throws the error of the iterable of tasks, behind all results. @throws {DispatcherClosed}
   */
  next(): Promise<IteratorResult<Data, undefined>> {
    const ready = this.#execution.tryNext();
    if (ready === undefined) return this.#slowNext();
    // No promise more than one: what is there already is what a loop over tiny tasks finds most of the time.
    return ready.status === "failed"
      ? Promise.reject(ready.error)
      : Promise.resolve({ done: false, value: ready.value as Data });
  }

  async #slowNext(): Promise<IteratorResult<Data, undefined>> {
    const outcome = await this.#execution.next();
    if (outcome === null) return { done: true, value: undefined };
    if (outcome.status === "failed") throw outcome.error;
    return { done: false, value: outcome.value as Data };
  }

  /** Ends it: pulls no more tasks, and drops or cancels those that were pulled. */
  async return(): Promise<IteratorResult<Data, undefined>> {
    forgetHandle(this);
    await this.#execution.stop();
    return { done: true, value: undefined };
  }

  /** Itself. */
  [Symbol.asyncIterator](): this {
    return this;
  }

  /** Ends it. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.return();
  }
}
