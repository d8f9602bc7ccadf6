/**
 * Which tasks wait for which others, of those that have the same key.
 *
 * @module
 */

import type { Ancestor, Origin, TaskRecord } from "./task.ts";

/** Who waits, and for whom. */
export class WaitingBehind {
  #waitsFor = new Map<TaskRecord, string>();
  /** Of these, those that end as the other does, by its id. */
  #joined = new Map<string, Set<TaskRecord>>();
  /** For whom subtasks wait, and how many for each, by their own ids and by those of all that they lie below. */
  #waitedFor = new Map<string, Map<string, number>>();

  /** A task waits until another has ended. */
  waitFor(task: TaskRecord, id: string): void {
    this.#waitsFor.set(task, id);
    this.#count(task, id, 1);
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
    this.#count(task, id, -1);
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
    for (let at: Ancestor | null = parent; at !== null; at = at.parent) above.add(at.id);
    const reached = new Set([id]);
    for (const one of reached) {
      if (above.has(one)) return true;
      for (const next of this.#waitedFor.get(one)?.keys() ?? []) reached.add(next);
    }
    return false;
  }

  /** So many more, or fewer, wait for that one: to look at all of them for each that comes would take ever longer. */
  #count(task: TaskRecord, id: string, sign: 1 | -1): void {
    // What a client has submitted lies below nothing, and nobody's wait leads to it.
    if (task.parent === null) return;
    for (let at: Ancestor | null = task; at !== null; at = at.parent) {
      let counts = this.#waitedFor.get(at.id);
      if (counts === undefined) this.#waitedFor.set(at.id, counts = new Map());
      const left = (counts.get(id) ?? 0) + sign;
      if (left > 0) counts.set(id, left);
      else if (counts.delete(id) && counts.size === 0) this.#waitedFor.delete(at.id);
    }
  }
}
