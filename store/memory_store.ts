/**
 * The store of a server that keeps nothing on disk: what it has is gone when it stops.
 *
 * @module
 */

import type { Claim, Submitted, TaskStore } from "../engine/task_store.ts";
import type { Origin, QueueItem, Result, TaskRecord } from "../engine/task.ts";
import { StoreMemory } from "./store_memory.ts";

/** Tasks and results in memory. It answers everything at once. */
export class MemoryStore extends StoreMemory implements TaskStore {
  readonly lasts = false;

  get unfinished(): number {
    return this.tasks.size;
  }

  claim(): Claim {
    return { items: [], refused: [], begun: [] };
  }

  fetch(): void {}

  submit(origin: Origin, tasks: readonly Submitted[]): readonly QueueItem[] {
    return this.add(origin, tasks);
  }

  settle(task: TaskRecord, result: Result | null, awaiters: number): void {
    this.end(task, result, awaiters);
  }

  note(): void {}

  written(): void {}

  keepSchedule(): void {}

  find(id: string): Result | undefined {
    return this.peek(id);
  }

  take(id: string): void {
    this.results.take(id);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return Promise.resolve();
  }
}
