/**
 * What is being made, once for all who wait for it, and given up when nobody does any more.
 *
 * @module
 */

import { onAbort } from "../core/abort.ts";
import { isDoneWithin } from "../core/done_within.ts";

/** One of them. */
interface Making<Made> {
  readonly made: Promise<Made>;
  readonly abandon: AbortController;
  waiters: number;
}

/** Longest wait for what was given up, in milliseconds: a file may lie on a disk that does not answer. */
const SETTLED_MS = 1000;

/** All of a kind, by their keys. */
export class Makings<Made> {
  #underWay = new Map<string, Making<Made>>();
  /** With those that were given up, as long as they go on. */
  #unsettled = new Set<Promise<unknown>>();

  /** What `make` makes, or has been asked for already; `signal` is aborted when the asker waits no more. */
  get(key: string, make: (signal: AbortSignal) => Promise<Made>, signal?: AbortSignal): Promise<Made> {
    let making = this.#underWay.get(key);
    if (making === undefined) this.#underWay.set(key, making = this.#begin(key, make));
    making.waiters++;
    if (signal !== undefined) {
      const letGo = onAbort(signal, () => this.#leave(key, making));
      making.made.then(letGo, letGo);
    }
    return making.made;
  }

  /** Resolves when nothing goes on any more, what was given up included, or that is waited for in vain. */
  async settled(): Promise<void> {
    await isDoneWithin(Promise.allSettled(this.#unsettled), SETTLED_MS);
  }

  #begin(key: string, make: (signal: AbortSignal) => Promise<Made>): Making<Made> {
    const abandon = new AbortController();
    const made = make(abandon.signal).finally(() => {
      if (this.#underWay.get(key) === making) this.#underWay.delete(key);
      // What ran beside a look that failed.
      abandon.abort();
    });
    this.#unsettled.add(made);
    // All who waited may have left.
    made.catch(() => {}).finally(() => this.#unsettled.delete(made));
    const making: Making<Made> = { made, abandon, waiters: 0 };
    return making;
  }

  #leave(key: string, making: Making<Made>): void {
    if (--making.waiters > 0) return;
    // Whoever asks from now on must not get one that is being given up.
    if (this.#underWay.get(key) === making) this.#underWay.delete(key);
    making.abandon.abort();
  }
}
