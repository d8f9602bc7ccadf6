/**
 * Pairs ready tasks with free slots, and is the one place that settles a task:
 *
 * 1. accepts submissions, all of one or none of it;
 * 2. starts ready tasks while there are slots, deepest first;
 * 3. lends the slots of tasks that wait for subtasks, and gives them back before anything new starts;
 * 4. settles each accepted task exactly once, and cancels what nobody can use any more.
 *
 * @module
 */

import { QueueFull, TaskCancelled, TaskError, TaskKilledByQuitSignal } from "../core/errors.ts";
import { Fifo } from "../core/fifo.ts";
import type { Outcome } from "../core/outcome.ts";
import type { ResultCache } from "../core/result_cache.ts";
import type { Slots } from "../core/slots.ts";
import { isWithin, type Profile, type Result, type TaskRecord } from "../core/task.ts";
import type { TaskQueue } from "../core/task_queue.ts";
import { moveTask } from "../core/task_state.ts";
import { encode, sendableError } from "../wire/codec.ts";
import { fingerprint } from "./fingerprint.ts";
import type { Caller, TaskRun, TaskRunEvents } from "./task_run.ts";
import type { Clock } from "../core/clock.ts";

/** What a dispatcher is built from. */
export interface DispatcherParams {
  clock: Clock;
  queue: TaskQueue;
  slots: Slots;
  cache: ResultCache;
  queueCapacity: number;
  maxDepth: number;
  maxProcesses: number;
  /** Makes the run of a task; the dispatcher starts it. */
  createRun(task: TaskRecord, number: number, events: Pick<TaskRunEvents, "onOutcome" | "onGone">): TaskRun;
  /** Told of every settled task, after its result was stored. */
  onSettled(task: TaskRecord, result: Result): void;
}

/** A submission, checked. */
export interface Submission {
  profile: Profile;
  tasks: readonly (readonly [id: string, input: Uint8Array])[];
  await: boolean;
  bound: boolean;
  followup: boolean;
  waitForRoom: boolean;
}

/** Accepts, starts, lends, settles. */
export class Dispatcher {
  /** Counts since the start. */
  readonly totals = { submitted: 0, succeeded: 0, failed: 0, cancelled: 0, processesStarted: 0, peakProcesses: 0 };
  #params: DispatcherParams;
  /** Every task that is not final. */
  #tasks = new Map<string, TaskRecord>();
  /** Every run whose process may be alive, by task. */
  #runs = new Map<TaskRecord, TaskRun>();
  #numbers = new Set<number>();
  /** Sessions that await a task that is not final. */
  #awaiting = new Map<string, Set<Caller>>();
  /** Results nobody wants: their callers abandoned the tasks. */
  #discarded = new Set<string>();
  #roomWaiters = new Fifo<{ count: number; admit: () => void }>();
  /** Runs in the middle of resuming that wait only for their slot, and what they do then. */
  #onResumed = new Map<TaskRun, (() => void)[]>();
  #idleWaiters: (() => void)[] = [];
  #isQuiet = false;
  #isPumping = false;

  constructor(params: DispatcherParams) {
    this.#params = params;
  }

  /** Live worker processes. */
  get runs(): Iterable<TaskRun> {
    return this.#runs.values();
  }

  /** A task that is not final. */
  find(id: string): TaskRecord | undefined {
    return this.#tasks.get(id);
  }

  /** The run of a task, while its process may be alive. */
  runOf(task: TaskRecord): TaskRun | undefined {
    return this.#runs.get(task);
  }

  // -- Submitting --

