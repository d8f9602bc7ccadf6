/**
 * The recorded steps of tasks: a later attempt gets the value of a step that an earlier one has run. Only the attempt that
 * runs can ask and record: what a late piece of an earlier one says, or of another task in the same process, is refused.
 *
 * @module
 */

import { type KnownStep, NOTHING_RECORDED } from "../core/step.ts";
import { TaskError } from "../core/errors.ts";
import type { Later } from "../core/later.ts";
import { isFinal } from "../core/task_state.ts";
import type { TaskRun } from "./task_run.ts";
import type { TaskStore } from "./task_store.ts";

/** A step, as the attempt that says so knows itself. */
export interface StepOf {
  readonly taskId: string;
  readonly attempt: number;
  readonly name: string;
}

/** Steps of the tasks that run. */
export class Steps {
  #store: Pick<TaskStore, "stepOf" | "keepStep">;

  constructor(store: Pick<TaskStore, "stepOf" | "keepStep">) {
    this.#store = store;
  }

  /**
   * What is recorded.
   *
   * @throws {TaskError} `NOT_ALLOWED` for an attempt that does not run; `STEPS_FULL` where no more can be recorded.
   */
  find(run: TaskRun, step: StepOf): Later<KnownStep> {
    requireRunning(run, step);
    return mayRunAgain(run) ? this.#store.stepOf(run.task, step.name) : NOTHING_RECORDED;
  }

  /**
   * Records the encoded value, which is copied; answers once it lasts as long as the task does.
   *
   * @throws {TaskError} `NOT_ALLOWED` for an attempt that does not run; `DUPLICATE_STEP`, `STEP_LIMIT`.
   */
  keep(run: TaskRun, step: StepOf, value: Uint8Array): Later<void> {
    requireRunning(run, step);
    if (mayRunAgain(run)) return this.#store.keepStep(run.task, step.name, value);
  }
}

/** Streams, and workers, have one attempt. */
function mayRunAgain({ task }: TaskRun): boolean {
  return !task.profile.stream;
}

function requireRunning({ task, isOver }: TaskRun, { taskId, attempt, name }: StepOf): void {
  if (!isOver && !isFinal(task.state) && task.id === taskId && task.attempt === attempt) return;
  const what = `Cannot record step ${JSON.stringify(name)}: attempt ${attempt} of task ${taskId} does not run any more`;
  throw new TaskError("NOT_ALLOWED", what);
}
