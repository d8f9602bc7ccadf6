/**
 * The workers of a pool, kept alive: taken in, watched, started anew, ended.
 *
 * @module
 */

import { TaskError, WorkerTerminated } from "../core/errors.ts";
import { notify } from "../core/notify.ts";
import { ownReason } from "../core/own_errors.ts";
import { type BaseWorker, endOf, restartUntil, type TerminateOptions } from "./base_worker.ts";
import { GivenUp } from "./given_up.ts";
import { onReplaced, PersistentWorker } from "./persistent_worker.ts";
import { PoolMember } from "./pool_member.ts";
import type { PoolCloseOptions, PoolOptions, PoolWorker } from "./pool_options.ts";
import { PoolRuns } from "./pool_runs.ts";
import { PoolSize } from "./pool_size.ts";

/** See `PoolOptions.idleMs`. */
const DEFAULT_IDLE_MS = 60_000;
/** See `PoolCloseOptions.timeoutMs`. */
const DEFAULT_CLOSE_MS = 5000;

/** What the workers of a pool are kept with. */
export interface PoolMembersParams {
  /** Of the pool. */
  readonly name: string;
  readonly options: PoolOptions;
  /** Makes a worker as the pool's options say; gives up when one of the signals aborts. */
  make(closing: AbortSignal, signal: AbortSignal | undefined): Promise<PoolWorker>;
}

