/**
 * What a session may touch: a client's every task, a task's only what lies below it. To others, a task that is not below
 * it does not exist.
 *
 * @module
 */

import { TaskError } from "../core/errors.ts";
import { allThere, type Later, whenThere } from "../core/later.ts";
import type { Caller } from "../engine/caller.ts";
import type { Dispatcher } from "../engine/dispatcher.ts";
import { duplicateTask } from "../engine/task_store.ts";
import { liesBelow, type TaskRecord } from "../engine/task.ts";
import type { SubmitRequest } from "./submit_request.ts";

/** The task that a caller may touch only what is below of; null for a client. */
export function scopeOf(caller: Caller): TaskRecord | null {
  return caller.run?.task ?? null;
}

/** Whether it lies within. */
export function isVisible(what: Parameters<typeof liesBelow>[0], scope: TaskRecord | null): boolean {
  return scope === null || liesBelow(what, scope);
}

/** @throws {TaskError} `NOT_ALLOWED` for what no task may call. */
export function requireClient(caller: Caller, command: string): void {
  if (caller.run !== null) throw new TaskError("NOT_ALLOWED", `Cannot execute "${command}" from within a task`);
}

/** Looks up what callers name. */
export class Scopes {
  #dispatcher: Pick<Dispatcher, "lookUp" | "parentOfGroup">;

  constructor(dispatcher: Pick<Dispatcher, "lookUp" | "parentOfGroup">) {
    this.#dispatcher = dispatcher;
  }

  /** Those of the ids that the caller may touch. */
  visible(ids: string[], caller: Caller): Later<string[]> {
    const scope = scopeOf(caller);
    if (scope === null) return ids;
    return whenThere(allThere(ids.map((id) => this.#dispatcher.lookUp(id))), (found) => {
      return ids.filter((_, at) => found[at] !== undefined && isVisible(found[at], scope));
    });
  }

  /**
   * Submitting again what another submitted would hand a task the result of that other.
   *
   * @throws {TaskError} `DUPLICATE_TASK`
   */
  requireOwnIds(tasks: SubmitRequest["tasks"], caller: Caller): Later<void> {
    const scope = scopeOf(caller);
    if (scope === null) return;
    return whenThere(allThere(tasks.map(([id]) => this.#dispatcher.lookUp(id))), (found) => {
      const at = found.findIndex((one) => one !== undefined && !isVisible(one, scope));
      if (at >= 0) throw duplicateTask(tasks[at][0]);
    });
  }

  /** Whoever else ended a group, or took its results, would leave those in the dark that wait for it. */
  isOwnGroup(groupId: string, caller: Caller): boolean {
    const parent = this.#dispatcher.parentOfGroup(groupId);
    // A client's may wait for room, and is not in a book yet.
    return (parent?.id ?? null) === (scopeOf(caller)?.id ?? null);
  }

  /** Where nothing is discarded whoever waits for a group is told of its end. */
  mayEndGroup(groupId: string, caller: Caller): boolean {
    const scope = scopeOf(caller);
    const parent = this.#dispatcher.parentOfGroup(groupId);
    return scope === null || (parent != null && (parent.id === scope.id || liesBelow(parent, scope)));
  }
}
