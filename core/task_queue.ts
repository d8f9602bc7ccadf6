/**
 * Ready tasks in the order they are to run: higher priority first, then deeper first, then older first.
 *
 * Deeper first is what keeps the number of blocked processes near workers × depth: a tree of tasks is walked down one
 * branch at a time instead of being opened level by level.
 *
 * @module
 */

import { LinkedList } from "./linked_list.ts";
import { TaskBlock } from "./task_block.ts";
import type { QueueItem, TaskRecord } from "./task.ts";

/** Priorities are whole numbers within ± this. */
export const MAX_PRIORITY = 1000;
/** Depth fits below this, so that both rank in one number. */
const DEPTHS = 4096;

/** A line for each (priority, depth) that is in use; all that it does costs the same however many tasks wait. */
export class TaskQueue {
  /** None of them is empty. */
  #lines = new Map<number, LinkedList<QueueItem>>();
  /** Ranks in use, ascending; few. */
  #ranks: number[] = [];
  #length = 0;
  #bytes = 0;

  /** How many tasks wait. */
  get length(): number {
    return this.#length;
  }

  /** Bytes of the arguments of those that wait. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Adds a ready task, or many in a row, behind its equals. */
  push(item: QueueItem): void {
    this.#lineFor(item).push(item);
    this.#count(item);
  }

  /** Puts a task that was taken and did not begin back before its equals. */
  putBack(task: TaskRecord): void {
    this.#lineFor(task).unshift(task);
    this.#count(task);
  }

  /** The task that is to run next, left where it is; undefined when none waits. */
  peek(): TaskRecord | undefined {
    const item = this.#lines.get(this.#ranks.at(-1)!)?.first ?? undefined;
    return item instanceof TaskBlock ? item.first : item;
  }

  /** Takes the task that is to run next; undefined when none waits. */
  pop(): TaskRecord | undefined {
    const task = this.peek();
    if (task !== undefined) this.remove(task);
    return task;
  }

  /** Takes out a task that waits here. */
  remove(task: TaskRecord): void {
    this.#length--;
    this.#bytes -= task.inputBytes;
    if (!task.place?.isQueued) return this.#removeItem(task);
    const { block } = task.place;
    block.remove(task);
    if (block.length === 0) this.#removeItem(block);
  }

  /** Takes out all that waits, or all that clients have submitted, at once. */
  takeAll(ofClientsOnly: boolean): QueueItem[] {
    const taken: QueueItem[] = [];
    for (const rank of ofClientsOnly ? this.#ranks.filter(isOfClients) : this.#ranks) {
      for (let item = this.#lines.get(rank)!.first; item !== null; item = item.after) {
        taken.push(item);
        this.#length -= item.length;
        this.#bytes -= item.inputBytes;
      }
      this.#lines.delete(rank);
    }
    if (taken.length > 0) this.#ranks = [...this.#lines.keys()].sort((a, b) => a - b);
    return taken;
  }

  #removeItem(item: QueueItem): void {
    const rank = rankOf(item);
    const line = this.#lines.get(rank)!;
    line.remove(item);
    if (line.first !== null) return;
    this.#lines.delete(rank);
    this.#ranks.splice(this.#ranks.indexOf(rank), 1);
  }

  #lineFor(item: QueueItem): LinkedList<QueueItem> {
    const rank = rankOf(item);
    let line = this.#lines.get(rank);
    if (line === undefined) {
      line = new LinkedList();
      this.#lines.set(rank, line);
      this.#insertRank(rank);
    }
    return line;
  }

  #count({ length, inputBytes }: QueueItem): void {
    this.#length += length;
    this.#bytes += inputBytes;
  }

  #insertRank(rank: number): void {
    let at = this.#ranks.length;
    while (at > 0 && this.#ranks[at - 1] > rank) at--;
    this.#ranks.splice(at, 0, rank);
  }
}

/** Only a client's tasks have no depth. */
function isOfClients(rank: number): boolean {
  return rank % DEPTHS === 0;
}

function rankOf({ origin: { profile, depth } }: QueueItem): number {
  return profile.priority * DEPTHS + Math.min(depth, DEPTHS - 1);
}