  /**
   * Accepts all tasks of a submission, or none. Tasks that are known already count as accepted.
   *
   * @throws {QueueFull}, {TaskError} `DUPLICATE_TASK`, `DEPTH_EXCEEDED`, `SERVER_STOPPING`.
   */
  submit(caller: Caller, submission: Submission): number | Promise<number> {
    const depth = caller.run === null ? 0 : caller.run.task.depth + 1;
    const { queueCapacity, maxDepth } = this.#params;
    if (depth > maxDepth) {
      throw new TaskError("DEPTH_EXCEEDED", `Cannot submit at depth ${depth}: tasks may nest ${maxDepth} deep`);
    }
    const { length } = submission.tasks;
    if (caller.run !== null) {
      // A task never waits for room: it holds what others wait for. It may use as much again beyond the capacity.
      if (this.#params.queue.length + length > 2 * queueCapacity) throw queueFull(length, queueCapacity);
      return this.#accept(caller, submission, depth);
    }
    if (this.#hasRoom(length)) return this.#accept(caller, submission, depth);
    if (!submission.waitForRoom || length > queueCapacity) throw queueFull(length, queueCapacity);
    return this.#waitForRoom(length).then(() => this.#accept(caller, submission, depth));
  }

  #hasRoom(count: number): boolean {
    return this.#roomWaiters.length === 0 && this.#params.queue.length + count <= this.#params.queueCapacity;
  }

  /** First come, first served: who waits for much is not overtaken by who wants little. */
  #waitForRoom(count: number): Promise<void> {
    return new Promise((admit) => this.#roomWaiters.push({ count, admit }));
  }

  #accept(caller: Caller, submission: Submission, depth: number): number {
    if (this.#isQuiet && caller.run === null) {
      throw new TaskError("SERVER_STOPPING", "Cannot submit: the server is stopping");
    }
    const fresh = this.#newTasks(caller, submission, depth);
    const parent = caller.run?.task ?? null;
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

  /** Checks all before any is accepted. */
  #newTasks(caller: Caller, submission: Submission, depth: number): TaskRecord[] {
    const { profile, bound } = submission;
    const submittedAt = this.#params.clock.wall();
    const fresh = new Map<string, TaskRecord>();
    for (const [id, input] of submission.tasks) {
      const print = fingerprint(profile, input);
      const known = fresh.get(id) ?? this.#tasks.get(id) ?? this.#params.cache.peek(id, this.#params.clock.now());
      if (known !== undefined) {
        if (known.fingerprint === print) continue;
        throw new TaskError("DUPLICATE_TASK", `Cannot submit task ${id}: another task has this id`);
      }
      fresh.set(id, {
        id,
        profile,
        input,
        fingerprint: print,
        state: "ready",
        attempt: 0,
        parent: caller.run?.task ?? null,
        depth,
        bound,
        children: null,
        followupIds: null,
        submittedAt,
        startedAt: null,
      });
    }
    return [...fresh.values()];
  }

  // -- Running --

  #pump(): void {
    // What starts may fail at once and come back here: the loop below sees the slot that it freed.
    if (this.#isPumping) return;
    this.#isPumping = true;
    this.#startReady();
    this.#isPumping = false;
    this.#admitWaiting();
  }

