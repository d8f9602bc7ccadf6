/**
 * The store of a server that keeps nothing on disk: what it has is gone when it stops.
 *
 * @module
 */

import type { Claim, Remains, Submitted, TaskStore } from "../engine/task_store.ts";
import type { Result } from "../engine/result.ts";
import type { Origin, QueueItem, TaskRecord } from "../engine/task.ts";
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

  settle(task: TaskRecord, result: Result | null, awaiters: number, remains: Remains | null = null): void {
    this.end(task, result, awaiters, this.letterFrom(result, remains));
  }

  revive(ids: readonly string[]): Omit<Claim, "refused"> {
    return this.reviveHere(ids.flatMap((id) => this.letters.take(id) ?? []));
  }

  note(): void {}

  written(): void {}

  room(): void {}

  keepSchedule(): void {}

  find(id: string): Result | undefined {
    return this.peek(id) ?? this.letters.get(id, this.now())?.result;
  }

  take(id: string): void {
    this.letters.discard(id);
    this.results.take(id);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return Promise.resolve();
  }
}
