/**
 * A pool: one function over many items on a mixed set of workers.
 *
 * 1. makes the runs, one at a time, which deal the items to its workers (`pool_members.ts` keeps them);
 * 2. hands out what became of the items.
 *
 * @module
 */

import { onAbort } from "../core/abort.ts";
import { TaskError } from "../core/errors.ts";
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
  #members: PoolMembers;
  #run: PoolRun | null = null;
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
    this.#members = new PoolMembers(this.name, options as PoolOptions, () => this.#run);
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
    return await this.#members.add((signal) => startResolved(resolved, signal));
  }

  /** Takes in a worker that was made elsewhere. It is closed with the pool. */
  attach(worker: PoolWorker): void {
    this.#members.attach(worker);
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
    this.#members.requireOpen("restart workers");
    this.#requireIdle("restart workers");
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

  async #execute(
    source: PoolSource<Args[0]>,
    { settled = false, signal }: PoolRunOptions,
    maxUntaken: number,
    onOutcome: (index: number, outcome: ItemOutcome) => void,
    whileRunning: (run: PoolRun) => Promise<void>,
  ): Promise<void> {
    this.#members.requireOpen("run");
    this.#requireIdle("run");
    signal?.throwIfAborted();
    if (this.#members.all.length === 0) {
      const nothing = { index: null, item: null, cause: undefined };
      throw new PoolFailed("NO_WORKERS", `Cannot run: the pool ${this.name} has no workers`, nothing);
    }
    const { maxAttempts = 3, onResult, onError } = this.#options;
    const run = this.#run = new PoolRun({
      source,
      members: this.#members.all,
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
      this.#members.reviveDead();
      run.checkWorkers(null);
      run.deal();
      await whileRunning(run);
    } finally {
      letGo();
      run.fail(new TaskError("STREAM_ENDED", "The run was left before its end"));
      this.#run = null;
    }
  }

  #requireIdle(what: string): void {
    if (this.#run !== null) throw new TaskError("WORKER_BUSY", `Cannot ${what}: the pool ${this.name} is running`);
  }
}