/** Keeps the workers of one pool. Its runs are told what becomes of them. */
export class PoolMembers {
  /** In the order in which they were taken in, dead or alive. The runs of the pool read it. */
  readonly all: PoolMember[] = [];
  readonly runs: PoolRuns = new PoolRuns(this.all, () => this.#size.onShort());
  #name: string;
  #options: PoolOptions;
  #size: PoolSize;
  #givenUp = new GivenUp();
  /** Aborted when the pool is closed, and what starts with it: a module may never be loaded. */
  #closing = new AbortController();
  /** Workers are being added or restarted, by the pool's own doing. */
  #starting = new Set<Promise<unknown>>();
  /** Workers that are to leave, and are not dead. */
  #leaving = new Set<Promise<unknown>>();

  constructor({ name, options, make }: PoolMembersParams) {
    this.#name = name;
    this.#options = options;
    const { min = 0, max = min, idleMs = DEFAULT_IDLE_MS } = options;
    this.#size = new PoolSize({
      min,
      max,
      idleMs,
      members: this.all,
      add: (signal) => this.add((closing) => make(closing, signal), true),
      remove: (member) => void this.remove(member.worker, {}),
      onFailed: (error) => this.#onFailed(error),
    });
  }

  /** All of them, as the pool's users know them. */
  get workers(): PoolWorker[] {
    return this.all.map(({ worker }) => worker);
  }

  /** True when there are none, and none will come by themselves. */
  get isEmpty(): boolean {
    return this.all.length === 0 && !this.#size.canGrow;
  }

  /** Throws {@linkcode TaskError} `WORKER_CLOSED` when the pool is closed. `what`: what cannot be done then. */
  requireOpen(what: string): void {
    if (this.#isClosed) throw new TaskError("WORKER_CLOSED", `Cannot ${what}: the pool ${this.#name} is closed`);
  }

  /** Takes in what `start` makes, given what aborts the start. */
  async add(start: (signal: AbortSignal) => Promise<PoolWorker>, isSpare = false): Promise<PoolWorker> {
    this.requireOpen("add a worker");
    const worker = await this.#start(start(this.#closing.signal));
    if (this.#isClosed) {
      await worker[Symbol.asyncDispose]();
      this.requireOpen("add a worker");
    }
    this.#takeIn(worker, isSpare);
    return worker;
  }

  /** Takes in one that was made elsewhere. */
  attach(worker: PoolWorker): void {
    this.requireOpen("attach a worker");
    if (!(worker instanceof PersistentWorker)) {
      throw new TypeError("Cannot attach what is no persistent worker: one that runs once takes no items");
    }
    if (this.workers.includes(worker)) throw new TypeError(`Cannot attach ${worker.name}: it is in the pool already`);
    this.#takeIn(worker, false);
  }

  /** Lets go of one, which does what it has and ends; after the time for that by force. True when it is dead. */
  async remove(worker: PoolWorker, { timeoutMs = DEFAULT_CLOSE_MS, force = true }: PoolCloseOptions): Promise<boolean> {
    const at = this.all.findIndex((member) => member.worker === worker);
    if (at < 0) throw new TypeError("Cannot remove what is not a worker of the pool");
    const [member] = this.all.splice(at, 1);
    member.isLeaving = true;
    const ending = (async () => {
      await member.restarting?.catch(() => {});
      return await worker.wait({ timeoutMs }) || (force && await worker.terminate());
    })();
    this.#leaving.add(ending);
    try {
      return await ending;
    } finally {
      this.#leaving.delete(ending);
    }
  }

  /** A run begins: those that have died are started again, and those that must be there. */
  beginRun(): void {
    for (const member of this.all) if (!member.worker.isAlive) this.#revive(member);
    this.#size.fill().catch((error) => this.#onFailed(error));
    this.#check(null);
    this.#watchGivenUp();
    this.runs.deal();
  }

  /** A run is over; what its workers are at is wanted by nobody. */
  endRun(): void {
    if (this.runs.isIdle) this.#givenUp.clear();
    else this.#watchGivenUp();
  }

  /** Starts those that must be there. */
  fill(signal: AbortSignal | undefined): Promise<void> {
    return this.#size.fill(signal);
  }

  /** Starts all anew, once each. */
  async restart(options: TerminateOptions): Promise<void> {
    await Promise.all(this.all.map(async (member) => {
      // The run before may have left one that died to the pool, which is starting it anew already.
      const isAnew = await member.restarting?.then(() => true, () => false);
      if (isAnew !== true) await this.#restart(member, options);
    }));
  }

  /** Takes in no more, gives up what starts, and ends the runs. Resolves when nothing starts or leaves any more. */
  async shut(): Promise<void> {
    this.#closing.abort(new TaskError("WORKER_CLOSED", `The pool ${this.#name} was closed while the worker started`));
    this.#size.close();
    this.runs.fail(() => new TaskError("WORKER_CLOSED", `The pool ${this.#name} was closed during the run`));
    this.#givenUp.clear();
    await Promise.allSettled([...this.#starting, ...this.#leaving]);
  }

  get #isClosed(): boolean {
    return this.#closing.signal.aborted;
  }

  #takeIn(worker: PoolWorker, isSpare: boolean): void {
    const { inFlight = "auto" } = this.#options;
    const ahead = inFlight === "auto" ? null : inFlight;
    const member = new PoolMember(worker as PersistentWorker, { ahead, isSpare });
    this.all.push(member);
    onReplaced(member.worker, (over) => void this.#onReplaced(member, over));
    if (worker.isAlive) this.#onStart(member);
  }

  #onStart(member: PoolMember): void {
    member.idleSince = performance.now();
    void endOf(member.worker as BaseWorker).then(() => this.#onDeath(member));
    notify(this.#options, "onWorkerStart", member.worker);
    this.runs.deal();
  }

  #onDeath(member: PoolMember): void {
    const { error } = member.worker;
    member.onDeath();
    notify(this.#options, "onWorkerDeath", member.worker, error);
    if (this.runs.isIdle) return;
    if (error !== null) this.#revive(member);
    this.#check(error);
  }

  /** It lives on with what it has, in another process or thread. */
  async #onReplaced(member: PoolMember, over: Promise<void>): Promise<void> {
    const { worker } = member;
    const message = `What ${worker.name} was at did not come to an end: it is started anew`;
    notify(this.#options, "onWorkerDeath", worker, new WorkerTerminated(message));
    await over;
    // Of one that is dead now its end tells.
    if (!worker.isAlive) return;
    notify(this.#options, "onWorkerStart", worker);
    this.runs.deal();
  }

  /** Starts a worker again that died by itself. */
  #revive(member: PoolMember): void {
    const { restart = true } = this.#options;
    if (!restart || this.#isClosed || member.isLeaving || member.restarting !== null || member.isHopeless) return;
    this.#restart(member, {}).catch((error) => this.#check(error));
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
    } catch (error) {
      throw ownReason(error, this.#closing.signal);
    } finally {
      this.#starting.delete(work);
    }
  }

  /** One could not be started: another is tried, or that was the last attempt. */
  #onFailed(error: unknown): void {
    this.#check(error);
    this.runs.deal();
  }

  #check(error: unknown): void {
    this.runs.checkWorkers(error, this.#size.canGrow);
  }

  /** With a limit of their own workers are replaced by that. */
  #watchGivenUp(): void {
    const { restart = true, itemTimeoutMs } = this.#options;
    if (restart && itemTimeoutMs === undefined) this.#givenUp.watch(this.all.map(({ worker }) => worker));
  }
}
