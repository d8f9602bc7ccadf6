/**
 * Every run that a worker was given and that is not over: of tasks by the task, of items of maps with their block.
 *
 * @module
 */

import { ItemBlock } from "./item_block.ts";
import type { WorkerRun } from "./items_run.ts";
import type { TaskRecord } from "./task.ts";
import { TaskRun } from "./task_run.ts";

/** The book. */
export class RunBook {
  #runs = new Map<TaskRecord, TaskRun>();

  /** Those of tasks, and of items that matter alone. */
  get ofTasks(): Iterable<TaskRun> {
    return this.#runs.values();
  }

  /** A worker was given it. */
  enter(run: WorkerRun): void {
    if (run instanceof TaskRun) this.#runs.set(run.task, run);
    else run.block.runs.add(run);
  }

  /** It is over, or the worker has it no more. */
  leave(run: WorkerRun): void {
    if (run instanceof TaskRun) this.#runs.delete(run.task);
    else run.block.runs.delete(run);
  }

  /** The run of a task; an item of a map has one of its own from now on. */
  of(task: TaskRecord): TaskRun | undefined {
    const run = this.#runs.get(task);
    if (run !== undefined || !(task.place?.block instanceof ItemBlock) || task.place.isQueued) return run;
    const { block, row } = task.place;
    for (const { worker } of block.runs) {
      const own = worker.runOf(block, row);
      if (own !== undefined) return own;
    }
    return undefined;
  }

  /** True for a task whose run is to end, whatever it does. */
  isEnding(task: TaskRecord): boolean {
    return (this.#runs.get(task)?.verdict ?? null) !== null;
  }

  /** True while a worker has a task of this client; items that go with others are not looked at. */
  hasTasksOf(owner: string): boolean {
    for (const { origin } of this.#runs.keys()) if (origin.owner === owner) return true;
    return false;
  }
}
