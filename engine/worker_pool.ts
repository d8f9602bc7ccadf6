/**
 * The worker processes of a server: which of them a task goes to, and which are started ahead.
 *
 * 1. A task that may share a process goes to an idle one of its kind.
 * 2. Any task may be the first of a fresh process that was started ahead for its profile (a spare).
 * 3. Else a process is started, if there may be one more.
 *
 * Spares are for profiles that are hot: started while there is nothing else to do, never more than there are slots, and
 * gone when the profile has not been used for a while.
 *
 * @module
 */

import type { Profile } from "../core/profile.ts";
import type { TaskRecord } from "./task.ts";
import type { Alarm, Ticker } from "../core/ticker.ts";
import type { Worker } from "./worker.ts";

/** What a pool is built from. */
export interface WorkerPoolParams {
  ticker: Ticker;
  create(profile: Profile, number: number): Worker;
  maxProcesses: number;
  maxTasksPerWorker: number;
  /** False while no process is to be started. */
  mayStart(): boolean;
  /** Fresh processes that may be kept ahead in all. */
  maxSpares: number;
  /** Processes without work that are kept. */
  maxIdle: number;
  /** Processes that may be starting ahead at once. */
  maxStartingSpares: number;
  /** True while tasks of this client wait or run. */
  hasTasksOf(owner: string): boolean;
}

/** A process that has had nothing to do for this long is ended, in milliseconds. */
const IDLE_MS = 60_000;
/** A profile is hot when it was used this often, at most {@linkcode HOT_MS} apart. */
const HOT_USES = 2;
const HOT_MS = 10_000;
/** A spare that has not loaded its module after this many milliseconds is given up, and so are spares of its kind. */
const LOAD_MS = 30_000;

interface Heat {
  readonly profile: Profile;
  /** Uses, none of them longer than {@linkcode HOT_MS} after the one before. */
  uses: number;
  lastUsedAt: number;
  /** It was last used for a map: its spares are to be ready for many quick items. */
  isForItems: boolean;
  /** A spare did not get its module loaded: it may well be one that never ends. */
  isFutile: boolean;
}

/** All worker processes. */
export class WorkerPool {
  /** Live processes. */
  readonly workers = new Set<Worker>();
  #params: WorkerPoolParams;
  #numbers = new Set<number>();
  /** Free workers that ran a task and may run more of their kind, by reuse key, latest last. */
  #reusable = new Map<string, Worker[]>();
  /** Free workers that have run nothing yet, connected or not, by spawn key. */
  #spares = new Map<string, Worker[]>();
  #heat = new Map<string, Heat>();
  /** In the order in which they became so. */
  #idleSince = new Map<Worker, number>();
  /** Whose tasks alone a worker runs. */
  #ownerOf = new WeakMap<Worker, string>();
  /** Clients that have left, and still have tasks or workers. */
  #gone = new Set<string>();
  /** Spares that have not loaded their module yet. */
  #loading = new Map<Worker, Alarm>();
  #tidyAlarm: Alarm | null = null;
  #isClosed = false;

  constructor(params: WorkerPoolParams) {
    this.#params = params;
  }

