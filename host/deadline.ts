/**
 * The deadline of whatever task is current on a worker. One alarm serves all of its tasks, set no later than the current
 * one's deadline and left alone when that one ends before: quick tasks would else spend their time on alarms.
 *
 * A server that was stopped, or kept busy by its program, comes too late to judge: its task may have returned in time. What
 * has arrived meanwhile is read first.
 *
 * @module
 */

import type { WorkerRun } from "../engine/items_run.ts";
import type { Alarm, Ticker } from "../core/ticker.ts";

/** An alarm that comes so many milliseconds after its time is late. */
const LATE_MS = 50;

/** Times out the current run of one worker. */
export class Deadline {
  #ticker: Ticker;
  #current: () => WorkerRun | null;
  #caughtUp: () => Promise<void>;
  #alarm: Alarm | null = null;

  /** `current` gives the run whose time counts; `caughtUp` resolves when all that has arrived by now was read. */
  constructor(ticker: Ticker, current: () => WorkerRun | null, caughtUp: () => Promise<void>) {
    this.#ticker = ticker;
    this.#caughtUp = caughtUp;
    this.#current = current;
  }

  /** The time of this run counts from now on. */
  watch(run: WorkerRun): void {
    if (this.#alarm !== null && this.#alarm.at <= run.deadlineAt) return;
    this.clear();
    this.#alarm = this.#ticker.after(run.deadlineAt - this.#ticker.clock.now(), () => this.#onAlarm());
  }

  /** No run's time counts any more. */
  clear(): void {
    this.#ticker.cancel(this.#alarm);
    this.#alarm = null;
  }

  #onAlarm(): void {
    this.#alarm = null;
    const run = this.#current();
    if (run === null) return;
    const lateMs = this.#ticker.clock.now() - run.deadlineAt;
    if (lateMs < 0) this.watch(run);
    else if (lateMs < LATE_MS) run.timeOut();
    else void this.#timeOutWhenCaughtUp(run);
  }

  async #timeOutWhenCaughtUp(run: WorkerRun): Promise<void> {
    // Twice: what the first look finds is worked off before the second is over.
    await this.#caughtUp();
    await this.#caughtUp();
    const current = this.#current();
    // Of several items another may have its turn by now.
    if (current === run && run.deadlineAt <= this.#ticker.clock.now()) run.timeOut();
    else if (current !== null) this.watch(current);
  }
}
