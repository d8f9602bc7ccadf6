/**
 * What the suites of stores work with.
 *
 * @module
 */

import type { Later } from "../../core/later.ts";
import { Packer } from "../../core/packer.ts";
import { uuidv7 } from "../../core/uuid.ts";
import { FairQueue } from "../../engine/fair_queue.ts";
import { Result } from "../../engine/result.ts";
import type { TaskRecord } from "../../engine/task.ts";
import type { Submitted, TaskStore } from "../../engine/task_store.ts";
import { FakeClock } from "../helpers/fake_clock.ts";
import { durableOrigin as origin } from "../helpers/task_record.ts";

/** What a store is to keep of results that nobody awaits. */
export interface StoreLimits {
  capacity: number;
  retentionMs: number;
  /** @default {no dead letter is kept} */
  failedRetentionMs?: number;
  maxBytes: number;
}

/** Makes a store that is empty, and has taken up that there is nothing. */
export type MakeStore = (clock: FakeClock, limits: StoreLimits) => Later<TaskStore>;

/** What one keeps that is asked for nothing else. */
export const LIMITS: StoreLimits = { capacity: 100_000, retentionMs: 5000, maxBytes: Infinity };

/** A store, and the queue for what it gives. */
export class Bench implements AsyncDisposable {
  readonly clock: FakeClock;
  readonly store: TaskStore;
  readonly queue = new FairQueue();
  #packer = new Packer();

  private constructor(clock: FakeClock, store: TaskStore) {
    this.clock = clock;
    this.store = store;
  }

  static async open(make: MakeStore, limits: Partial<StoreLimits> = {}): Promise<Bench> {
    const clock = new FakeClock();
    return new Bench(clock, await make(clock, { ...LIMITS, ...limits }));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.store[Symbol.asyncDispose]();
  }

  /** Gives how many of them are new. */
  async submit(tasks: readonly Submitted[], from = origin()): Promise<number> {
    const items = await this.store.submit(from, tasks);
    for (const item of items) this.queue.push(item);
    return items.reduce((sum, { length }) => sum + length, 0);
  }

  /** It ends so. */
  async settle(id: string, text = "", awaiters = 0, isKept = true): Promise<void> {
    const task = this.store.get(id)!;
    this.queue.remove(task);
    await this.store.settle(task, isKept ? this.resultOf(task, text) : null, awaiters);
  }

  resultOf(task: TaskRecord, text: string): Result {
    return Result.of(task, { status: "succeeded", payload: bytes(text) }, this.clock, this.#packer);
  }

  async found(...ids: string[]): Promise<string[]> {
    const found: string[] = [];
    for (const id of ids) {
      const result = await this.store.find(id);
      if (result !== undefined) found.push(new TextDecoder().decode(result.payload));
    }
    return found;
  }
}

/** A text, encoded. */
export const bytes = (text: string) => new TextEncoder().encode(text);

/** So many tasks. */
export const tasksOf = (count: number, text = "input"): Submitted[] =>
  Array.from({ length: count }, () => [uuidv7(), bytes(text)] as const);
