/**
 * Callers that wait for something, first come first served, each for as long as it likes.
 *
 * @module
 */

import { Fifo } from "../core/fifo.ts";

/** Longest delay that the runtime's timers take; a longer wait is a wait for ever. */
export const MAX_DELAY_MS = 2 ** 31 - 1;

interface Waiter<T> {
  resolve(value: T | PromiseLike<T>): void;
  reject(reason: unknown): void;
  timer: ReturnType<typeof setTimeout> | null;
  /** Its time was over: it stays in the line until its turn comes, and is passed over then. */
  isGone: boolean;
}

/** A line of callers. */
export class WaitLine<T> {
  #waiters = new Fifo<Waiter<T>>();
  #gone = 0;

  /** How many wait. */
  get length(): number {
    return this.#waiters.length - this.#gone;
  }

  /**
   * Waits for a value, at most `timeoutMs` milliseconds where given.
   *
   * @throws what `onTimeout` gives, when the time is over.
   */
  wait(timeoutMs: number | undefined, onTimeout: () => unknown): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const waiter: Waiter<T> = { resolve, reject, timer: null, isGone: false };
      if (timeoutMs !== undefined && timeoutMs <= MAX_DELAY_MS) {
        waiter.timer = setTimeout(() => {
          this.#leave(waiter);
          reject(onTimeout());
        }, timeoutMs);
      }
      this.#waiters.push(waiter);
    });
  }

  /** Gives the first in line its value; false when nobody waits. */
  give(value: T): boolean {
    const waiter = this.#next();
    waiter?.resolve(value);
    return waiter !== undefined;
  }

  /** Fails the first in line; false when nobody waits. */
  fail(reason: unknown): boolean {
    const waiter = this.#next();
    waiter?.reject(reason);
    return waiter !== undefined;
  }

  #next(): Waiter<T> | undefined {
    for (let waiter = this.#waiters.shift(); waiter !== undefined; waiter = this.#waiters.shift()) {
      if (waiter.isGone) {
        this.#gone--;
        continue;
      }
      if (waiter.timer !== null) clearTimeout(waiter.timer);
      return waiter;
    }
    return undefined;
  }

  #leave(waiter: Waiter<T>): void {
    waiter.isGone = true;
    this.#gone++;
    // A caller that asks again and again while nothing comes must not fill the line.
    if (this.#gone * 2 <= this.#waiters.length) return;
    this.#waiters.retain(({ isGone }) => !isGone);
    this.#gone = 0;
  }
}
