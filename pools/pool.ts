/**
 * A pool: one function over many items on a mixed set of workers.
 *
 * 1. keeps the workers: adds, watches, restarts, closes them;
 * 2. makes the runs, one at a time, which deal the items;
 * 3. hands out what became of the items.
 *
 * @module
 */

import { onAbort } from "../core/abort.ts";
import { TaskError } from "../core/errors.ts";
import type { TaskData, TaskFunction } from "../procedures/task.ts";
import { type BaseWorker, endOf, restartUntil, type TerminateOptions } from "./base_worker.ts";
import type { PoolSource } from "./item_source.ts";
import { OutcomeQueue } from "./outcome_queue.ts";
import { PersistentWorker, startResolved } from "./persistent_worker.ts";
import { PoolFailed } from "./pool_failed.ts";
import { PoolMember } from "./pool_member.ts";
import {
  type PoolCloseOptions,
  type PoolOptions,
  type PoolRunOptions,
  type PoolWorker,
  type PoolWorkerOptions,
  requirePoolOptions,
  requireRunOptions,
} from "./pool_options.ts";
import { type ItemOutcome, PoolRun } from "./pool_run.ts";
import {
  type PersistentWorkerOptions,
  requireKind,
  requireTerminateOptions,
  resolveWorkerOptions,
  type WorkerKind,
} from "./worker_options.ts";

/** Items that a stream may have pulled before its reader has taken their results. */
const MAX_UNTAKEN = 1024;

/**
 * Runs a function over items on its workers, which may be of any kind, mixed. They stay alive between runs.
 *
 * @example
 * ```ts
 * import { Pool } from "./mod.ts";
 *
 * await using pool = new Pool((x: number) => x * x, { name: "simple" });
 * await pool.addWorker("process");
 * await pool.addWorker("thread");
 * console.assert((await pool.run([1, 2, 3])).join() === "1,4,9");
 * ```
 */
export class Pool<Args extends unknown[] = unknown[], Return = unknown> implements AsyncDisposable {
  #target: TaskFunction<Args, Return>;
  #options: PoolOptions<Args[0], TaskData<Return>>;
  #members: PoolMember[] = [];
  #run: PoolRun | null = null;
  /** Aborted when the pool is closed, and what starts with it: a module may never be loaded. */
  #closing = new AbortController();
  /** Workers are being added or restarted, by the pool's own doing. */
  #starting = new Set<Promise<unknown>>();
  #lastNumber = 0;

  /**
   * A pool without workers.
   *
   * @throws {TypeError} for an option that is none. @throws {RangeError} for one out of range.
   */
  constructor(target: TaskFunction<Args, Return>, options: PoolOptions<Args[0], TaskData<Return>> = {}) {
    requirePoolOptions(options as PoolOptions);
    this.#target = target;
    this.#options = options;
  }

  /** What it is called. */
  get name(): string {
    return this.#options.name ?? "Pool";
  }

  /** Its workers, dead or alive. */
  get workers(): PoolWorker[] {
    return this.#members.map(({ worker }) => worker);
  }

  /**
   * Makes a worker and takes it in; one that is added during a run takes part in it.
   *
   * @throws what {@linkcode PersistentWorker.create} throws; {@linkcode TaskError} `WORKER_CLOSED` for a closed pool.
   */
  async addWorker(kind: WorkerKind, options: PoolWorkerOptions = {}): Promise<PoolWorker> {
    this.#requireOpen("add a worker");
    requireKind(kind);
    const number = this.#lastNumber++;
    const { args } = this.#options;
    const resolved = resolveWorkerOptions({
      target: this.#target,
      name: `${this.name} worker ${number}`,
      userId: number,
      ...args === undefined ? {} : { args },
      ...options,
      kind,
    } as unknown as PersistentWorkerOptions<never[]>, true);
    const worker = await this.#start(startResolved(resolved, this.#closing.signal));
    if (this.#isClosed) {
      await worker[Symbol.asyncDispose]();
      this.#requireOpen("add a worker");
    }
    this.#takeIn(worker);
    return worker;
  }