  #startReady(): void {
    const { queue, slots, maxProcesses } = this.#params;
    while (slots.hasRoom && queue.length > 0) {
      if (this.#runs.size >= maxProcesses) {
        // While some task runs, a process will become free. When all wait for each other, none ever will.
        if (slots.taken > 0) return;
        const task = queue.pop()!;
        this.#settle(task, failure("failed", processLimit(maxProcesses)), { isQueued: false });
        continue;
      }
      this.#start(queue.pop()!);
    }
  }

  #start(task: TaskRecord): void {
    this.#params.slots.take();
    moveTask(task, "running");
    task.attempt++;
    task.startedAt = this.#params.clock.wall();
    const number = this.#freeNumber();
    const run = this.#params.createRun(task, number, {
      onOutcome: (run, outcome) => this.#settle(run.task, outcome),
      onGone: (run) => this.#onGone(run),
    });
    this.#runs.set(task, run);
    this.totals.processesStarted++;
    this.totals.peakProcesses = Math.max(this.totals.peakProcesses, this.#runs.size);
    run.start();
  }

  #onGone(run: TaskRun): void {
    this.#runs.delete(run.task);
    this.#numbers.delete(run.number);
    if (run.slot === "held") this.#params.slots.release();
    else if (run.slot === "lent") this.#params.slots.forgetLent();
    // One that is resuming still stands in the line; it gives the slot back when its turn comes.
    if (run.caller !== null) this.leave(run.caller);
    this.#pump();
    this.#checkIdle();
  }

  #freeNumber(): number {
    let number = 1;
    while (this.#numbers.has(number)) number++;
    this.#numbers.add(number);
    return number;
  }

  /** One at a time: what the admitted one submits is not in the queue yet, and pumps again when it is. */
  #admitWaiting(): void {
    const first = this.#roomWaiters.peek();
    if (first === undefined || this.#params.queue.length + first.count > this.#params.queueCapacity) return;
    this.#roomWaiters.shift();
    first.admit();
  }

  // -- Waiting and lending --

  /** Has results pushed to the caller when they are known. Gives the ids that nobody knows. */
  await(caller: Caller, ids: readonly string[]): string[] {
    const unknown: string[] = [];
    const known: string[] = [];
    for (const id of ids) {
      if (caller.outbox.awaited.has(id) || caller.outbox.unacknowledged.has(id)) continue;
      if (this.#tasks.has(id)) {
        const callers = this.#awaiting.get(id);
        if (callers === undefined) this.#awaiting.set(id, new Set([caller]));
        else callers.add(caller);
        caller.outbox.awaited.add(id);
      } else if (this.#params.cache.peek(id, this.#params.clock.now()) !== undefined) {
        this.#params.cache.addAwaiter(id);
        known.push(id);
      } else unknown.push(id);
    }
    for (const id of known) caller.outbox.send(id);
    if (caller.outbox.awaited.size > 0) this.#lend(caller.run);
    return unknown;
  }

  /** The caller no longer waits for these. Resolves when a task that waited for nothing else has its slot back. */
  unawait(caller: Caller, ids: readonly string[]): Promise<void> | null {
    for (const id of ids) this.#forgetAwaited(caller, id);
    if (caller.run === null || caller.outbox.awaited.size > 0 || caller.run.slot === "held") return null;
    return new Promise((resumed) => this.#resume(caller.run!, resumed));
  }

  /** The caller's session has ended. */
  leave(caller: Caller): void {
    for (const id of [...caller.outbox.awaited, ...caller.outbox.unacknowledged]) this.#forgetAwaited(caller, id);
  }

  #forgetAwaited(caller: Caller, id: string): void {
    caller.outbox.awaited.delete(id);
    if (caller.outbox.unacknowledged.delete(id)) this.#params.cache.removeAwaiter(id, this.#params.clock.now());
    const callers = this.#awaiting.get(id);
    callers?.delete(caller);
    if (callers?.size === 0) this.#awaiting.delete(id);
  }

  #lend(run: TaskRun | null): void {
    if (run === null || run.slot !== "held" || run.task.state !== "running") return;
    run.slot = "lent";
    moveTask(run.task, "waiting");
    this.#params.slots.lend();
    this.#pump();
  }

  /** The run goes on when it has a slot; what it waited for is handed to it then, not before. */
  #resume(run: TaskRun, onResumed: () => void): void {
    const waiting = this.#onResumed.get(run);
    if (waiting !== undefined) {
      waiting.push(onResumed);
      return;
    }
    if (run.slot !== "lent") return onResumed();
    this.#onResumed.set(run, [onResumed]);
    run.slot = "resuming";
    this.#params.slots.resume(() => this.#resumed(run));
  }

  #resumed(run: TaskRun): void {
    const actions = this.#onResumed.get(run)!;
    this.#onResumed.delete(run);
    run.slot = "held";
    if (!this.#runs.has(run.task)) {
      // It died in the line.
      this.#params.slots.release();
      return;
    }
    if (run.task.state === "waiting") moveTask(run.task, "running");
    for (const act of actions) act();
    // It may have begun to wait for more while it stood in the line.
    if ((run.caller?.outbox.awaited.size ?? 0) > 0) this.#lend(run);
  }

  // -- Results --

  /** The result, or the unfinished task, or undefined. */
  lookUp(id: string): Result | TaskRecord | undefined {
    return this.#tasks.get(id) ?? this.#params.cache.peek(id, this.#params.clock.now());
  }

  /** The caller has these results: they may be forgotten. */
  acknowledge(caller: Caller, ids: readonly string[]): void {
    for (const id of ids) {
      caller.outbox.unacknowledged.delete(id);
      this.#params.cache.take(id);
    }
  }

  /** A finished result out of the cache. */
  result(id: string): Result | undefined {
    return this.#params.cache.peek(id, this.#params.clock.now());
  }

  // -- Ending --

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
    this.#isQuiet = true;
    for (let next = this.#roomWaiters.shift(); next !== undefined; next = this.#roomWaiters.shift()) next.admit();
  }

  /** Ends every task with TaskKilledByQuitSignal. */
  killAll(graceMs: number): void {
    this.quiet();
    for (const task of [...this.#tasks.values()]) this.#end(task, "failed", new TaskKilledByQuitSignal(), graceMs);
    for (const run of [...this.#runs.values()]) run.end("failed", new TaskKilledByQuitSignal(), graceMs);
  }

  /** Resolves when no task is unfinished and no process alive. */
  whenIdle(): Promise<void> {
    return new Promise((idle) => {
      this.#idleWaiters.push(idle);
      this.#checkIdle();
    });
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
  #settle(task: TaskRecord, { status, payload }: Outcome, { isQueued = task.state === "ready" } = {}): void {
    moveTask(task, status);
    if (isQueued) this.#params.queue.discarded();
    this.totals[status]++;
    this.#tasks.delete(task.id);
    task.parent?.children?.delete(task);
    const result: Result = {
      id: task.id,
      status,
      attempt: task.attempt,
      payload,
      followupIds: task.followupIds ?? [],
      fingerprint: task.fingerprint,
      submittedAt: task.submittedAt,
      startedAt: task.startedAt,
      finishedAt: this.#params.clock.wall(),
      ancestors: ancestorsOf(task),
    };
    task.input = NOTHING;
    this.#endChildren(task, status);
    this.#deliver(result);
    this.#params.onSettled(task, result);
    this.#pump();
    this.#checkIdle();
  }

  /** A task that returned or raised leaves what it only submitted; one that was ended takes all below with it. */
  #endChildren(task: TaskRecord, status: Outcome["status"]): void {
    if (task.children === null) return;
    const run = this.#runs.get(task);
    const wasEnded = status === "cancelled" || run?.wasEnded === true;
    for (const child of [...task.children]) {
      if (wasEnded || child.bound) {
        this.#cancelTree(child, new TaskCancelled("The task that waited for this one ended"));
      }
    }
  }

  #deliver(result: Result): void {
    const callers = this.#awaiting.get(result.id);
    this.#awaiting.delete(result.id);
    const isUnwanted = this.#discarded.delete(result.id) && callers === undefined;
    if (isUnwanted) return;
    this.#params.cache.add(result, callers?.size ?? 0, this.#params.clock.now());
    for (const caller of callers ?? []) this.#hand(caller, result.id);
  }

  /** The last result that a task waits for is handed to it together with a slot. */
  #hand(caller: Caller, id: string): void {
    caller.outbox.awaited.delete(id);
    if (caller.run === null || caller.outbox.awaited.size > 0) caller.outbox.send(id);
    else {
      // Already its own, so that a session that ends meanwhile gives it back to the cache.
      caller.outbox.unacknowledged.add(id);
      this.#resume(caller.run, () => caller.outbox.send(id));
    }
  }

  #checkIdle(): void {
    if (this.#tasks.size > 0 || this.#runs.size > 0) return;
    const waiters = this.#idleWaiters;
    this.#idleWaiters = [];
    for (const idle of waiters) idle();
  }
}

function failure(status: "failed" | "cancelled", error: TaskError): Outcome {
  return { status, payload: encode(sendableError(error)) };
}

const NOTHING = new Uint8Array();

/** True when `scope` is null, or the task or result lies below it. */
export function isVisible(what: Result | TaskRecord, scope: TaskRecord | null): boolean {
  if (scope === null) return true;
  return "ancestors" in what ? what.ancestors.includes(scope.id) : what !== scope && isWithin(what, scope);
}

function ancestorsOf(task: TaskRecord): string[] {
  const ids: string[] = [];
  for (let at = task.parent; at !== null; at = at.parent) ids.push(at.id);
  return ids;
}

function queueFull(count: number, capacity: number): QueueFull {
  return new QueueFull(`Cannot accept ${count} tasks: the queue may hold ${capacity}`, capacity);
}

function processLimit(maxProcesses: number): TaskError {
  return new TaskError(
    "PROCESS_LIMIT",
    `Cannot start the task: all ${maxProcesses} processes that there may be wait for subtasks; nest less deep or raise maxProcesses`,
  );
}
