/**
 * Which tasks wait for which others, of those that have the same key.
 *
 * @module
 */

import { liesBelow, type Origin, type TaskRecord } from "./task.ts";

/** Who waits, and for whom. */
export class WaitingBehind {
  #waitsFor = new Map<TaskRecord, string>();
  /** Of these, those that end as the other does, by its id. */
  #joined = new Map<string, Set<TaskRecord>>();
  /** Of all, those that tasks have submitted. */
  #subtasks = new Set<TaskRecord>();

  /** A task waits until another has ended. */
  waitFor(task: TaskRecord, id: string): void {
    this.#waitsFor.set(task, id);
    if (task.parent !== null) this.#subtasks.add(task);
  }

  /** A task is to end as another does. */
  join(task: TaskRecord, id: string): void {
    this.waitFor(task, id);
    const joined = this.#joined.get(id);
    if (joined === undefined) this.#joined.set(id, new Set([task]));
    else joined.add(task);
  }

  /** A task waits for no other any more. */
  leave(task: TaskRecord): void {
    const id = this.#waitsFor.get(task);
    if (id === undefined) return;
    this.#waitsFor.delete(task);
    this.#subtasks.delete(task);
    const joined = this.#joined.get(id);
    if (joined?.delete(task) && joined.size === 0) this.#joined.delete(id);
  }

  /** Takes out those that were to end as a task does, in the order in which they came. */
  takeJoined(id: string): TaskRecord[] {
    const joined = [...this.#joined.get(id) ?? []];
    for (const task of joined) this.leave(task);
    return joined;
  }

  /** Those that were to end as a task does end as another does. */
  moveAll(from: string, to: string): void {
    for (const task of this.takeJoined(from)) this.join(task, to);
  }

  /**
   * Whether a task of this origin would wait for one that waits for what has submitted it, at whatever remove: neither would
   * ever end. What a task has submitted counts as awaited by it; it may come to be.
   */
  leadsBack({ parent }: Origin, id: string): boolean {
    if (parent === null) return false;
    const above = new Set<string>();
    for (let at: typeof parent | null = parent; at !== null; at = at.parent) above.add(at.id);
    const reached = new Set([id]);
    for (const one of reached) {
      if (above.has(one)) return true;
      for (const task of this.#subtasks) {
        if (task.id === one || liesBelow(task, { id: one, parent: null })) reached.add(this.#waitsFor.get(task)!);
      }
    }
    return false;
  }
}
