/**
 * Drops results, and dead letters, when their time is over, by an alarm that exists only while there are any.
 *
 * @module
 */

import type { TaskStore } from "../engine/task_store.ts";
import type { Alarm, Ticker } from "../core/ticker.ts";

/** However short the retention: there is nothing to find more often than this, and what is asked for by then is gone. */
const LEAST_MS = 1000;

/** Keeps a store tidy. */
export class ResultExpiry {
  #store: Pick<TaskStore, "reap">;
  #ticker: Ticker;
  #retentionMs: number;
  #onExpired: () => void;
  #alarm: Alarm | null = null;
  /** The alarm is for what has more time left than what comes in now may have. */
  #isLate = false;

  /** What comes in stays for `retentionMs` at least. `onExpired` hears when results may have gone. */
  constructor(
    store: Pick<TaskStore, "reap">,
    ticker: Ticker,
    retentionMs: number,
    onExpired: () => void = () => {},
  ) {
    this.#store = store;
    this.#ticker = ticker;
    this.#retentionMs = Math.max(retentionMs, LEAST_MS);
    this.#onExpired = onExpired;
  }

  /** Call when a result has been stored. */
  arm(): void {
    if (this.#alarm !== null && !this.#isLate) return;
    this.#ticker.cancel(this.#alarm);
    this.#wakeIn(this.#retentionMs);
  }

  /** There are results of an earlier server, which have less than a retention left. */
  begin(): void {
    this.#expire();
  }

  #wakeIn(ms: number): void {
    this.#isLate = ms > this.#retentionMs;
    this.#alarm = this.#ticker.after(Math.max(ms, LEAST_MS), () => this.#expire());
  }

  #expire(): void {
    this.#alarm = null;
    const next = this.#store.reap();
    if (next !== null) this.#wakeIn(next);
    this.#onExpired();
  }
}
