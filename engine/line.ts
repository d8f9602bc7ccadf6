/**
 * Where what waits for a worker stands: in the queue, or aside until its time has come.
 *
 * @module
 */

import type { Delays } from "./delays.ts";
import type { ItemBlock } from "./item_block.ts";
import type { ItemRows } from "./items_run.ts";
import type { Entry } from "./key_limits.ts";
import { isDelayed, type QueueItem, type TaskRecord } from "./task.ts";

/** The two as one, for whoever does not care which it is. */
export class Line {
  #queue: Entry;
  #delays: Delays;

  constructor(queue: Entry, delays: Delays) {
    this.#queue = queue;
    this.#delays = delays;
  }

  /** Adds a task, or many in a row. */
  push(item: QueueItem): void {
    this.#of(item).push(item);
  }

  /** Takes out a task that waits. */
  remove(task: TaskRecord): void {
    if (!this.#delays.remove(task)) this.#queue.remove(task);
  }

  /** Items of a map wait again. */
  putBackItems(rows: ItemRows): void {
    this.#of(rows.block).putBackItems(rows);
  }

  /** Takes items out that wait among others, and that are over. */
  removeItems(rows: ItemRows): void {
    this.#of(rows.block).removeItems(rows);
  }

  /** Lets all go that waits of a block, but for items that go alone; gives how many items that were. */
  dropItems(block: ItemBlock): number {
    return this.#of(block).dropItems(block);
  }

  /** Takes out all that waits, or all that clients have submitted. */
  takeAll(ofClientsOnly: boolean): QueueItem[] {
    return [...this.#queue.takeAll(ofClientsOnly), ...this.#delays.takeAll(ofClientsOnly)];
  }

  #of({ origin }: QueueItem): Entry | Delays {
    return isDelayed(origin) ? this.#delays : this.#queue;
  }
}
