/**
 * The times within which a worker process has to do what it does by itself: connect, and end once it has lost its
 * connection or was asked to end. One that does not is killed.
 *
 * @module
 */

import { TaskKilledByMonitoringError } from "../core/errors.ts";
import type { Alarm, Ticker } from "../core/ticker.ts";

/** A process that has not connected after this many milliseconds is given up. */
const CONNECT_MS = 30_000;

/** A process that has lost its connection says why and exits; if not after this many milliseconds, it is killed. */
const DYING_MS = 1000;

/** The deadlines of one process. */
export class ProcessDeadlines {
  #ticker: Ticker;
  #kill: () => void;
  #connectBy: Alarm | null = null;
  #endBy: Alarm | null = null;
  #wasLate = false;

  /** `kill` ends the process. */
  constructor(ticker: Ticker, kill: () => void) {
    this.#ticker = ticker;
    this.#kill = kill;
  }

  /** It was started. */
  started(): void {
    this.#connectBy = this.#ticker.after(CONNECT_MS, () => {
      this.#wasLate = true;
      this.#kill();
    });
  }

  /** True once it was killed because it had not connected in time. */
  get wasLate(): boolean {
    return this.#wasLate;
  }

  /** It has connected. */
  connected(): void {
    this.#ticker.cancel(this.#connectBy);
  }

  /** It has lost its connection. */
  disconnected(): void {
    this.#endBy ??= this.#ticker.after(DYING_MS, this.#kill);
  }

  /** It was asked to end, and has so many milliseconds for it. */
  asked(graceMs: number): void {
    this.#endBy = this.#ticker.after(graceMs, this.#kill);
  }

  /** It is gone. */
  clear(): void {
    for (const alarm of [this.#connectBy, this.#endBy]) this.#ticker.cancel(alarm);
  }
}

/** What is told of a process that was too late. */
export function notConnectedError(): TaskKilledByMonitoringError {
  return new TaskKilledByMonitoringError(`The task's process did not connect within ${CONNECT_MS} ms`);
}
