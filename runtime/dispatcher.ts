/**
 * Pairs ready tasks with free slots, and is the one place that settles a task:
 *
 * 1. takes in what admission lets through;
 * 2. starts ready tasks while there are slots, deepest first;
 * 3. settles each accepted task exactly once, hands its result to who awaits it, and cancels what nobody can use any
 *    more.
 *
 * @module
 */

import type { Clock } from "../core/clock.ts";
import { TaskCancelled, TaskError, TaskKilledByQuitSignal } from "../core/errors.ts";
import type { Outcome } from "../core/outcome.ts";
import type { ResultCache } from "../core/result_cache.ts";
import type { Slots } from "../core/slots.ts";
import { type Profile, type Result, resultOf, type TaskRecord } from "../core/task.ts";
import type { TaskQueue } from "../core/task_queue.ts";
import { moveTask } from "../core/task_state.ts";
import { encode, sendableError } from "../wire/codec.ts";
import { Admission, type Submission } from "./admission.ts";
import { BatchSizes } from "./batch_sizes.ts";
import type { Caller, TaskRun } from "./task_run.ts";
import type { Ticker } from "./ticker.ts";
import { Waiting } from "./waiting.ts";
import type { Worker, WorkerEvents } from "./worker.ts";
import { WorkerPool } from "./worker_pool.ts";

/** What a dispatcher is built from. */
export interface DispatcherParams {
  clock: Clock;
  queue: TaskQueue;
  slots: Slots;
  cache: ResultCache;
  queueCapacity: number;
  maxDepth: number;
  maxProcesses: number;
  ticker: Ticker;
  maxTasksPerWorker: number;
  maxSpares: number;
  /** Makes a worker; the dispatcher starts it. */
  createWorker(profile: Profile, number: number, events: DispatcherEvents): Worker;
  /** Told of every settled task, after its result was stored. */
  onSettled(task: TaskRecord, result: Result): void;
}

/** What a dispatcher wants to know of its workers. */
export type DispatcherEvents = Pick<
  WorkerEvents,
  "onGiven" | "onBegin" | "onOutcome" | "onHandedBack" | "onIdle" | "onGone"
>;

/** Accepts, starts, settles. */
export class Dispatcher {
  /** Counts since the start. */
  readonly totals = { submitted: 0, succeeded: 0, failed: 0, cancelled: 0, processesStarted: 0, peakProcesses: 0 };
  #params: DispatcherParams;
  #admission: Admission;
  #waiting: Waiting;
  /** Every task that is not final. */
  #tasks = new Map<string, TaskRecord>();
  /** Every task that was given to a worker and has no outcome. */
  #runs = new Map<TaskRecord, TaskRun>();
  #pool: WorkerPool;
  /** The run whose slot a busy worker has; it may be over while its process is not. */
  #slotHolders = new Map<Worker, TaskRun>();
  #batchSizes = new BatchSizes();
  /** Unfinished tasks whose results nobody wants: their callers abandoned them. */
  #discarded = new Set<string>();
  #idleWaiters: (() => void)[] = [];
  #isPumping = false;

