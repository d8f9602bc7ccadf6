/**
 * Ready tasks in the order they are to run: higher priority first, then deeper first, then older first.
 *
 * Deeper first is what keeps the number of blocked processes near workers × depth: a tree of tasks is walked down one
 * branch at a time instead of being opened level by level.
 *
 * @module
 */

import { Fifo } from "./fifo.ts";
import type { TaskRecord } from "./task.ts";

/** Priorities are whole numbers within ± this. */
export const MAX_PRIORITY = 1000;
/** Depth fits below this, so that both rank in one number. */
const DEPTHS = 4096;

/**
 * A line for each (priority, depth) that is in use; taking and adding cost the same however many tasks wait.
 *
 * A task that stops being ready (cancelled) stays in its line as a tombstone until it is reached, or until more than
 * half of the queue is tombstones; it is not counted meanwhile.
 */
export class TaskQueue {
  #lines = new Map<number, Fifo<TaskRecord>>();
  /** Ranks in use, ascending; few. */
  #ranks: number[] = [];
  #length = 0;
  #tombstones = 0;

  /** How many tasks wait. */
  get length(): number {
    return this.#length;
  }

  /** Adds a ready task behind its equals. */
  push(task: TaskRecord): void {
    const rank = rankOf(task);
    let line = this.#lines.get(rank);
    if (line === undefined) {
      line = new Fifo();
      this.#lines.set(rank, line);
      this.#insertRank(rank);
    }
    line.push(task);
    this.#length++;
  }

  /** The task that is to run next, left where it is; undefined when none waits. */
  peek(): TaskRecord | undefined {
    for (let rank = this.#ranks.at(-1); rank !== undefined; rank = this.#ranks.at(-1)) {
      const line = this.#lines.get(rank)!;
      for (let task = line.peek(); task !== undefined; task = line.peek()) {
        if (task.state === "ready") return task;
        line.shift();
        this.#tombstones--;
      }
      this.#lines.delete(rank);
      this.#ranks.pop();
    }
    return undefined;
  }

  /** Takes the task that is to run next; undefined when none waits. */
  pop(): TaskRecord | undefined {
    const task = this.peek();
    if (task === undefined) return undefined;
    this.#lines.get(this.#ranks.at(-1)!)!.shift();
    this.#length--;
    return task;
  }

  /** Says that a task in the queue is no longer ready; call it right after its state was changed. */
  discarded(): void {
    this.#length--;
    this.#tombstones++;
    if (this.#tombstones > 1000 && this.#tombstones > this.#length) this.#bury();
  }

  #bury(): void {
    for (const line of this.#lines.values()) line.retain((task) => task.state === "ready");
    this.#tombstones = 0;
  }

  #insertRank(rank: number): void {
    let at = this.#ranks.length;
    while (at > 0 && this.#ranks[at - 1] > rank) at--;
    this.#ranks.splice(at, 0, rank);
  }
}

function rankOf(task: TaskRecord): number {
  return task.profile.priority * DEPTHS + Math.min(task.depth, DEPTHS - 1);
}
