/**
 * The tasks that one worker was given and that have no outcome, in the order in which they run. The first is the current
 * one once it has begun; those behind it wait on the worker's side, and can come back.
 *
 * Each leaves in one way: with an outcome, handed back, or because its worker could not be started. One that was ended
 * while it waited has its outcome already, and is handed back to nobody.
 *
 * @module
 */

import type { TaskError } from "../core/errors.ts";
import type { Outcome } from "../core/outcome.ts";
import type { TaskRun } from "./task_run.ts";
import type { StartFailure, WorkerEvents } from "./worker.ts";

/** The runs of one worker. */
export class GivenRuns {
  #runs: TaskRun[] = [];
  #events: Pick<WorkerEvents, "onOutcome" | "onHandedBack" | "onStartFailed">;

  constructor(events: Pick<WorkerEvents, "onOutcome" | "onHandedBack" | "onStartFailed">) {
    this.#events = events;
  }

  /** The task that runs, or is about to; null when there is none. */
  get current(): TaskRun | null {
    return this.#runs[0] ?? null;
  }

  /** How many there are. */
  get length(): number {
    return this.#runs.length;
  }

  /** True when one of them is to end, whatever it does. */
  get hasEnded(): boolean {
    return this.#runs.some(({ verdict }) => verdict !== null);
  }

  /** More to run, behind those that there are. */
  add(runs: readonly TaskRun[]): void {
    for (const run of runs) this.#runs.push(run);
  }

  /** Takes out the current one, to be settled; null when there is none. */
  shift(): TaskRun | null {
    return this.#runs.shift() ?? null;
  }

  /** Takes out the run of a task, to be settled. */
  take(taskId: string): TaskRun {
    return this.#runs.splice(this.#runs.findIndex(({ task }) => task.id === taskId), 1)[0];
  }

  /** A run is over, by this, or by what was decided before. */
  settle(run: TaskRun, outcome: Outcome): void {
    this.#events.onOutcome(run, run.verdict ?? outcome);
  }

  /** All are over by this. */
  settleAll(outcome: Outcome): void {
    for (const run of this.#runs.splice(0)) this.settle(run, outcome);
  }

  /** The last `count`, or all, have not begun and will not here. */
  handBack(count: number = this.#runs.length): void {
    const left = this.#settleEnded(this.#runs.splice(this.#runs.length - count));
    if (left.length > 0) this.#events.onHandedBack(left);
  }

  /** Nobody's code has run: what the worker was for is tried again, or fails by this. */
  startFailed(error: TaskError, cause: StartFailure): void {
    // One whose first task was ended was killed for that: it is no failure.
    if (this.current?.verdict !== null) return this.handBack();
    this.#events.onStartFailed(this.#settleEnded(this.#runs.splice(0)), error, cause);
  }

  #settleEnded(runs: readonly TaskRun[]): TaskRun[] {
    for (const run of runs) if (run.verdict !== null) this.#events.onOutcome(run, run.verdict);
    return runs.filter(({ verdict }) => verdict === null);
  }
}
