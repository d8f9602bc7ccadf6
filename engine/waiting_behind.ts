/**
 * Which tasks wait for which others, of those that have the same key.
 *
 * @module
 */

import { type Linked, LinkedList } from "../core/linked_list.ts";
import type { Ancestor, Origin, TaskRecord } from "./task.ts";

/** What others wait for: that a task ends, and those that are to end as it does, in the order in which they came. */
interface Ending {
  id: string;
  readonly joined: LinkedList<Wait>;
}

/** A task that waits. */
interface Wait extends Linked<Wait> {
  readonly task: TaskRecord;
  readonly ending: Ending;
}

/** Who waits, and for whom. */
export class WaitingBehind {
  #waits = new Map<TaskRecord, Wait>();
  /** Those that others share, by the ids of the tasks that end. */
  #shared = new Map<string, Ending>();
  /** What subtasks wait for, and how many for each, by their own ids and by those of all that they lie below. */
  #waitedFor = new Map<string, Map<Ending, number>>();

  /** A task waits until another has ended. */
  waitFor(task: TaskRecord, id: string): void {
    this.#enter(task, { id, joined: new LinkedList() });
  }

  /** A task is to end as another does. */
  join(task: TaskRecord, id: string): void {
    let ending = this.#shared.get(id);
    if (ending === undefined) this.#shared.set(id, ending = { id, joined: new LinkedList() });
    ending.joined.push(this.#enter(task, ending));
  }

  /** A task waits for no other any more. */
  leave(task: TaskRecord): void {
    const wait = this.#waits.get(task);
    if (wait === undefined) return;
    const { ending } = wait;
    this.#waits.delete(task);
    this.#count(task, ending, -1);
    if (this.#shared.get(ending.id) !== ending) return;
    ending.joined.remove(wait);
    if (ending.joined.first === null) this.#shared.delete(ending.id);
  }

  /** The first of those that are to end as a task does. */
  firstJoined(id: string): TaskRecord | undefined {
    return this.#shared.get(id)?.joined.first?.task;
  }

  /** Takes out those that were to end as a task does, in the order in which they came. */
  takeJoined(id: string): TaskRecord[] {
    const joined: TaskRecord[] = [];
    for (let task = this.firstJoined(id); task !== undefined; task = this.firstJoined(id)) {
      this.leave(task);
      joined.push(task);
    }
    return joined;
  }

  /**
   * Those that were to end as a task does end as another does. All at once: somebody may cancel them one after the other,
   * each of which is the first of all that are left.
   */
  moveJoined(from: string, to: string): void {
    const ending = this.#shared.get(from);
    if (ending === undefined) return;
    if (this.#shared.has(to)) {
      // Seldom: one that has waited to have the key has it, and some have joined each of the two.
      for (const task of this.takeJoined(from)) this.join(task, to);
      return;
    }
    this.#shared.delete(from);
    ending.id = to;
    this.#shared.set(to, ending);
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
      for (const { id } of this.#waitedFor.get(one)?.keys() ?? []) reached.add(id);
    }
    return false;
  }

  #enter(task: TaskRecord, ending: Ending): Wait {
    const wait: Wait = { task, ending, before: null, after: null };
    this.#waits.set(task, wait);
    this.#count(task, ending, 1);
    return wait;
  }

  /** One more, or less, waits for that: to look at all of them for each that comes would take ever longer. */
  #count(task: TaskRecord, ending: Ending, sign: 1 | -1): void {
    // What a client has submitted lies below nothing, and nobody's wait leads to it.
    if (task.parent === null) return;
    for (let at: Ancestor | null = task; at !== null; at = at.parent) {
      let counts = this.#waitedFor.get(at.id);
      if (counts === undefined) this.#waitedFor.set(at.id, counts = new Map());
      const left = (counts.get(ending) ?? 0) + sign;
      if (left > 0) counts.set(ending, left);
      else if (counts.delete(ending) && counts.size === 0) this.#waitedFor.delete(at.id);
    }
  }
}
