/**
 * Drops results when their time is over, by an alarm that exists only while there are results.
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

  /** `onExpired` hears when results may have gone. */
  constructor(
    store: Pick<TaskStore, "reap">,
    ticker: Ticker,
    retentionMs: number,
    onExpired: () => void = () => {},
  ) {
    this.#store = store;
    this.#ticker = ticker;
    this.#retentionMs = retentionMs;
    this.#onExpired = onExpired;
  }

  /** Call when a result has been stored. */
  arm(): void {
    this.#alarm ??= this.#after(this.#retentionMs);
  }

  /** There are results of an earlier server, which have less than a retention left. */
  begin(): void {
    this.#expire();
  }

  #after(ms: number): Alarm {
    return this.#ticker.after(Math.max(ms, LEAST_MS), () => this.#expire());
  }

  #expire(): void {
    const next = this.#store.reap();
    this.#alarm = next === null ? null : this.#after(next);
    this.#onExpired();
  }
}
