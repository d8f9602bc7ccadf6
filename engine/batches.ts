/**
 * What a worker is given next, and how much of it at once.
 *
 * @module
 */

import type { Profile } from "../core/profile.ts";
import { BatchSizes, MAX_ITEMS, MAX_TASKS } from "./batch_sizes.ts";
import { type FairQueue, goesAlone } from "./fair_queue.ts";
import { type ItemRows, ItemsRun } from "./items_run.ts";
import type { Work, Worker } from "./worker.ts";

/** Takes work for workers out of the queue. */
export class Batches {
  #queue: FairQueue;
  #workers: number;
  #sizes = new BatchSizes();

  /** So many workers may run at once. */
  constructor(queue: FairQueue, workers: number) {
    this.#queue = queue;
    this.#workers = workers;
  }

  /** So many tasks have taken this long there, in milliseconds. */
  measured({ reuseKey }: Worker, profile: Profile, ms: number, tasks: number): void {
    if (reuseKey !== null) this.#sizes.measured(reuseKey, profile, ms, tasks);
  }

  /** The next turn is that of tasks that may run there. */
  hasMoreFor(worker: Worker): boolean {
    return this.#queue.peek()?.reuseKey === worker.reuseKey;
  }

  /** The next task, and those right behind it that may go with it; or the next items of a map. */
  nextFor(worker: Worker): Work[] {
    const key = worker.reuseKey;
    if (key === null || goesAlone(this.#queue.peek()!)) return [this.#queue.pop()!];
    const items = this.itemsFor(worker);
    if (items !== null) return [items];
    const most = this.#sizeFor(worker, MAX_TASKS);
    const batch = [this.#queue.pop()!];
    while (batch.length < most) {
      const next = this.#queue.popMore(key);
      if (next === undefined) break;
      batch.push(next);
    }
    return batch;
  }

  /** The next items of a map; null where what is next goes alone. */
  itemsFor(worker: Worker): ItemRows | null {
    return this.#queue.popItems(this.#sizeFor(worker, MAX_ITEMS));
  }

  /** True for a worker that runs items of a map, has little left of them, and may run those that are next. */
  mayGiveAhead(worker: Worker): boolean {
    const { head, waiting, isEnding } = worker;
    if (!(head instanceof ItemsRun) || head.slot !== "held" || isEnding) return false;
    return this.hasMoreFor(worker) && !goesAlone(this.#queue.peek()!) &&
      2 * (waiting + 1) <= this.#sizeFor(worker, MAX_ITEMS);
  }

  /** Only while what is next may run there. */
  #sizeFor({ reuseKey, budget }: Worker, most: number): number {
    const { profile, origin: { group } } = this.#queue.peek()!;
    const chunkSize = profile.isolation === "task" ? group?.chunkSize : null;
    const waiting = this.#queue.waitingFor(reuseKey!);
    return Math.min(chunkSize ?? this.#sizes.next(reuseKey!, profile, waiting, this.#workers, most), budget, most);
  }
}
