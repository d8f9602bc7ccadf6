/**
 * Which worker runs which task, and which of them has a slot.
 *
 * A busy worker has one slot, which passes from each of its tasks to the next. It is free again when the worker is
 * parked, or, when its process is ended, when that is gone: there are never more running processes than slots.
 *
 * @module
 */

import type { Clock } from "../core/clock.ts";
import type { TaskError } from "../core/errors.ts";
import type { Outcome } from "../core/outcome.ts";
import type { Slots } from "./slots.ts";
import type { Profile } from "../core/profile.ts";
import type { TaskRecord } from "./task.ts";
import type { Delays } from "./delays.ts";
import type { Expiry } from "./expiry.ts";
import type { FairQueue } from "./fair_queue.ts";
import { Batches } from "./batches.ts";
import type { Caller } from "./caller.ts";
import { ItemsRun, type WorkerRun } from "./items_run.ts";
import type { KeyLimits } from "./key_limits.ts";
import { ItemBlock } from "./item_block.ts";
import type { ItemOutcomes } from "./item_results.ts";
import type { TaskRun } from "./task_run.ts";
import type { Ticker } from "../core/ticker.ts";
import type { Waiting } from "./waiting.ts";
import type { Worker, WorkerEvents } from "./worker.ts";
import { makePay, processLimit } from "./held_processes.ts";
import { Preparation } from "./preparation.ts";
import { Recall } from "./recall.ts";
import { ReturnedRuns } from "./returned_runs.ts";
import { RunBook } from "./run_book.ts";
import { RunCourse } from "./run_course.ts";
import type { RunNotes } from "./run_notes.ts";
import { SlotHolders } from "./slot_holders.ts";
import { StartFailures } from "./start_failures.ts";
import { WorkerPool } from "./worker_pool.ts";

/** The processes that there may be, and how one is made. */
export interface Staff {
  ticker: Ticker;
  maxProcesses: number;
  maxTasksPerWorker: number;
  maxSpares: number;
  /** Starts of processes that may fail in a row for one task, until it fails. */
  maxStartFailures: number;
  /** From 0 up to, not including, 1. @default {Math.random} */
  random?(): number;
  /** Of the machine: so many processes may be starting ahead at once. */
  processors: number;
  /** Makes a worker, and does not start it. */
  createWorker(profile: Profile, number: number, events: WorkerEvents): Worker;
}

/** What assignments are built from. */
export interface AssignmentsParams extends Staff {
  clock: Clock;
  queue: FairQueue;
  /** What comes into the queue later. */
  delays: Pick<Delays, "waitingOf" | "again">;
  /** The door to the queue, behind which tasks wait for their keys. */
  limits: Pick<KeyLimits, "waitingOf" | "waitingFor" | "putBack" | "putBackItems" | "given" | "release">;
  slots: Slots;
  waiting: Waiting;
  expiry: Expiry;
  notes: Pick<RunNotes, "prepare" | "began" | "waits" | "release">;
  totals: { processesStarted: number; peakProcesses: number; failedStarts: number };
  /** A run is over; `wasEnded` unless its task returned or raised by itself. True when the task has another attempt. */
  onOutcome(task: TaskRecord, outcome: Outcome, wasEnded: boolean): boolean;
  /** Items of a map are over that went together, from this row on; they took so many milliseconds. */
  onItemOutcomes(items: ItemsRun, from: number, outcomes: ItemOutcomes, elapsedMs: number): void;
  /** Items came back that nobody wants any more. */
  onUnwanted(items: ItemsRun): void;
  /** A task that called the server is over, and its slot is not free yet. */
  onLeaving(caller: Caller): void;
  /** The same, and all that comes of it is done. */
  onLeft(caller: Caller): void;
  /** A task cannot be started, and what it waits for will not change by itself. */
  onStuck(task: TaskRecord, error: TaskError): void;
  /** True when a task that waits may go on without another's being started. */
  mayResume(): boolean;
  /** A slot or a process became free, or tasks came back. */
  onChange(): void;
}

/** Gives tasks to workers. */
export class Assignments {
  #params: AssignmentsParams;
  #runs = new RunBook();
  #pool: WorkerPool;
  #slotHolders: SlotHolders;
  #batches: Batches;
  #recall: Recall;
  #startFailures: StartFailures;
  #returned: ReturnedRuns;
  #course: RunCourse;
  #preparation: Preparation;

