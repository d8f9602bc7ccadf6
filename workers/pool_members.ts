/**
 * The workers of a pool, kept alive: taken in, watched, started anew, ended.
 *
 * @module
 */

import { TaskError } from "../core/errors.ts";
import { type BaseWorker, endOf, restartUntil, type TerminateOptions } from "./base_worker.ts";
import { PersistentWorker } from "./persistent_worker.ts";
import { PoolMember } from "./pool_member.ts";
import type { PoolOptions, PoolWorker } from "./pool_options.ts";
import type { PoolRun } from "./pool_run.ts";

/** Keeps the workers of one pool. A run that goes on is told what becomes of them. */
export class PoolMembers {
  /** In the order in which they were taken in, dead or alive. The runs of the pool read it. */
  readonly all: PoolMember[] = [];
  #name: string;
  #options: PoolOptions;
  #currentRun: () => PoolRun | null;
  /** Aborted when the pool is closed, and what starts with it: a module may never be loaded. */
  #closing = new AbortController();
  /** Workers are being added or restarted, by the pool's own doing. */
  #starting = new Set<Promise<unknown>>();

  /** `name`: of the pool. `currentRun`: the run that goes on, or null. */
  constructor(name: string, options: PoolOptions, currentRun: () => PoolRun | null) {
    this.#name = name;
    this.#options = options;
    this.#currentRun = currentRun;
  }

  /** All of them, as the pool's users know them. */
  get workers(): PoolWorker[] {
    return this.all.map(({ worker }) => worker);
  }

  /** Throws {@linkcode TaskError} `WORKER_CLOSED` when the pool is closed. `what`: what cannot be done then. */
  requireOpen(what: string): void {
    if (this.#isClosed) throw new TaskError("WORKER_CLOSED", `Cannot ${what}: the pool ${this.#name} is closed`);
  }

  /** Takes in what `start` makes, given what aborts the start. */
  async add(start: (signal: AbortSignal) => Promise<PoolWorker>): Promise<PoolWorker> {
    this.requireOpen("add a worker");
    const worker = await this.#start(start(this.#closing.signal));
    if (this.#isClosed) {
      await worker[Symbol.asyncDispose]();
      this.requireOpen("add a worker");
    }
    this.#takeIn(worker);
    return worker;
  }

  /** Takes in one that was made elsewhere. */
  attach(worker: PoolWorker): void {
    this.requireOpen("attach a worker");
    if (!(worker instanceof PersistentWorker)) {
      throw new TypeError("Cannot attach what is no persistent worker: one that runs once takes no items");
    }
    if (this.workers.includes(worker)) throw new TypeError(`Cannot attach ${worker.name}: it is in the pool already`);
    this.#takeIn(worker);
  }

  /** Starts those again that have died, when a run begins. */
  reviveDead(): void {
    for (const member of this.all) if (!member.worker.isAlive) this.#revive(member);
  }

  /** Starts all anew, once each. */
  async restart(options: TerminateOptions): Promise<void> {
    await Promise.all(this.all.map(async (member) => {
      // The run before may have left one that died to the pool, which is starting it anew already.
      const isAnew = await member.restarting?.then(() => true, () => false);
      if (isAnew !== true) await this.#restart(member, options);
    }));
  }

  /** Takes in no more, gives up what starts, and ends the run. Resolves when nothing starts any more. */
  async shut(): Promise<void> {
    this.#closing.abort(new TaskError("WORKER_CLOSED", `The pool ${this.#name} was closed while the worker started`));
    this.#currentRun()?.fail(new TaskError("WORKER_CLOSED", `The pool ${this.#name} was closed during the run`));
    await Promise.allSettled(this.#starting);
  }

  get #isClosed(): boolean {
    return this.#closing.signal.aborted;
  }

  #takeIn(worker: PoolWorker): void {
    const { inFlight = "auto" } = this.#options;
    const member = new PoolMember(worker as PersistentWorker, inFlight === "auto" ? null : inFlight);
    this.all.push(member);
    if (worker.isAlive) this.#onStart(member);
  }

  #onStart(member: PoolMember): void {
    void endOf(member.worker as BaseWorker).then(() => this.#onDeath(member));
    this.#guard(() => this.#options.onWorkerStart?.(member.worker));
    this.#currentRun()?.deal();
  }

  #onDeath(member: PoolMember): void {
    const { error } = member.worker;
    member.onDeath();
    this.#guard(() => this.#options.onWorkerDeath?.(member.worker, error));
    const run = this.#currentRun();
    if (run === null) return;
    if (error !== null) this.#revive(member);
    run.checkWorkers(error);
  }

  /** Starts a worker again that died by itself. */
  #revive(member: PoolMember): void {
    const { restart = true } = this.#options;
    if (!restart || this.#isClosed || member.restarting !== null || member.isHopeless) return;
    this.#restart(member, {}).catch((error) => this.#currentRun()?.checkWorkers(error));
  }

  async #restart(member: PoolMember, options: TerminateOptions): Promise<void> {
    member.restarting = this.#start(restartUntil(member.worker as BaseWorker, options, this.#closing.signal));
    try {
      await member.restarting;
    } finally {
      member.restarting = null;
    }
    this.#onStart(member);
  }

  /** Closing waits for what is being started, so that nothing is left behind. */
  async #start<T>(work: Promise<T>): Promise<T> {
    this.#starting.add(work);
    try {
      return await work;
    } finally {
      this.#starting.delete(work);
    }
  }

  /** What a callback throws ends the run. */
  #guard(callback: () => void): void {
    try {
      callback();
    } catch (error) {
      const run = this.#currentRun();
      if (run === null) throw error;
      run.fail(error);
    }
  }
}
