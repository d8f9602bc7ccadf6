/**
 * Callers that wait for something, first come first served, each for as long as it likes.
 *
 * @module
 */

import { onAbort } from "../core/abort.ts";
import { MAX_DELAY_MS } from "../core/clock.ts";
import { Fifo } from "../core/fifo.ts";

/** How long somebody waits. */
export interface WaitLimits {
  /** Longest wait in milliseconds. @default {no limit} */
  readonly timeoutMs?: number;
  /** Ends the wait, with its reason. */
  readonly signal?: AbortSignal;
}

/** Somebody in a line. */
export interface Waiter<T> {
  /** Takes what it waited for. */
  readonly take: (value: T) => void;
  /** Lets go of what limits its wait; null where nothing does. */
  letGo: (() => void) | null;
  /** It has what it waited for, or waits no more: then it stays in the line until its turn comes, and is passed over. */
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
   * Waits for a value, within limits.
   *
   * @throws what `onTimeout` gives, when the time is over. @throws the reason of the signal.
   */
  wait(limits: WaitLimits, onTimeout: () => unknown): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const waiter = this.enter(resolve);
      // Most have none.
      if (limits.timeoutMs === undefined && limits.signal === undefined) return;
      waiter.letGo = limitWait(limits, onTimeout, (reason) => {
        this.leave(waiter);
        reject(reason);
      });
    });
  }

  /** Stands in line until `take` is given a value. */
  enter(take: (value: T) => void): Waiter<T> {
    const waiter: Waiter<T> = { take, letGo: null, isGone: false };
    this.#waiters.push(waiter);
    return waiter;
  }

  /** Waits no more; means nothing for one that has been given its value. */
  leave(waiter: Waiter<T>): void {
    if (waiter.isGone) return;
    waiter.isGone = true;
    waiter.letGo?.();
    this.#gone++;
    // A caller that asks again and again while nothing comes must not fill the line.
    if (this.#gone * 2 <= this.#waiters.length) return;
    this.#waiters.retain(({ isGone }) => !isGone);
    this.#gone = 0;
  }

  /** Gives the first in line its value; false when nobody waits. */
  give(value: T): boolean {
    for (let waiter = this.#waiters.shift(); waiter !== undefined; waiter = this.#waiters.shift()) {
      if (waiter.isGone) {
        this.#gone--;
        continue;
      }
      waiter.isGone = true;
      waiter.letGo?.();
      waiter.take(value);
      return true;
    }
    return false;
  }
}

/** Calls `end` with the reason when a wait is over; gives the way to let go of its limits, null where there are none. */
export function limitWait(
  { timeoutMs, signal }: WaitLimits,
  onTimeout: () => unknown,
  end: (reason: unknown) => void,
): (() => void) | null {
  const isTimed = timeoutMs !== undefined && timeoutMs <= MAX_DELAY_MS;
  if (!isTimed && signal === undefined) return null;
  const timer = isTimed ? setTimeout(() => end(onTimeout()), timeoutMs) : undefined;
  const letGo = onAbort(signal, end);
  return () => {
    clearTimeout(timer);
    letGo();
  };
}