  /** Takes in a worker that was made elsewhere. It is closed with the pool. */
  attach(worker: PoolWorker): void {
    this.#requireOpen("attach a worker");
    if (!(worker instanceof PersistentWorker)) {
      throw new TypeError("Cannot attach what is no persistent worker: one that runs once takes no items");
    }
    if (this.workers.includes(worker)) throw new TypeError(`Cannot attach ${worker.name}: it is in the pool already`);
    this.#takeIn(worker);
  }

  /** Runs over items and collects how each ended. */
  run(
    source: PoolSource<Args[0]>,
    options: PoolRunOptions & { settled: true },
  ): Promise<PromiseSettledResult<TaskData<Return>>[]>;
  /**
   * Runs over items, or over what a function gives for each worker, and collects the results.
   *
   * @throws the first failure: an item's own error, or {@linkcode PoolFailed}.
   * @throws {TaskError} `NO_WORKERS` without workers, `WORKER_BUSY` while another run goes on, `WORKER_CLOSED`.
   */
  run(source: PoolSource<Args[0]>, options?: PoolRunOptions): Promise<TaskData<Return>[]>;
  async run(source: PoolSource<Args[0]>, options: PoolRunOptions = {}): Promise<unknown[]> {
    requireRunOptions(options);
    const { ordered = true, settled = false } = options;
    const results: unknown[] = [];
    let count = 0;
    try {
      await this.#execute(source, options, Infinity, (index, outcome) => {
        const result = settled ? outcome : (outcome as PromiseFulfilledResult<unknown>).value;
        if (settled || outcome.status === "fulfilled") results[ordered ? index : count++] = result;
      }, (run) => run.done);
    } catch (error) {
      if (error instanceof PoolFailed) error.partialResults = results;
      throw error;
    }
    return results;
  }

  /** Runs over items and gives how each ended. */
  stream(
    source: PoolSource<Args[0]>,
    options: PoolRunOptions & { settled: true },
  ): AsyncGenerator<PromiseSettledResult<TaskData<Return>>, undefined>;
  /**
   * Runs over items and gives results while it goes on; a reader that is slow slows it down, one that leaves ends it.
   *
   * @throws what {@linkcode Pool.run} throws, behind the results before it.
   */
  stream(source: PoolSource<Args[0]>, options?: PoolRunOptions): AsyncGenerator<TaskData<Return>, undefined>;
  async *stream(source: PoolSource<Args[0]>, options: PoolRunOptions = {}): AsyncGenerator<unknown, undefined> {
    requireRunOptions(options);
    const { ordered = true, settled = false } = options;
    const queue = new OutcomeQueue(ordered);
    const { promise: opened, resolve: open, reject: refuse } = Promise.withResolvers<PoolRun>();
    const left = Promise.withResolvers<void>();
    let isOver = false;
    const running = this.#execute(
      source,
      options,
      MAX_UNTAKEN,
      (index, outcome) => queue.add(index, outcome),
      (run) => {
        open(run);
        return Promise.race([run.done, left.promise]);
      },
    ).finally(() => {
      isOver = true;
      queue.wake();
    });
    running.catch(refuse);
    try {
      const run = await opened;
      for (;;) {
        const outcome = queue.shift();
        if (outcome === undefined) {
          if (isOver) break;
          await queue.changed();
        } else {
          run.taken();
          // A failure has ended the run, which raises it behind what was done before.
          if (settled) yield outcome;
          else if (outcome.status === "fulfilled") yield outcome.value;
        }
      }
      await running;
    } finally {
      left.resolve();
      await running.catch(() => {});
    }
  }

  /**
   * Starts all workers anew, the dead ones too; each begins to count again.
   *
   * @throws {TaskError} `WORKER_BUSY` during a run, or when a worker does not end.
   */
  async restartWorkers(options: TerminateOptions = {}): Promise<void> {
    requireTerminateOptions(options);
    this.#requireOpen("restart workers");
    this.#requireIdle("restart workers");
    await Promise.all(this.#members.map(async (member) => {
      // The run before may have left one that died to the pool, which is starting it anew already.
      const isAnew = await member.restarting?.then(() => true, () => false);
      if (isAnew !== true) await this.#restart(member, options);
    }));
  }

  /** Closes: workers do what they have, and then end; after `timeoutMs` they are ended. True when all are dead. */
  async close(options: PoolCloseOptions = {}): Promise<boolean> {
    requireTerminateOptions(options);
    const { timeoutMs = 5000, force = true } = options;
    await this.#shut();
    const isDead = await Promise.all(this.workers.map((worker) => worker.wait({ timeoutMs })));
    if (!force || isDead.every(Boolean)) return isDead.every(Boolean);
    return (await Promise.all(this.workers.map((worker) => worker.terminate()))).every(Boolean);
  }

  /** Ends all workers, as `Worker.terminate` does. True when all are dead. */
  async terminate(options: TerminateOptions = {}): Promise<boolean> {
    requireTerminateOptions(options);
    await this.#shut();
    return (await Promise.all(this.workers.map((worker) => worker.terminate(options)))).every(Boolean);
  }

  /** Closes softly, then by force. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  get #isClosed(): boolean {
    return this.#closing.signal.aborted;
  }

  async #shut(): Promise<void> {
    this.#closing.abort(new TaskError("WORKER_CLOSED", `The pool ${this.name} was closed while the worker started`));
    this.#run?.fail(new TaskError("WORKER_CLOSED", `The pool ${this.name} was closed during the run`));
    await Promise.allSettled(this.#starting);
  }

  async #execute(
    source: PoolSource<Args[0]>,
    { settled = false, signal }: PoolRunOptions,
    maxUntaken: number,
    onOutcome: (index: number, outcome: ItemOutcome) => void,
    whileRunning: (run: PoolRun) => Promise<void>,
  ): Promise<void> {
    this.#requireOpen("run");
    this.#requireIdle("run");
    signal?.throwIfAborted();
    if (this.#members.length === 0) {
      const nothing = { index: null, item: null, cause: undefined };
      throw new PoolFailed("NO_WORKERS", `Cannot run: the pool ${this.name} has no workers`, nothing);
    }
    const { maxAttempts = 3, onResult, onError } = this.#options;
    const run = this.#run = new PoolRun({
      source,
      members: this.#members,
      maxAttempts,
      settled,
      maxUntaken,
      onStale: (member) => this.#run?.dealTo(member),
      onOutcome: ({ index, item }, outcome, { worker }) => {
        onOutcome(index, outcome);
        if (outcome.status === "fulfilled") onResult?.(outcome.value as TaskData<Return>, item as Args[0], worker);
        else onError?.(outcome.reason, item as Args[0], worker);
      },
    });
    run.done.catch(() => {});
    const letGo = onAbort(signal, (reason) => run.fail(reason));
    try {
      for (const member of this.#members) if (!member.worker.isAlive) this.#revive(member);
      run.checkWorkers(null);
      run.deal();
      await whileRunning(run);
    } finally {
      letGo();
      run.fail(new TaskError("STREAM_ENDED", "The run was left before its end"));
      this.#run = null;
    }
  }

  #takeIn(worker: PoolWorker): void {
    const { inFlight = "auto" } = this.#options;
    const member = new PoolMember(worker as PersistentWorker, inFlight === "auto" ? null : inFlight);
    this.#members.push(member);
    if (worker.isAlive) this.#onStart(member);
  }

  #onStart(member: PoolMember): void {
    void endOf(member.worker as BaseWorker).then(() => this.#onDeath(member));
    this.#guard(() => this.#options.onWorkerStart?.(member.worker));
    this.#run?.deal();
  }

  #onDeath(member: PoolMember): void {
    const { error } = member.worker;
    member.onDeath();
    this.#guard(() => this.#options.onWorkerDeath?.(member.worker, error));
    if (this.#run === null) return;
    if (error !== null) this.#revive(member);
    this.#run.checkWorkers(error);
  }

  /** Starts a worker again that died by itself. */
  #revive(member: PoolMember): void {
    const { restart = true } = this.#options;
    if (!restart || this.#isClosed || member.restarting !== null || member.isHopeless) return;
    this.#restart(member, {}).catch((error) => this.#run?.checkWorkers(error));
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
      if (this.#run === null) throw error;
      this.#run.fail(error);
    }
  }

  #requireOpen(what: string): void {
    if (this.#isClosed) throw new TaskError("WORKER_CLOSED", `Cannot ${what}: the pool ${this.name} is closed`);
  }

  #requireIdle(what: string): void {
    if (this.#run !== null) throw new TaskError("WORKER_BUSY", `Cannot ${what}: the pool ${this.name} is running`);
  }
}
