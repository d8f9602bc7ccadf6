/**
 * The store of a server that keeps nothing on disk: what it has is gone when it stops.
 *
 * @module
 */

import { type Clock, steadyWall } from "../core/clock.ts";
import { fingerprint } from "../engine/fingerprint.ts";
import type { Claim, Submitted, TaskStore } from "../engine/task_store.ts";
import type { Origin, QueueItem, Result, TaskRecord } from "../engine/task.ts";
import type { TaskFilter, TaskPage } from "../engine/task_view.ts";
import { pageBehind } from "../engine/task_pages.ts";
import { ResultCache, type ResultCacheParams } from "./result_cache.ts";
import { UnfinishedTasks } from "./unfinished_tasks.ts";

/** What a store in memory is built from. */
export interface MemoryStoreParams extends Omit<ResultCacheParams, "few"> {
  clock: Clock;
  /** While there are fewer tasks that are not final, none of them is packed. */
  fewTasks?: number;
  /** While fewer results are retained, none is packed. */
  fewResults?: number;
}

/** Tasks and results in memory. It answers everything at once. */
export class MemoryStore implements TaskStore {
  readonly lasts = false;
  #tasks: UnfinishedTasks;
  #results: ResultCache;
  #retentionMs: number;
  /** Wall time, as in every store: what is kept may outlive the server. */
  #now: () => number;

  constructor({ clock, fewTasks, fewResults, ...rest }: MemoryStoreParams) {
    this.#results = new ResultCache({ ...rest, few: fewResults });
    this.#tasks = new UnfinishedTasks((id) => this.peek(id), fewTasks);
    this.#retentionMs = rest.retentionMs;
    this.#now = steadyWall(clock);
  }

  get unfinished(): number {
    return this.#tasks.size;
  }

  get kept(): number {
    return this.#results.length;
  }

  claim(): Claim {
    return { items: [], refused: [], begun: [] };
  }

  fetch(): void {}

  submit(origin: Origin, tasks: readonly Submitted[]): readonly QueueItem[] {
    return this.#tasks.add(origin, tasks, (input) => fingerprint(origin.profile, input));
  }

  has(id: string): boolean {
    return this.#tasks.has(id);
  }

  get(id: string): TaskRecord | undefined {
    return this.#tasks.get(id);
  }

  release(items: readonly QueueItem[]): void {
    this.#tasks.forget(items);
  }

  settle(task: TaskRecord, result: Result | null, awaiters: number): void {
    this.#tasks.delete(task);
    if (result !== null) this.keep(result, awaiters);
  }

  note(): void {}

  written(): void {}

  keepSchedule(): void {}

  find(id: string): Result | undefined {
    return this.peek(id);
  }

  peek(id: string): Result | undefined {
    return this.#results.peek(id, this.#now());
  }

  list(filter: TaskFilter, place: string, most: number): TaskPage {
    const now = this.#now();
    return pageBehind(place, most, (shard, found) => {
      return this.#tasks.look(shard, filter, found) + this.#results.look(shard, filter, now, found);
    });
  }

  keep(result: Result, awaiters: number): void {
    this.#results.add(result, awaiters, this.#now());
  }

  hold(id: string): void {
    this.#results.addAwaiter(id);
  }

  letGo(id: string): void {
    this.#results.removeAwaiter(id, this.#now());
  }

  acknowledge(id: string, wasAwaited: boolean): void {
    this.#results.acknowledge(id, wasAwaited);
  }

  take(id: string): void {
    this.#results.take(id);
  }

  reap(): number | null {
    const now = this.#now();
    const next = this.#results.expire(now);
    if (next !== null) return next - now;
    // None of those that somebody awaits can expire before a whole retention has passed.
    return this.kept > 0 ? this.#retentionMs : null;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return Promise.resolve();
  }
}
