/**
 * A pool: one function over many items on a mixed set of workers.
 *
 * 1. makes the runs, which deal the items to its workers in turn (`pool_members.ts` keeps them);
 * 2. hands out what became of the items.
 *
 * @module
 */

import { onAbort } from "../core/abort.ts";
import { ByteRoom } from "../core/byte_room.ts";
import { TaskError } from "../core/errors.ts";
import { LeavableIterator } from "../core/leavable_iterator.ts";
import { isThenable, warn } from "../core/notify.ts";
import { requireKnown } from "../core/require_known.ts";
import { requireStartOptions, START_OPTIONS, type StartOptions, startWithin } from "../core/start_within.ts";
import type { TaskData, TaskFunction } from "../procedures/task.ts";
import type { TerminateOptions } from "./base_worker.ts";
import type { PoolSource } from "./item_source.ts";
import { OutcomeQueue } from "./outcome_queue.ts";
import { startResolved } from "./persistent_worker.ts";
import { PoolFailed } from "./pool_failed.ts";
import { PoolMembers } from "./pool_members.ts";
import {
  type PoolCloseOptions,
  type PoolOptions,
  type PoolRunOptions,
  type PoolWorker,
  type PoolWorkerOptions,
  requirePoolOptions,
  requireRunOptions,
} from "./pool_options.ts";
import { type ItemOutcome, PoolRun, type RunBuffer } from "./pool_run.ts";
import { PoolStream } from "./pool_stream.ts";
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
  #members: PoolMembers;
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
    const { kind = "process", worker = {} } = options;
    this.#members = new PoolMembers({
      name: this.name,
      options: options as PoolOptions,
      make: (closing, signal) => this.#make(kind, worker, closing, signal),
    });
  }

  /** What it is called. */
  get name(): string {
    return this.#options.name ?? "Pool";
  }

  /** Its workers, dead or alive. */
  get workers(): PoolWorker[] {
    return this.#members.workers;
  }

  /**
   * Makes a worker and takes it in; one that is added during a run takes part in it.
   *
   * @throws what {@linkcode PersistentWorker.create} throws; {@linkcode TaskError} `WORKER_CLOSED` for a closed pool.
   */
  async addWorker(kind: WorkerKind, options: PoolWorkerOptions = {}): Promise<PoolWorker> {
    requireKind(kind);
    return await this.#members.add((closing) => this.#make(kind, options, closing));
  }

  /** Starts the `min` workers that the pool makes by itself; without this the first run does. */
  async start(options: StartOptions = {}): Promise<void> {
    requireKnown(options, START_OPTIONS);
    requireStartOptions(options);
    this.#members.requireOpen("start");
    await startWithin(options, `The pool ${this.name}`, (signal) => this.#members.fill(signal));
  }

  /** Takes in a worker that was made elsewhere. It is closed with the pool. */
  attach(worker: PoolWorker): void {
    this.#members.attach(worker);
  }

  /**
   * Lets go of a worker: it does what it has, and then ends; after `timeoutMs` it is ended, and what it had is given to
   * others. True when it is dead.
   *
   * @throws {TypeError} for what is no worker of the pool.
   */
  async removeWorker(worker: PoolWorker, options: PoolCloseOptions = {}): Promise<boolean> {
    requireTerminateOptions(options);
    return await this.#members.remove(worker, options);
  }

  /** Runs over items and collects how each ended. */
  run(
    source: PoolSource<Args[0]>,
    options: PoolRunOptions & { settled: true },
  ): Promise<PromiseSettledResult<TaskData<Return>>[]>;
  /**
   * Runs over items, or over what a function gives for each worker, and collects the results. Several runs may go on at
   * once: they take turns at the workers.
   *
   * @throws the first failure: an item's own error, or {@linkcode PoolFailed}.
   * @throws {TaskError} `NO_WORKERS` without workers, `WORKER_CLOSED`.
   */
  run(source: PoolSource<Args[0]>, options?: PoolRunOptions): Promise<TaskData<Return>[]>;
  async run(source: PoolSource<Args[0]>, options: PoolRunOptions = {}): Promise<unknown[]> {
    requireRunOptions(options);
    const { ordered = true, settled = false } = options;
    const results: unknown[] = [];
    let count = 0;
    try {
      await this.#begin(source, options, null, (index, outcome) => {
        const result = settled ? outcome : (outcome as PromiseFulfilledResult<unknown>).value;
        if (settled || outcome.status === "fulfilled") results[ordered ? index : count++] = result;
      }).done;
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
  stream(source: PoolSource<Args[0]>, options: PoolRunOptions = {}): AsyncGenerator<unknown, undefined> {
    return new LeavableIterator(() => {
      requireRunOptions(options);
      const { ordered = true, settled = false, maxBufferedBytes } = options;
      const queue = new OutcomeQueue(ordered);
      const buffer = { items: MAX_UNTAKEN, bytes: new ByteRoom(maxBufferedBytes) };
      const run = this.#begin(source, options, buffer, (index, outcome, bytes) => queue.add(index, { outcome, bytes }));
      run.done.finally(() => queue.wake()).catch(() => {});
      return new PoolStream(run, queue, settled);
    });
  }

  /**
   * Starts all workers anew, the dead ones too; each begins to count again.
   *
   * @throws {TaskError} `WORKER_BUSY` during a run, or when a worker does not end.
   */
  async restartWorkers(options: TerminateOptions = {}): Promise<void> {
    requireTerminateOptions(options);
    this.#members.requireOpen("restart workers");
    if (!this.#members.runs.isIdle) {
      throw new TaskError("WORKER_BUSY", `Cannot restart workers: the pool ${this.name} is running`);
    }
    await this.#members.restart(options);
  }

  /** Closes: workers do what they have, and then end; after `timeoutMs` they are ended. True when all are dead. */
  async close(options: PoolCloseOptions = {}): Promise<boolean> {
    requireTerminateOptions(options);
    const { timeoutMs = 5000, force = true } = options;
    await this.#members.shut();
    const isDead = await Promise.all(this.workers.map((worker) => worker.wait({ timeoutMs })));
    if (!force || isDead.every(Boolean)) return isDead.every(Boolean);
    return (await Promise.all(this.workers.map((worker) => worker.terminate()))).every(Boolean);
  }

  /** Ends all workers, as `Worker.terminate` does. True when all are dead. */
  async terminate(options: TerminateOptions = {}): Promise<boolean> {
    requireTerminateOptions(options);
    await this.#members.shut();
    return (await Promise.all(this.workers.map((worker) => worker.terminate(options)))).every(Boolean);
  }

  /** Closes softly, then by force. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #begin(
    source: PoolSource<Args[0]>,
    { settled = false, signal }: PoolRunOptions,
    buffer: RunBuffer | null,
    onOutcome: (index: number, outcome: ItemOutcome, bytes: number) => void,
  ): PoolRun {
    const members = this.#members;
    members.requireOpen("run");
    signal?.throwIfAborted();
    if (members.isEmpty) {
      const nothing = { index: null, item: null, cause: undefined };
      throw new PoolFailed("NO_WORKERS", `Cannot run: the pool ${this.name} has no workers`, nothing);
    }
    let letGo = () => {};
    const run = new PoolRun({
      source,
      members: members.all,
      maxAttempts: this.#options.maxAttempts ?? 3,
      settled,
      buffer,
      deal: () => members.runs.deal(),
      dealTo: (member) => members.runs.dealTo(member),
      onOutcome: ({ index, item }, outcome, { worker }, bytes) => {
        onOutcome(index, outcome, bytes);
        this.#tell(run, outcome, item as Args[0], worker);
      },
      onOver: () => {
        letGo();
        members.runs.remove(run);
        members.endRun();
      },
    });
    members.runs.add(run);
    letGo = onAbort(signal, (reason) => run.fail(reason));
    members.beginRun();
    return run;
  }

  /** These callbacks are part of the run: what they raise ends it. */
  #tell(run: PoolRun, outcome: ItemOutcome, item: Args[0], worker: PoolWorker): void {
    const options = this.#options;
    if (outcome.status === "fulfilled") {
      if (options.onResult === undefined) return;
      heed(run, "onResult", options.onResult(outcome.value as TaskData<Return>, item, worker));
    } else if (options.onError !== undefined) heed(run, "onError", options.onError(outcome.reason, item, worker));
  }

  /** Within the worker's own limits, and as long as neither of the signals aborts. */
  async #make(
    kind: WorkerKind,
    options: PoolWorkerOptions,
    closing: AbortSignal,
    signal?: AbortSignal,
  ): Promise<PoolWorker> {
    const number = this.#lastNumber++;
    const { args, itemTimeoutMs, concurrency } = this.#options;
    const resolved = resolveWorkerOptions({
      target: this.#target,
      name: `${this.name} worker ${number}`,
      userId: number,
      ...defined({ args, itemTimeoutMs, concurrency }),
      ...options,
      kind,
    } as unknown as PersistentWorkerOptions<never[]>, true);
    const what = `The worker ${resolved.name}`;
    return await startWithin(
      options,
      what,
      (own) => startWithin({ signal }, what, (either) => startResolved(resolved, either!), own),
      closing,
    );
  }
}

/** What a callback gives may reject later. */
function heed(run: PoolRun, name: string, given: unknown): void {
  if (!isThenable(given)) return;
  Promise.resolve(given).catch((error) => run.isOver ? warn(name, error) : run.fail(error));
}

function defined(options: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}
