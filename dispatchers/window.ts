/**
 * How many units a server is given at a time.
 *
 * @module
 */

import type { Window } from "./link_backend.ts";

/** Units on the way to a server that others use too, at most: an iterable of tasks stays lazy. */
const UNITS = 1024;

/** Work, in milliseconds, that is given ahead: more than a round trip takes, so that no worker runs dry. */
const AHEAD_MS = 8;
const NEWEST = 0.2;

/** The same number always, where nobody knows how many workers there are. */
export class FixedWindow implements Window {
  readonly parallelism = UNITS;
  started(): void {}
  ended(): void {}
}

/**
 * As many as there are workers, and more as long as they end so quickly that workers would wait for the next ones: what
 * has been given out no longer counts as waiting, and can no longer be withheld.
 */
export class AdaptiveWindow implements Window {
  #workers: number;
  #now: () => number;
  #atWork = 0;
  /** When the last unit ended, or the first of a busy time was started. */
  #lastAt = 0;
  /** Milliseconds between the ends of units while any is at work; null before the first. */
  #meanMs: number | null = null;

  /** `now` gives monotonic milliseconds. */
  constructor(workers: number, now: () => number) {
    this.#workers = workers;
    this.#now = now;
  }

  get parallelism(): number {
    if (this.#meanMs === null) return this.#workers;
    return Math.max(this.#workers, Math.min(UNITS, Math.floor(AHEAD_MS / Math.max(this.#meanMs, 0.001))));
  }

  started(): void {
    if (this.#atWork++ === 0) this.#lastAt = this.#now();
  }

  ended(): void {
    this.#atWork--;
    const now = this.#now();
    const ms = now - this.#lastAt;
    this.#lastAt = now;
    // One slow unit must count at once, many quick ones by and by.
    this.#meanMs = this.#meanMs === null ? ms : Math.max(ms * NEWEST, this.#meanMs + (ms - this.#meanMs) * NEWEST);
  }
}