  constructor(params: AssignmentsParams) {
    const { ticker, slots, maxProcesses, maxTasksPerWorker, maxSpares } = params;
    this.#params = params;
    this.#slotHolders = new SlotHolders(slots, params.waiting);
    this.#batches = new Batches(params.queue, slots.total);
    this.#pool = new WorkerPool({
      ticker,
      create: (profile, number) => this.#createWorker(profile, number),
      maxProcesses,
      maxTasksPerWorker,
      mayStart: () => !this.#startFailures.isResting,
      maxSpares,
      maxIdle: slots.total,
      maxStartingSpares: Math.max(1, Math.min(slots.total, params.processors)),
      hasTasksOf: (owner) => this.#hasTasksOf(owner),
    });
    this.#startFailures = new StartFailures({
      ticker,
      maxStartFailures: params.maxStartFailures,
      random: params.random,
      onReady: (tasks) => this.#returned.ready(tasks),
    });
    const parts = {
      ...params,
      runs: this.#runs,
      slotHolders: this.#slotHolders,
      batches: this.#batches,
      startFailures: this.#startFailures,
    };
    this.#course = new RunCourse(parts);
    this.#returned = new ReturnedRuns({ ...parts, queue: params.limits });
    this.#preparation = new Preparation(params);
    this.#recall = new Recall({
      ticker,
      workers: this.#pool.workers,
      mayHelp: () => slots.hasRoom && params.queue.peek() === undefined,
    });
  }

  /** Live processes. */
  get workers(): ReadonlySet<Worker> {
    return this.#pool.workers;
  }

  /** The run of a task that was given to a worker and is not over; an item of a map has one of its own from now on. */
  runOf(task: TaskRecord): TaskRun | undefined {
    return this.#runs.of(task);
  }

  /** True for a task whose run is to end, whatever it does. */
  isEnding(task: TaskRecord): boolean {
    return this.#runs.isEnding(task);
  }

  /** The runs that have begun, or are about to. */
  get current(): TaskRun[] {
    return [...this.#pool.workers].flatMap(({ current }) => current ?? []);
  }

  /** Takes back what workers were given and have not begun. */
  recallAll(): void {
    for (const worker of this.#pool.workers) worker.recall();
  }

  /** Ends the idle workers that are kept for a client that has left. */
  endIdleOf(owner: string): void {
    this.#pool.endIdleOf(owner);
  }

  /** Ends idle workers, now and from now on. */
  endIdle(): void {
    this.#pool.close();
  }

  /** Lets a task go that waits for its next start; false when it does not. */
  unrest(task: TaskRecord): boolean {
    return this.#startFailures.delete(task);
  }

  /** Puts back into the line what waits for its next start: nothing is started for it any more. */
  unrestAll(): void {
    for (const task of this.#startFailures.takeAll()) this.#params.limits.putBack(task);
  }

  /** Starts ready tasks in their turns while there are slots; prepares for more when there is nothing to do. */
  startReady(): void {
    const { queue, slots, expiry } = this.#params;
    while (slots.hasRoom) {
      const next = queue.peek();
      if (next === undefined) break;
      if (next.origin.start !== null && expiry.drop(next)) continue;
      if (!this.#preparation.isDone(next)) return;
      const worker = this.#pool.workerFor(next);
      if (worker !== null) {
        slots.take();
        worker.give(this.#batches.nextFor(worker));
        continue;
      }
      // What there is goes on; who needs a process that cannot be started now waits, and is told when it may be.
      if (this.#startFailures.isResting || this.#hasEndingWorker()) return;
      // One that was not started yet is gone at once.
      if (this.#pool.makeRoom()) continue;
      if (!this.#failStuck()) return;
    }
    if (!slots.hasRoom) return;
    this.#pool.prepare(slots.total);
    this.#recall.consider();
  }

  /** All processes are taken. False when there is nothing to do but wait: a process becomes free by itself. */
  #failStuck(): boolean {
    const { queue, slots, maxProcesses, mayResume } = this.#params;
    if (makePay(this.#runs.ofTasks, queue.peek()!, maxProcesses)) return false;
    // While some task runs a process will become free. When all of one client's wait for each other, none ever will.
    if (slots.taken > 0 || mayResume()) return false;
    const head = queue.peek()!;
    const next = head instanceof ItemBlock ? head.first : head;
    queue.remove(next);
    this.#params.onStuck(next, processLimit(maxProcesses));
    return true;
  }

  #createWorker(profile: Profile, number: number): Worker {
    const worker = this.#params.createWorker(profile, number, {
      onGiven: (runs) => this.#onGiven(runs),
      onBegin: (run) => this.#course.begins(run),
      onOutcome: (run, outcome) => this.#course.ended(run, outcome),
      onItemOutcomes: (items, from, outcomes) => {
        this.#course.itemsEnded(items, from, outcomes);
        this.#giveAhead(items.worker);
      },
      onSplit: (items, into) => this.#course.split(items, into),
      onHandedBack: (runs) => this.#returned.handedBack(runs),
      onStartFailed: (first, others, error, cause) => this.#returned.startFailed(first, others, error, cause),
      onLost: (run) => this.#returned.lost(run),
      onNotBegun: (run) => this.#returned.notBegun(run),
      onIdle: (worker) => this.#onIdle(worker),
      onGone: (worker) => this.#onGone(worker),
    });
    this.#params.totals.processesStarted++;
    // Started by itself once it is on the pool's list: what goes wrong at once is told through the events above.
    queueMicrotask(() => worker.start());
    return worker;
  }

  #onGiven(runs: readonly WorkerRun[]): void {
    this.#course.given(runs);
    this.#params.totals.peakProcesses = Math.max(this.#params.totals.peakProcesses, this.#pool.workers.size);
  }

  /** A worker that has little left is not to wait for what is on its way. */
  #giveAhead(worker: Worker): void {
    if (this.#params.slots.resuming > 0 || !this.#batches.mayGiveAhead(worker) || !worker.hasCurrentGrants()) return;
    const items = this.#batches.itemsFor(worker);
    if (items === null) return;
    worker.give([items]);
    // There is more room in the queue.
    this.#params.onChange();
  }

  #onIdle(worker: Worker): void {
    const isSpare = worker.reuseKey === null;
    if (isSpare) this.#pool.loaded(worker);
    else if (!this.#giveMore(worker)) this.#rest(worker);
    this.#params.onChange();
  }

  /** More of the same for a worker that has a slot, before it is looked for elsewhere. */
  #giveMore(worker: Worker): boolean {
    const { slots } = this.#params;
    const holder = this.#slotHolders.heldBy(worker);
    // Whoever waits to go on comes first.
    if (holder === undefined || slots.resuming > 0 || !this.#batches.hasMoreFor(worker) || !worker.isFree) return false;
    const next = this.#params.queue.peek()!;
    // What is late is given up with the next look at the queue.
    if (this.#params.expiry.isLate(next) || !this.#preparation.isDone(next)) return false;
    // What is queued is given to a process that is started anew.
    if (!worker.hasCurrentGrants()) return false;
    holder.slot = "none";
    worker.give(this.#batches.nextFor(worker));
    return true;
  }

  /** A worker that is kept gives its slot up now, one that is ended when its process is gone. */
  #rest(worker: Worker): void {
    const { queue, limits } = this.#params;
    const hasMore = queue.waitingFor(worker.reuseKey!) + limits.waitingFor(worker.reuseKey!) > 0;
    if (!this.#pool.park(worker, hasMore)) worker.kill();
    else this.#slotHolders.release(worker);
  }

  #onGone(worker: Worker): void {
    this.#pool.remove(worker);
    this.#slotHolders.release(worker);
    this.#params.onChange();
  }

  #hasTasksOf(owner: string): boolean {
    const { queue, delays, limits } = this.#params;
    if (queue.waitingOf(owner).tasks + delays.waitingOf(owner).tasks + limits.waitingOf(owner).tasks > 0) return true;
    if (this.#startFailures.hasTasksOf(owner)) return true;
    if (this.#runs.hasTasksOf(owner)) return true;
    for (const { head } of this.#pool.workers) {
      if (head instanceof ItemsRun && head.block.origin.owner === owner) return true;
    }
    return false;
  }

  #hasEndingWorker(): boolean {
    for (const worker of this.#pool.workers) if (worker.isEnding) return true;
    return false;
  }
}
