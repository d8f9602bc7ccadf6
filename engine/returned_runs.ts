/**
 * Runs that come back from workers without an outcome: they stand in the line again, or are over where they may not.
 *
 * @module
 */

import type { TaskError } from "../core/errors.ts";
import type { Outcome } from "../core/outcome.ts";
import { moveTask } from "../core/task_state.ts";
import type { Caller } from "./caller.ts";
import type { Expiry } from "./expiry.ts";
import { failure } from "./failure.ts";
import type { ItemsRun, WorkerRun } from "./items_run.ts";
import type { Entry } from "./key_limits.ts";
import type { RunBook } from "./run_book.ts";
import type { RunNotes } from "./run_notes.ts";
import type { StartFailures } from "./start_failures.ts";
import type { TaskRecord } from "./task.ts";
import { TaskRun } from "./task_run.ts";
import type { StartFailure } from "./worker.ts";

/** What returned runs need; the events are those of assignments. */
export interface ReturnedRunsParams {
  queue: Pick<Entry, "putBack" | "putBackItems">;
  runs: Pick<RunBook, "leave">;
  expiry: Pick<Expiry, "enter">;
  startFailures: Pick<StartFailures, "ofSystem" | "ofProcess">;
  notes: Pick<RunNotes, "waits" | "release">;
  totals: { failedStarts: number };
  onOutcome(task: TaskRecord, outcome: Outcome, wasEnded: boolean): void;
  onUnwanted(items: ItemsRun): void;
  onLeaving(caller: Caller): void;
  onLeft(caller: Caller): void;
  onChange(): void;
}

/** Where they go. */
export class ReturnedRuns {
  #params: ReturnedRunsParams;
  /** Those that a worker was told to begin with, and did not. */
  #dropped = new WeakSet<TaskRecord>();

  constructor(params: ReturnedRunsParams) {
    this.#params = params;
  }

  /** A worker was given these, and has not begun them. */
  handedBack(runs: readonly WorkerRun[]): void {
    const { queue, onUnwanted, onChange } = this.#params;
    // The last first, so that they stand in the order in which they were given out.
    for (const run of runs.toReversed()) {
      this.#params.runs.leave(run);
      if (run instanceof TaskRun) {
        this.#params.notes.release(run.task);
        queue.putBack(run.task);
      } else if (run.block.isDiscarded) onUnwanted(run);
      else queue.putBackItems(run);
    }
    onChange();
  }

  /** The process of a worker did not come as far as its first run. */
  startFailed(run: TaskRun, others: readonly WorkerRun[], error: TaskError, cause: StartFailure): void {
    const { totals, runs, startFailures, queue, onOutcome } = this.#params;
    totals.failedStarts++;
    this.handedBack(others);
    runs.leave(run);
    const { task } = run;
    const mayTryAgain = cause === "system" ? startFailures.ofSystem(task) : startFailures.ofProcess(task);
    if (!mayTryAgain) onOutcome(task, { ...failure("failed", error), kind: "lost" }, true);
    else if (cause === "system") queue.putBack(task);
  }

  /** Tasks whose wait for their next start is over; without any, processes may be started again. */
  ready(tasks: readonly TaskRecord[]): void {
    for (const task of tasks) this.#params.queue.putBack(task);
    this.#params.onChange();
  }

  /** It runs again in a process of its own: then it is known whether it is to blame. */
  lost(run: TaskRun): void {
    run.task.runsAlone = true;
    this.#putBack(run);
  }

  /**
   * It goes where any other goes, for nothing of it has run. A process that says so of one task again may be that task's
   * own doing, which would begin anew for ever: in a process of its own there is nobody to say it of.
   */
  notBegun(run: TaskRun): void {
    const { task } = run;
    task.attempt--;
    task.runsAlone ||= this.#dropped.has(task);
    this.#dropped.add(task);
    this.#putBack(run);
    if (task.origin.start !== null && task.attempt === 0) this.#params.expiry.enter([task]);
  }

  #putBack(run: TaskRun): void {
    const { runs, queue, onLeaving, onLeft } = this.#params;
    const { task, caller } = run;
    runs.leave(run);
    if (caller !== null) {
      onLeaving(caller);
      onLeft(caller);
    }
    moveTask(task, "ready");
    task.startedAt = null;
    this.#params.notes.waits(task);
    queue.putBack(task);
  }
}
