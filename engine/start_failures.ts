/**
 * Processes that did not come as far as a task's code: the host's fault and not the task's. The task goes back into the
 * line, and the next start waits.
 *
 * 1. Where the system starts no process (no files, no numbers, no memory left) nothing is started for a while, which
 *    grows with each failure in a row.
 * 2. Where one process died before it had begun, only the task that it was for waits: what is wrong may be its memory
 *    limit alone.
 * 3. A task for which that happened as often in a row as may be fails, by name.
 *
 * @module
 */

import { backoffMs } from "../core/backoff.ts";
import type { Alarm, Ticker } from "../core/ticker.ts";
import type { TaskRecord } from "./task.ts";

/** Four waits are 3 seconds together, five 6. */
const WAITS = { firstMs: 200, maxMs: 5000, jitter: 0.1 };

/** What start failures need. */
export interface StartFailuresParams {
  ticker: Ticker;
  /** Failures in a row after which a task fails. */
  maxStartFailures: number;
  random?(): number;
  /** These are ready again; or, without any, processes may be started again. */
  onReady(tasks: readonly TaskRecord[]): void;
}

/** Counts them, and has the next starts wait. */
export class StartFailures {
  #params: StartFailuresParams;
  #counts = new WeakMap<TaskRecord, number>();
  /** Tasks that wait by themselves, with what wakes them. */
  #aside = new Map<TaskRecord, Alarm>();
  #inARow = 0;
  #rest: Alarm | null = null;

  constructor(params: StartFailuresParams) {
    this.#params = params;
  }

  /** Failures since the system last started a process that came as far as a task. */
  get inARow(): number {
    return this.#inARow;
  }

  /** True while no process is to be started. */
  get isResting(): boolean {
    return this.#rest !== null;
  }

  /** The system started no process for this task. True when it may be tried again: the task goes back into the line. */
  ofSystem(task: TaskRecord): boolean {
    if (this.#rest === null) {
      this.#inARow++;
      this.#rest = this.#after(this.#inARow, () => {
        this.#rest = null;
        this.#params.onReady([]);
      });
    }
    return this.#mayTryAgain(task);
  }

  /** The process for this task died before it had begun. True when it may be tried again, and comes back by itself. */
  ofProcess(task: TaskRecord): boolean {
    if (!this.#mayTryAgain(task)) return false;
    const alarm = this.#after(this.#counts.get(task)!, () => {
      this.#aside.delete(task);
      this.#params.onReady([task]);
    });
    this.#aside.set(task, alarm);
    return true;
  }

  /** A process came as far as a task's code. */
  began(task: TaskRecord): void {
    this.#inARow = 0;
    this.#counts.delete(task);
  }

  /** Lets a task go that waits here; false when it does not. */
  delete(task: TaskRecord): boolean {
    const alarm = this.#aside.get(task);
    if (alarm === undefined) return false;
    this.#params.ticker.cancel(alarm);
    return this.#aside.delete(task);
  }

  /** True while tasks of this client wait here. */
  hasTasksOf(owner: string): boolean {
    return [...this.#aside.keys()].some(({ origin }) => origin.owner === owner);
  }

  /** Gives the tasks that wait here, which do so no longer. */
  takeAll(): TaskRecord[] {
    const tasks = [...this.#aside.keys()];
    for (const task of tasks) this.delete(task);
    return tasks;
  }

  #mayTryAgain(task: TaskRecord): boolean {
    const count = (this.#counts.get(task) ?? 0) + 1;
    this.#counts.set(task, count);
    return count < this.#params.maxStartFailures;
  }

  #after(attempt: number, act: () => void): Alarm {
    return this.#params.ticker.after(backoffMs(attempt, (this.#params.random ?? Math.random)(), WAITS), act);
  }
}