  /** A worker that a task can be given to now, started if need be; null when there may be no more processes. */
  workerFor(task: Pick<TaskRecord, "origin" | "profile" | "reuseKey">): Worker | null {
    const key = task.reuseKey;
    this.#warm(task);
    const worker = (key === null ? undefined : this.#takeFresh(this.#reusable, key)) ??
      this.#takeFresh(this.#spares, task.profile.spawnKey) ?? this.#start(task.profile);
    if (worker === null) return null;
    if (worker.reuseKey === null) {
      worker.reuseKey = key;
      this.#ownerOf.set(worker, task.origin.owner);
      worker.budget = key === null ? 1 : this.#budgetFor(task);
    }
    return worker;
  }

  /** True when a process would be free soon without any task's doing: an idle one is being ended for it. */
  makeRoom(): boolean {
    for (const worker of this.#idleSince.keys()) {
      this.#forget(worker);
      worker.kill();
      return true;
    }
    return false;
  }

  /** Keeps a worker that has nothing to do for more of its kind. False when it is to be ended. */
  park(worker: Worker, hasMore: boolean): boolean {
    // A process may say again and again that it has nothing to do.
    if (this.#idleSince.has(worker)) return true;
    if (this.#isClosed || !worker.isFree || worker.reuseKey === null) return false;
    // The items of a map come one after the other: when there is none left now, there will be none.
    if (!worker.isShared && !hasMore) return false;
    if (this.#gone.has(this.#ownerOf.get(worker)!)) return false;
    if (this.#idleSince.size >= this.#params.maxIdle) this.makeRoom();
    add(this.#reusable, worker.reuseKey, worker);
    this.#keepWatch(worker);
    return true;
  }

  /** The process is reaped. */
  remove(worker: Worker): void {
    // A spare that ended by itself: another would too. The next task that needs one finds out why.
    if (this.#idleSince.has(worker) && worker.reuseKey === null) this.#heat.delete(worker.profile.spawnKey);
    this.#forget(worker);
    this.workers.delete(worker);
    this.#numbers.delete(worker.number);
    for (const owner of this.#gone) if (!this.#isBusy(owner)) this.#gone.delete(owner);
  }

  #isBusy(owner: string): boolean {
    return this.#params.hasTasksOf(owner) || [...this.workers].some((worker) => this.#ownerOf.get(worker) === owner);
  }

  /**
   * Starts spares for hot profiles. Call when there are free slots and no task waits. Not while there are as many
   * processes as slots: those of waiting tasks are a burden enough.
   */
  prepare(slots: number): void {
    const { maxProcesses, maxSpares, maxStartingSpares } = this.#params;
    for (const [key, heat] of this.#heat) {
      if (this.#isClosed || this.workers.size >= Math.min(slots, maxProcesses) || !this.#params.mayStart()) return;
      if (this.#startingSpares() >= maxStartingSpares || this.#spareCount() >= maxSpares) return;
      if (heat.uses < HOT_USES || heat.isFutile) continue;
      const worker = this.#start(heat.profile)!;
      worker.expectsItems = heat.isForItems;
      add(this.#spares, key, worker);
      this.#loading.set(worker, this.#params.ticker.after(LOAD_MS, () => this.#giveUp(worker, heat)));
      this.#keepWatch(worker);
    }
  }

  /** A spare has loaded its module. */
  loaded(spare: Worker): void {
    this.#params.ticker.cancel(this.#loading.get(spare) ?? null);
    this.#loading.delete(spare);
  }

  /** The client has left: what is kept for its tasks alone is of no use to anybody. */
  endIdleOf(owner: string): void {
    for (const worker of [...this.#idleSince.keys()]) {
      if (this.#ownerOf.get(worker) !== owner) continue;
      this.#forget(worker);
      worker.kill();
    }
    // What waits or runs may yet leave a process idle.
    if (this.#isBusy(owner)) this.#gone.add(owner);
  }

  /** Ends what is idle, now and from now on. */
  close(): void {
    this.#isClosed = true;
    for (const worker of [...this.#idleSince.keys()]) {
      this.#forget(worker);
      worker.kill();
    }
    this.#params.ticker.cancel(this.#tidyAlarm);
  }

  /** The one that was used last: its caches are warm. One whose module has changed on disk is ended instead. */
  #takeFresh(lists: Map<string, Worker[]>, key: string): Worker | undefined {
    const list = lists.get(key) ?? [];
    for (let worker = list.at(-1); worker !== undefined; worker = list.at(-1)) {
      this.#forget(worker);
      if (worker.isFree && worker.isUpToDate()) return worker;
      worker.kill();
    }
    return undefined;
  }

  #giveUp(spare: Worker, heat: Heat): void {
    heat.isFutile = true;
    this.#forget(spare);
    spare.kill();
  }

  #budgetFor({ origin: { profile, group } }: Pick<TaskRecord, "origin">): number {
    const { maxTasksPerWorker } = this.#params;
    return profile.isolation === "module"
      ? maxTasksPerWorker
      : Math.min(group?.chunkSize ?? Infinity, maxTasksPerWorker);
  }

  #start(profile: Profile): Worker | null {
    if (this.workers.size >= this.#params.maxProcesses || !this.#params.mayStart()) return null;
    let number = 1;
    while (this.#numbers.has(number)) number++;
    this.#numbers.add(number);
    const worker = this.#params.create(profile, number);
    this.workers.add(worker);
    return worker;
  }

  #warm({ profile, origin: { group, reuseKey } }: Pick<TaskRecord, "origin" | "profile">): void {
    if (this.#params.maxSpares === 0) return;
    const now = this.#params.ticker.clock.now();
    const heat = this.#heat.get(profile.spawnKey);
    // Where each has a process of its own there are no quick ones.
    const isForItems = group !== null && reuseKey !== null;
    if (heat === undefined) {
      this.#heat.set(profile.spawnKey, { profile, uses: 1, lastUsedAt: now, isForItems, isFutile: false });
      if (!this.#isClosed) this.#tidyAlarm ??= this.#params.ticker.after(IDLE_MS, () => this.#tidy());
    } else if (now - heat.lastUsedAt > HOT_MS) Object.assign(heat, { uses: 1, lastUsedAt: now, isForItems });
    else Object.assign(heat, { uses: heat.uses + 1, lastUsedAt: now, isForItems });
  }

  #spareCount(): number {
    let count = 0;
    for (const spares of this.#spares.values()) count += spares.length;
    return count;
  }

  #startingSpares(): number {
    let count = 0;
    for (const spares of this.#spares.values()) count += spares.filter((worker) => worker.peer === null).length;
    return count;
  }

  #keepWatch(worker: Worker): void {
    this.#idleSince.set(worker, this.#params.ticker.clock.now());
    this.#tidyAlarm ??= this.#params.ticker.after(IDLE_MS, () => this.#tidy());
  }

  #tidy(): void {
    const now = this.#params.ticker.clock.now();
    for (const [key, heat] of this.#heat) if (now - heat.lastUsedAt >= IDLE_MS) this.#heat.delete(key);
    for (const [worker, since] of [...this.#idleSince]) {
      const isWanted = worker.reuseKey === null && this.#heat.has(worker.profile.spawnKey);
      if (isWanted || now - since < IDLE_MS) continue;
      this.#forget(worker);
      worker.kill();
    }
    this.#tidyAlarm = this.#idleSince.size + this.#heat.size === 0
      ? null
      : this.#params.ticker.after(IDLE_MS / 4, () => this.#tidy());
  }

  #forget(worker: Worker): void {
    this.#idleSince.delete(worker);
    this.loaded(worker);
    for (const lists of [this.#reusable, this.#spares]) {
      const key = lists === this.#spares ? worker.profile.spawnKey : worker.reuseKey;
      const list = key === null ? undefined : lists.get(key);
      const at = list?.indexOf(worker) ?? -1;
      if (at < 0) continue;
      list!.splice(at, 1);
      if (list!.length === 0) lists.delete(key!);
    }
  }
}

function add(lists: Map<string, Worker[]>, key: string, worker: Worker): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [worker]);
  else list.push(worker);
}
