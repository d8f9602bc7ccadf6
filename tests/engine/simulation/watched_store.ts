/**
 * The store in memory, and what it takes in whose time has not come, or that waits for a key or for another task: the queue
 * does not see that yet. What a server that stops lets go of there it is told too.
 *
 * @module
 */

import { isFinal } from "../../../core/task_state.ts";
import type { Claim, Submitted } from "../../../engine/task_store.ts";
import { isDelayed, type Origin, type QueueItem, TaskRecord } from "../../../engine/task.ts";
import { MemoryStore } from "../../../store/memory_store.ts";
import type { StoreMemoryParams } from "../../../store/store_memory.ts";

/** Whoever watches. */
export interface StoreWatcher {
  onAside(task: TaskRecord): void;
  onReleased(task: TaskRecord): void;
}

/** A store that is watched. */
export class WatchedStore extends MemoryStore {
  #watcher: StoreWatcher;

  constructor(watcher: StoreWatcher, params: StoreMemoryParams) {
    super(params);
    this.#watcher = watcher;
  }

  override submit(origin: Origin, tasks: readonly Submitted[]): readonly QueueItem[] {
    const items = super.submit(origin, tasks);
    if (isDelayed(origin) || origin.limit !== null || origin.unique !== null) {
      for (const item of items) this.#watcher.onAside(item as TaskRecord);
    }
    return items;
  }

  override revive(ids: readonly string[]): Omit<Claim, "refused"> {
    const revived = super.revive(ids);
    for (const item of revived.items) {
      if (item.origin.limit !== null || item.origin.unique !== null) this.#watcher.onAside(item as TaskRecord);
    }
    return revived;
  }

  override release(items: readonly QueueItem[]): void {
    super.release(items);
    for (const item of items) {
      if (item instanceof TaskRecord && !isFinal(item.state)) this.#watcher.onReleased(item);
    }
  }
}
