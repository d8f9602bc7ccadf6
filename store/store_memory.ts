/**
 * What every store has in memory: tasks that are not final, and results until they were taken. It answers all that is
 * asked of these at once.
 *
 * @module
 */

import { type Clock, steadyWall } from "../core/clock.ts";
import type { KnownStep } from "../core/step.ts";
import type { Later } from "../core/later.ts";
import { fingerprint } from "../engine/fingerprint.ts";
import { pageBehind } from "../engine/task_pages.ts";
import type { Submitted } from "../engine/task_store.ts";
import type { Origin, QueueItem, Result, TaskRecord } from "../engine/task.ts";
import type { TaskFilter, TaskPage } from "../engine/task_view.ts";
import { ResultCache, type ResultCacheParams } from "./result_cache.ts";
import { StepBook } from "./step_book.ts";
import { UnfinishedTasks } from "./unfinished_tasks.ts";

/** What the part of a store that is in memory is built from. */
export interface StoreMemoryParams extends Omit<ResultCacheParams, "few"> {
  clock: Clock;
  /** While there are fewer tasks that are not final, none of them is packed. */
  fewTasks?: number;
  /** While fewer results are retained, none is packed. */
  fewResults?: number;
}

/** Tasks and results in memory. */
export abstract class StoreMemory {
  protected readonly tasks: UnfinishedTasks;
  protected readonly results: ResultCache;
  protected readonly steps = new StepBook();
  /** Wall time, as in every store: what is kept may outlive the server. */
  protected readonly now: () => number;
  #retentionMs: number;

  constructor({ clock, fewTasks, fewResults, ...rest }: StoreMemoryParams) {
    this.results = new ResultCache({
      ...rest,
      few: fewResults,
      onGone: (id, origin) => {
        if (this.steps.size > 0 && !this.mayRunAgain(id)) this.dropSteps(id);
        if (origin.durable) rest.onGone?.(id, origin);
      },
    });
    this.tasks = new UnfinishedTasks((id) => this.peek(id), fewTasks);
    this.now = steadyWall(clock);
    this.#retentionMs = rest.retentionMs;
  }

  get kept(): number {
    return this.results.length;
  }

  has(id: string): boolean {
    return this.tasks.has(id);
  }

  get(id: string): TaskRecord | undefined {
    return this.tasks.get(id);
  }

  release(items: readonly QueueItem[]): void {
    this.tasks.forget(items);
  }

  isLeft(_id: string): boolean {
    return false;
  }

  peek(id: string): Result | undefined {
    return this.results.peek(id, this.now());
  }

  list(filter: TaskFilter, place: string, most: number): TaskPage {
    const now = this.now();
    return pageBehind(place, most, (shard, found) => {
      return this.tasks.look(shard, filter, found) + this.results.look(shard, filter, now, found);
    });
  }

  keep(result: Result, awaiters: number): void {
    this.results.add(result, awaiters, this.now());
  }

  hold(id: string): void {
    this.results.addAwaiter(id);
  }

  letGo(id: string): void {
    this.results.removeAwaiter(id, this.now());
  }

  acknowledge(id: string, wasAwaited: boolean): void {
    this.results.acknowledge(id, wasAwaited);
  }

  stepOf({ id }: TaskRecord, name: string): Later<KnownStep> {
    const recorded = this.steps.of(id);
    const value = recorded.get(name) ?? null;
    if (value === null) this.steps.requireRoom(name);
    return [recorded.size, value];
  }

  keepStep({ id }: TaskRecord, name: string, value: Uint8Array): Later<void> {
    this.steps.add(id, name, value);
  }

  dropSteps(id: string): void {
    this.steps.delete(id);
  }

  reap(): number | null {
    const now = this.now();
    const next = this.results.expire(now);
    if (next !== null) return next - now;
    // None of those that somebody awaits can expire before a whole retention has passed.
    return this.kept > 0 ? this.#retentionMs : null;
  }

  /** True while what a task has recorded may be of use: it is not over, or it failed and can be run again. */
  protected mayRunAgain(id: string): boolean {
    return this.tasks.has(id) || canRunAgain(this.peek(id) ?? null);
  }

  /** A task is over, and its result is kept, if anybody wants it. */
  protected end(task: TaskRecord, result: Result | null, awaiters: number): void {
    this.tasks.delete(task);
    if (this.steps.size > 0 && !canRunAgain(result)) this.dropSteps(task.id);
    if (result !== null) this.results.add(result, awaiters, this.now());
  }

  /** Takes tasks in, as far as memory goes. */
  protected add(origin: Origin, tasks: readonly Submitted[]): QueueItem[] {
    return this.tasks.add(origin, tasks, (input) => fingerprint(origin.profile, input));
  }
}

/** One that failed can be run again while its result is kept. */
export function canRunAgain(result: Result | null): boolean {
  return result?.status === "failed";
}
