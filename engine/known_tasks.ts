/**
 * What is known by its id: a task, which the store has, or an item of a map.
 *
 * @module
 */

import { type Later, whenThere } from "../core/later.ts";
import { isFinal } from "../core/task_state.ts";
import type { Groups } from "./groups.ts";
import type { Result } from "./result.ts";
import type { TaskRecord } from "./task.ts";
import type { TaskStore } from "./task_store.ts";

/** Tasks and items by their ids. */
export class KnownTasks {
  #store: TaskStore;
  #groups: Groups;

  constructor(store: TaskStore, groups: Groups) {
    this.#store = store;
    this.#groups = groups;
  }

  /** How many are not final. */
  get unfinished(): number {
    return this.#store.unfinished + this.#groups.tally.unfinished;
  }

  /** How many results are kept; items that ended together count as one. */
  get kept(): number {
    return this.#store.kept + this.#groups.tally.kept;
  }

  /** True for one that is not final. */
  has(id: string): boolean {
    return this.#store.has(id) || this.#groups.isUnfinished(id);
  }

  /** The record of one that is not final. */
  get(id: string): TaskRecord | undefined {
    return this.#store.get(id) ?? this.#groups.find(id);
  }

  /** The task that submitted this one, while it is not final. */
  parentOf({ parent }: TaskRecord): TaskRecord | undefined {
    return parent === null ? undefined : this.get(parent.id);
  }

  /** How it ended, while that is kept. */
  resultOf(id: string): Later<Result | undefined> {
    return this.#groups.views.result(id) ?? this.#store.find(id);
  }

  /** Either. */
  lookUp(id: string): Later<TaskRecord | Result | undefined> {
    // One that is over may be on its way into the store, and one that has failed back into line.
    return this.#unfinished(id) ?? whenThere(this.resultOf(id), (result) => result ?? this.#unfinished(id));
  }

  #unfinished(id: string): TaskRecord | undefined {
    const task = this.get(id);
    return task === undefined || isFinal(task.state) ? undefined : task;
  }

  /** True for what is not final, or whose result is kept. */
  isKnown(id: string): Later<boolean> {
    return this.has(id) || whenThere(this.resultOf(id), (result) => result !== undefined || this.has(id));
  }
}
