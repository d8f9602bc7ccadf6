/**
 * What becomes of the runs of a worker whose process goes, or never came: the one that is to blame is settled by that,
 * those that are not go elsewhere.
 *
 * @module
 */

import { TaskError, TaskKilledByMonitoringError } from "../core/errors.ts";
import { failure } from "../engine/failure.ts";
import type { GivenRuns } from "../engine/given_runs.ts";
import type { WorkerRun } from "../engine/items_run.ts";
import { TaskRun } from "../engine/task_run.ts";
import type { WorkerEvents } from "../engine/worker.ts";
import { crashError } from "./crash_report.ts";
import { notConnectedError } from "./process_deadlines.ts";
import type { ProcessExit } from "./process_worker.ts";

/** The runs of one worker, at the end. */
export class LostRuns {
  /** Tasks that have begun with this worker. */
  begun = 0;
  #runs: GivenRuns;
  #events: Pick<WorkerEvents, "onLost" | "onNotBegun">;

  constructor(runs: GivenRuns, events: Pick<WorkerEvents, "onLost" | "onNotBegun">) {
    this.#runs = runs;
    this.#events = events;
  }

  /** There will be no process: what made it impossible is the outcome of all that waited for it. */
  impossible(error: unknown): void {
    const known = error instanceof TaskError
      ? error
      : new TaskKilledByMonitoringError("Cannot start the task", { cause: error });
    // What a look at the module has found is the task's matter, and would be found again.
    if (error !== known || error instanceof TaskKilledByMonitoringError) this.#runs.startFailed(known, "system");
    this.#runs.settleAll(failure("failed", known));
  }

  /** The process is gone that never connected, or never in time. */
  neverConnected(exit: ProcessExit, wasLate: boolean): void {
    this.#runs.startFailed(wasLate ? notConnectedError() : crashError(exit, false), "process");
  }

  /** The process is gone, or there was none: the current task is settled, the others go elsewhere. */
  gone(exit: ProcessExit | null): void {
    const current = exit !== null && this.#runs.loseTogether() ? null : this.#runs.shift();
    if (current !== null) {
      const error = exit === null ? new TaskError("INTERNAL", "No process") : crashError(exit, true);
      if (exit !== null && this.#mayBeInnocent(current)) this.#events.onLost(current, error);
      else this.#runs.settle(current, failure("failed", error));
    }
    this.#runs.handBack();
  }

  /**
   * The worker was given these before it could say that it begins with nothing any more.
   *
   * @throws {TaskError} `INVALID_REQUEST` where the first cannot be dropped: it is the first of all that the worker was
   * given, so that nothing ran there that could have left something behind, or it has begun, and called the server or
   * streams.
   */
  requireDroppable(head: WorkerRun): void {
    if (this.begun <= 1) throw new TaskError("INVALID_REQUEST", "The worker cannot drop its first task");
    if (head instanceof TaskRun && (head.caller !== null || head.task.profile.stream)) {
      throw new TaskError("INVALID_REQUEST", "The worker cannot drop a task that has begun");
    }
  }

  /** The worker has dropped all that it was given: none of it has begun, and nobody is to blame. */
  dropped(): void {
    // What was told to begin is taken out of that state; items were not told to one by one.
    const current = this.#runs.head instanceof TaskRun ? this.#runs.shift() : null;
    if (current !== null && current.verdict !== null) this.#runs.settle(current, current.verdict);
    else if (current !== null) this.#events.onNotBegun(current);
    this.#runs.handBack();
  }

  /** Something that an earlier task left behind may have ended the process; nothing but its result is known of this one. */
  #mayBeInnocent({ verdict, caller, task, isKnown }: TaskRun): boolean {
    if (verdict !== null || caller !== null || task.profile.stream) return false;
    return !isKnown || this.begun > 1;
  }
}
