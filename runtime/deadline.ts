/**
 * The deadline of whatever task is current on a worker. One alarm serves all of its tasks, set no later than the current
 * one's deadline and left alone when that one ends before: quick tasks would else spend their time on alarms.
 *
 * @module
 */

import type { TaskRun } from "../engine/task_run.ts";
import type { Alarm, Ticker } from "../core/ticker.ts";

/** Times out the current run of one worker. */
export class Deadline {
  #ticker: Ticker;
  #current: () => TaskRun | null;
  #alarm: Alarm | null = null;

  /** `current` gives the run whose time counts. */
  constructor(ticker: Ticker, current: () => TaskRun | null) {
    this.#ticker = ticker;
    this.#current = current;
  }

  /** The time of this run counts from now on. */
  watch(run: TaskRun): void {
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
    if (run.deadlineAt <= this.#ticker.clock.now()) run.timeOut();
    else this.watch(run);
  }
}