  constructor(params: DispatcherParams) {
    const { clock, queue, queueCapacity, maxDepth, slots, cache } = params;
    this.#params = params;
    this.#admission = new Admission({
      queue,
      queueCapacity,
      maxDepth,
      fingerprintOf: (id) => this.lookUp(id)?.fingerprint,
      wall: clock.wall,
    });
    this.#waiting = new Waiting({
      slots,
      cache,
      now: clock.now,
      isUnfinished: (id) => this.#tasks.has(id),
      onLent: () => this.#pump(),
    });
    this.#pool = new WorkerPool({
      ticker: params.ticker,
      create: (profile, number) => this.#createWorker(profile, number),
      maxProcesses: params.maxProcesses,
      maxTasksPerWorker: params.maxTasksPerWorker,
      maxSpares: params.maxSpares,
      maxStartingSpares: Math.max(1, Math.min(slots.total, navigator.hardwareConcurrency)),
    });
  }

  /** Live worker processes. */
  get workers(): Iterable<Worker> {
    return this.#pool.workers;
  }

  /** A task that is not final. */
  find(id: string): TaskRecord | undefined {
    return this.#tasks.get(id);
  }

  /** A finished result that is kept. */
  result(id: string): Result | undefined {
    return this.#params.cache.peek(id, this.#params.clock.now());
  }

  /** The unfinished task, or its result, or undefined. */
  lookUp(id: string): Result | TaskRecord | undefined {
    return this.find(id) ?? this.result(id);
  }

  /**
   * Accepts all tasks of a submission, or none. Tasks that are known already count as accepted.
   *
   * @returns how many were accepted, at once or when there was room.
   * @throws {QueueFull} {TaskError} `DUPLICATE_TASK`, `DEPTH_EXCEEDED`, `SERVER_STOPPING`.
   */
  submit(caller: Caller, submission: Submission): number | Promise<number> {
    const admitted = this.#admission.admit(caller.run?.task ?? null, submission);
    if (admitted === null) return this.#accept(caller, submission);
    return admitted.then(() => this.#accept(caller, submission));
  }

  /** Has results pushed to the caller when they are known. Gives the ids that nobody knows. */
  await(caller: Caller, ids: readonly string[]): string[] {
    return this.#waiting.add(caller, ids);
  }

  /** The caller no longer waits for these. Resolves when a task that waited for nothing else has its slot back. */
  unawait(caller: Caller, ids: readonly string[]): Promise<void> | null {
    return this.#waiting.remove(caller, ids);
  }

  /** The caller's session has ended. */
  leave(caller: Caller): void {
    this.#waiting.leave(caller);
  }

  /** The caller has these results: they may be forgotten. */
  acknowledge(caller: Caller, ids: readonly string[]): void {
    for (const id of ids) {
      caller.outbox.unacknowledged.delete(id);
      this.#params.cache.take(id);
    }
  }

  /** Cancels tasks and all below them; gives how many of the named were not final. */
  cancel(ids: readonly string[], discard: boolean): number {
    let count = 0;
    for (const id of ids) {
      const task = this.#tasks.get(id);
      if (task === undefined) {
        if (discard) this.#params.cache.take(id);
        continue;
      }
      if (discard) this.#discarded.add(id);
      count++;
      this.#cancelTree(task, new TaskCancelled());
    }
    return count;
  }

  /** Takes nothing new from clients; tasks may still submit what they need to end. */
  quiet(): void {
    this.#admission.quiet();
    this.#pool.close();
  }

  /** Ends every task with TaskKilledByQuitSignal. */
  killAll(graceMs: number): void {
    this.quiet();
    for (const task of [...this.#tasks.values()]) this.#end(task, "failed", new TaskKilledByQuitSignal(), graceMs);
  }

  /** Resolves when no task is unfinished and no process alive. */
  whenIdle(): Promise<void> {
    return new Promise((idle) => {
      this.#idleWaiters.push(idle);
      this.#checkIdle();
    });
  }

  #accept(caller: Caller, submission: Submission): number {
    const parent = caller.run?.task ?? null;
    const fresh = this.#admission.recordsFor(parent, caller.owner, submission);
    for (const task of fresh) {
      this.#tasks.set(task.id, task);
      if (parent !== null) (parent.children ??= new Set()).add(task);
      this.#params.queue.push(task);
    }
    if (submission.followup && parent !== null) (parent.followupIds ??= []).push(...fresh.map(({ id }) => id));
    this.totals.submitted += fresh.length;
    if (submission.await) this.await(caller, submission.tasks.map(([id]) => id));
    this.#pump();
    return submission.tasks.length;
  }

  #pump(): void {
    // What starts may fail at once and come back here: the loop below sees the slot that it freed.
    if (this.#isPumping) return;
    this.#isPumping = true;
    this.#startReady();
    this.#isPumping = false;
    const { slots, queue } = this.#params;
    if (queue.length === 0 && slots.hasRoom) this.#pool.prepare(slots.total);
    this.#admission.admitNext();
  }

  #startReady(): void {
    const { queue, slots, maxProcesses } = this.#params;
    while (slots.hasRoom && queue.length > 0) {
      const worker = this.#pool.workerFor(queue.peek()!);
      if (worker !== null) {
        slots.take();
        worker.give(this.#nextBatch(worker));
        continue;
      }
      // While some task runs, or an idle process can be ended, a process will become free. When all wait, none ever will.
      if (slots.taken > 0 || this.#pool.makeRoom() || this.#hasEndingWorker()) return;
      this.#settle(queue.pop()!, failure("failed", processLimit(maxProcesses)), { isQueued: false });
    }
  }

  /** The next task, and those right behind it that may go with it. */
  #nextBatch(worker: Worker): TaskRecord[] {
    const { queue, slots } = this.#params;
    const first = queue.pop()!;
    const batch = [first];
    const key = worker.reuseKey;
    if (key === null) return batch;
    const chunkSize = first.profile.isolation === "task" ? first.group?.chunkSize : null;
    const wanted = chunkSize ?? this.#batchSizes.next(key, queue.length + 1, slots.total);
    while (batch.length < Math.min(wanted, worker.budget)) {
      const next = queue.peek();
      if (next === undefined || next.reuseKey !== key) break;
      batch.push(queue.pop()!);
    }
    return batch;
  }

  #createWorker(profile: Profile, number: number): Worker {
    const worker = this.#params.createWorker(profile, number, {
      onGiven: (runs) => this.#onGiven(runs),
      onBegin: (run) => this.#onBegin(run),
      onOutcome: (run, outcome) => this.#onOutcome(run, outcome),
      onHandedBack: (runs) => this.#onHandedBack(runs),
      onIdle: (worker) => this.#onIdle(worker),
      onGone: (worker) => this.#onGone(worker),
    });
    this.totals.processesStarted++;
    // Started by itself once it is on the pool's list: what goes wrong at once is told through the events above.
    queueMicrotask(() => worker.start());
    return worker;
  }

  #onGiven(runs: readonly TaskRun[]): void {
    for (const run of runs) this.#runs.set(run.task, run);
    const { worker } = runs[0];
    runs[0].slot = "held";
    this.#slotHolders.set(worker, runs[0]);
    this.totals.peakProcesses = Math.max(this.totals.peakProcesses, this.#pool.workers.size);
  }

  #onBegin(run: TaskRun): void {
    moveTask(run.task, "running");
    run.task.attempt++;
    run.task.startedAt = this.#params.clock.wall();
  }

  #onOutcome(run: TaskRun, outcome: Outcome): void {
    const { worker } = run;
    const key = worker.reuseKey;
    if (key !== null && run.hasReturned) {
      this.#batchSizes.measured(key, this.#params.clock.now() - run.startedAt, 1);
    }
    if (run.caller !== null) this.#waiting.leave(run.caller);
    if (worker.current !== null && run.slot !== "none") this.#passSlot(run, worker.current);
    this.#runs.delete(run.task);
    this.#settle(run.task, outcome, { isQueued: false, wasEnded: run.wasEnded });
  }

  /** The slot goes on to the next task of the same worker. */
  #passSlot(run: TaskRun, next: TaskRun): void {
    if (run.slot !== "held") {
      // It returned while it was waiting, and the next begins before it could be taken back.
      this.#waiting.release(run);
      this.#params.slots.take();
    }
    run.slot = "none";
    next.slot = "held";
    this.#slotHolders.set(next.worker, next);
  }

  #onHandedBack(runs: readonly TaskRun[]): void {
    for (const { task } of runs) {
      this.#runs.delete(task);
      this.#params.queue.push(task);
    }
    this.#pump();
  }

  #onIdle(worker: Worker): void {
    const isSpare = worker.reuseKey === null;
    if (!isSpare && !this.#giveMore(worker)) this.#rest(worker);
    this.#pump();
    this.#checkIdle();
  }

  /** More of the same for a worker that has a slot, before it is looked for elsewhere. */
  #giveMore(worker: Worker): boolean {
    const { slots } = this.#params;
    const holder = this.#slotHolders.get(worker);
    // Whoever waits to go on comes first.
    if (holder?.slot !== "held" || slots.resuming > 0 || !this.#hasMoreFor(worker) || !worker.isFree) return false;
    holder.slot = "none";
    worker.give(this.#nextBatch(worker));
    return true;
  }

  /** A worker that is kept gives its slot up now, one that is ended when its process is gone. */
  #rest(worker: Worker): void {
    if (!this.#pool.park(worker, this.#hasMoreFor(worker))) worker.kill();
    else this.#releaseSlot(worker);
  }

  #hasMoreFor(worker: Worker): boolean {
    return this.#params.queue.peek()?.reuseKey === worker.reuseKey;
  }

  #onGone(worker: Worker): void {
    this.#pool.remove(worker);
    this.#releaseSlot(worker);
    this.#pump();
    this.#checkIdle();
  }

  #releaseSlot(worker: Worker): void {
    const holder = this.#slotHolders.get(worker);
    if (holder !== undefined) this.#waiting.release(holder);
    this.#slotHolders.delete(worker);
  }

  #hasEndingWorker(): boolean {
    for (const worker of this.#pool.workers) if (worker.isEnding) return true;
    return false;
  }

  #cancelTree(task: TaskRecord, error: TaskError): void {
    // Children first, so that none of them is handed back to a parent that is being ended.
    for (const child of [...task.children ?? []]) this.#cancelTree(child, error);
    this.#end(task, "cancelled", error);
  }

  #end(task: TaskRecord, status: "failed" | "cancelled", error: TaskError, graceMs?: number): void {
    const run = this.#runs.get(task);
    if (run !== undefined) run.end(status, error, graceMs);
    else this.#settle(task, failure(status, error));
  }

  /** The one act that ends a task. */
  #settle(
    task: TaskRecord,
    { status, payload }: Outcome,
    { isQueued = true, wasEnded = status !== "succeeded" }: { isQueued?: boolean; wasEnded?: boolean } = {},
  ): void {
    moveTask(task, status);
    if (isQueued) this.#params.queue.discarded();
    this.totals[status]++;
    this.#tasks.delete(task.id);
    task.parent?.children?.delete(task);
    const result = resultOf(task, { status, payload }, this.#params.clock.wall());
    task.input = NOTHING;
    this.#endChildren(task, wasEnded);
    this.#deliver(result);
    this.#params.onSettled(task, result);
    this.#pump();
    this.#checkIdle();
  }

  /** A task that returned or raised leaves what it only submitted; one that was ended takes all below with it. */
  #endChildren(task: TaskRecord, wasEnded: boolean): void {
    if (task.children === null) return;
    for (const child of [...task.children]) {
      if (wasEnded || child.bound) this.#cancelTree(child, new TaskCancelled("The task that submitted this one ended"));
    }
  }

  #deliver(result: Result): void {
    const callers = this.#waiting.takeCallers(result.id);
    if (this.#discarded.delete(result.id) && callers.length === 0) return;
    this.#params.cache.add(result, callers.length, this.#params.clock.now());
    for (const caller of callers) this.#waiting.hand(caller, result.id);
  }

  #checkIdle(): void {
    if (this.#tasks.size > 0 || this.#pool.workers.size > 0) return;
    const waiters = this.#idleWaiters;
    this.#idleWaiters = [];
    for (const idle of waiters) idle();
  }
}

const NOTHING = new Uint8Array();

function failure(status: "failed" | "cancelled", error: TaskError): Outcome {
  return { status, payload: encode(sendableError(error)) };
}

function processLimit(maxProcesses: number): TaskError {
  return new TaskError(
    "PROCESS_LIMIT",
    `Cannot start the task: all ${maxProcesses} processes that there may be wait for subtasks; nest less deep or raise maxProcesses`,
  );
}
