/**
 * Drops results when their time is over, by an alarm that exists only while there are results.
 *
 * @module
 */

import type { ResultCache } from "../store/result_cache.ts";
import type { Alarm, Ticker } from "../core/ticker.ts";

/** However short the retention: while a result is awaited, there is nothing to find more often than this. */
const LEAST_MS = 1000;

/** Keeps a result cache tidy. */
export class ResultExpiry {
  #cache: ResultCache;
  #ticker: Ticker;
  #retentionMs: number;
  #onExpired: () => void;
  #alarm: Alarm | null = null;

  /** `onExpired` hears when results may have gone. */
  constructor(cache: ResultCache, ticker: Ticker, retentionMs: number, onExpired: () => void = () => {}) {
    this.#cache = cache;
    this.#ticker = ticker;
    this.#retentionMs = retentionMs;
    this.#onExpired = onExpired;
  }

  /** Call when a result has been stored. */
  arm(): void {
    this.#alarm ??= this.#ticker.after(Math.max(this.#retentionMs, LEAST_MS), () => this.#expire());
  }

  #expire(): void {
    const now = this.#ticker.clock.now();
    const next = this.#cache.expire(now);
    this.#alarm = null;
    // Awaited results have no time of their own yet; none of them can expire before a whole retention has passed.
    if (next !== null) this.#alarm = this.#ticker.after(next - now, () => this.#expire());
    else if (this.#cache.length > 0) this.arm();
    this.#onExpired();
  }
}
