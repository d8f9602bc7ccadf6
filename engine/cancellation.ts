/**
 * Ends tasks that somebody does not want any more, with all below them.
 *
 * A task that returned or raised leaves what it only submitted; one that was ended takes all below with it.
 *
 * @module
 */

import { TaskCancelled, type TaskError } from "../core/errors.ts";
import { isFinal } from "../core/task_state.ts";
import { CANCELLED } from "./failure.ts";
import type { TaskRecord } from "./task.ts";
import type { TaskRun } from "./task_run.ts";

/** What cancelling needs. */
export interface CancellationParams {
  find(id: string): TaskRecord | undefined;
  /** The run of a task that a worker has. */
  runOf(task: TaskRecord): TaskRun | undefined;
  /** Gives up the maps of a task. */
  endGroups(task: TaskRecord): void;
  /** Ends a task that no worker has. */
  settle(task: TaskRecord, status: "failed" | "cancelled", error: TaskError): void;
  /** Nobody wants the result of a task that is final, nor what its stream brings. */
  forget(id: string): void;
  /** Nobody wants what the stream of a task brings. */
  discardStream(id: string): void;
}

/** Ends trees of tasks. */
export class Cancellation {
  #params: CancellationParams;
  /** Unfinished tasks whose results nobody wants: their callers abandoned them. */
  #discarded = new Set<string>();

  constructor(params: CancellationParams) {
    this.#params = params;
  }

  /** Cancels tasks and all below them; gives how many of the named were not final. */
  cancel(ids: readonly string[], discard: boolean): number {
    const { find, forget, discardStream } = this.#params;
    let count = 0;
    for (const id of ids) {
      const task = find(id);
      // One that is final may still be on its way to the store.
      if (task === undefined || isFinal(task.state)) {
        if (discard) forget(id);
        continue;
      }
      if (discard) {
        discardStream(id);
        this.#discarded.add(id);
      }
      count++;
      this.#cancelTree(task, CANCELLED);
    }
    return count;
  }

  /** Ends a task alone: its worker is told, or it is over at once. */
  end(task: TaskRecord, status: "failed" | "cancelled", error: TaskError): void {
    // The end of one of several makes room for others, which may have failed at once.
    if (isFinal(task.state)) return;
    const run = this.#params.runOf(task);
    if (run !== undefined) run.end(status, error);
    else this.#params.settle(task, status, error);
  }

  /** A task is over; `wasEnded` unless it returned or raised by itself. */
  endChildren(task: TaskRecord, wasEnded: boolean): void {
    if (task.children === null) return;
    const error = new TaskCancelled("The task that submitted this one ended");
    for (const child of [...task.children]) if (wasEnded || child.origin.bound) this.#cancelChild(child, error);
  }

  /** True, once, for a task whose result nobody wants. */
  takesDiscarded(id: string): boolean {
    return this.#discarded.delete(id);
  }

  #cancelTree(task: TaskRecord, error: TaskError): void {
    // Children first, so that none of them is handed back to a parent that is being ended.
    for (const child of [...task.children ?? []]) this.#cancelChild(child, error);
    this.#params.endGroups(task);
    this.end(task, "cancelled", error);
  }

  /** Nobody but the parent could take the result of a bound one: it must not push others out of the store. */
  #cancelChild(child: TaskRecord, error: TaskError): void {
    if (child.origin.bound) this.#discarded.add(child.id);
    this.#cancelTree(child, error);
  }
}
