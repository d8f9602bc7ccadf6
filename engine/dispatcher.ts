/**
 * A task's way through the server, and the one place that settles it:
 *
 * 1. takes in what admission lets through;
 * 2. has ready tasks given to workers;
 * 3. settles each accepted task exactly once, hands its result to who awaits it, and cancels what nobody can use any
 *    more.
 *
 * @module
 */

import type { Clock } from "../core/clock.ts";
import { WorkerTerminated } from "../core/errors.ts";
import { isGroupId } from "../core/item_id.ts";
import type { Outcome } from "../core/outcome.ts";
import { Packer } from "../core/packer.ts";
import type { Slots } from "./slots.ts";
import { Result, TaskRecord } from "./task.ts";
import type { FairQueue } from "./fair_queue.ts";
import { moveTask } from "../core/task_state.ts";
import { UnfinishedTasks } from "./unfinished_tasks.ts";
import type { TerminateHow } from "../wire/message.ts";
import { Admission, type Submission } from "./admission.ts";
import { Assignments, type Staff } from "./assignments.ts";
import { Cancellation } from "./cancellation.ts";
import { failure } from "./failure.ts";
import { Groups } from "./groups.ts";
import { HandingBack } from "./handing_back.ts";
import { Intake } from "./intake.ts";
import { ItemBlock } from "./item_block.ts";
import { LeftBehind } from "./left_behind.ts";
import type { Caller } from "./caller.ts";
import { Waiting } from "./waiting.ts";
import type { Results } from "./results.ts";
import { Stopping } from "./stopping.ts";
import type { StreamBook, StreamHooks } from "./stream_book.ts";
import type { Worker } from "./worker.ts";

/** What a dispatcher is built from. */
export interface DispatcherParams<Streams extends StreamBook> extends Staff {
  clock: Clock;
  queue: FairQueue;
  slots: Slots;
  cache: Results;
  queueCapacity: number;
  /** Most that the arguments of waiting tasks may take, in bytes. */
  queueCapacityBytes: number;
  maxDepth: number;
  /** Makes the book of streams. */
  openStreams(hooks: StreamHooks): Streams;
  /** The sessions of clients that are connected, by their names. */
  owners(): ReadonlySet<string>;
  /** Told of every settled task, after its result was stored. */
  onSettled(task: TaskRecord, result: Result): void;
  /** Told of items of a map that ended together, from this row on: so many, of which some have failed. */
  onItemsEnded(block: ItemBlock, from: number, count: number, failures: number): void;
}

/**
 * How a session ended: the other side took its leave; the connection broke, and it may be back over another; or nothing
 * was heard of it for so long that it is gone.
 */
export type Departure = "bye" | "lost" | "silent";

/** Accepts, starts, settles. */
export class Dispatcher<Streams extends StreamBook = StreamBook> {
  /** Counts since the start. */
  readonly totals = {
    submitted: 0,
    succeeded: 0,
    failed: 0,
    cancelled: 0,
    handedBack: 0,
    lost: 0,
    processesStarted: 0,
    peakProcesses: 0,
    failedStarts: 0,
  };
  /** Streams between tasks and whoever opened them. */
  readonly streams: Streams;
  /** The end of it all. */
  readonly stopping: Stopping;
  #params: DispatcherParams<Streams>;
  #admission: Admission;
  #intake: Intake;
  #waiting: Waiting;
  #groups: Groups;
  #tasks: UnfinishedTasks;
  #assignments: Assignments;
  #payloads = new Packer();
  #cancellation: Cancellation;
  #leftBehind: LeftBehind;
  #handingBack: HandingBack;
  #isPumping = false;

  constructor(params: DispatcherParams<Streams>) {
    const { clock, slots, cache } = params;
    this.#params = params;
    this.#admission = new Admission({
      ...params,
      accept: (caller, submission) => this.#intake.accept(caller, submission),
    });
    this.#groups = new Groups({
      queue: params.queue,
      ticker: params.ticker,
      totals: this.totals,
      peek: (id) => cache.peek(id, clock.now()),
      awaitAlone: (caller, id) => this.#waiting.add(caller, [id]).length === 0,
      isAwaitedAlone: (id) => this.#waiting.isAwaited(id),
      cancelAlone: (task) => void this.#cancellation.cancel([task.id], true),
      keepAlone: (result) => cache.peek(result.id, clock.now()) ?? cache.add(result, 0, clock.now()),
      forgetAlone: (callers, ids) => {
        for (const caller of callers) void this.#waiting.remove(caller, ids);
        for (const id of ids) cache.take(id);
      },
      onEnded: (...items) => params.onItemsEnded(...items),
    });
    this.#tasks = new UnfinishedTasks(this.#groups, (id) => this.result(id));
    this.#waiting = new Waiting({
      slots,
      cache,
      now: () => clock.now(),
      isUnfinished: (id) => this.#tasks.has(id),
      onLent: () => this.#pump(),
    });
    this.streams = params.openStreams({
      pause: (run) => this.#waiting.pause(run),
      unpause: (run, act) => this.#waiting.unpause(run, act),
      abandon: (id) => void this.cancel([id], true),
    });
    this.#cancellation = new Cancellation({
      find: (id) => this.find(id),
      runOf: (task) => this.#assignments.runOf(task),
      settle: (task, status, error) => this.#settle(task, failure(status, error)),
      forget: (id) => {
        this.streams.discard(id);
        cache.take(id);
      },
      discardStream: (id) => this.streams.discard(id),
    });
    this.#leftBehind = new LeftBehind({
      ticker: params.ticker,
      isAwaited: (id) => this.#waiting.isAwaited(id) || this.#groups.isAwaited(id),
      isEnding: (task) => this.#assignments.isEnding(task),
      find: (id) => this.find(id),
      cancel: (id) => void this.cancel([id], true),
    });
    this.#handingBack = new HandingBack({
      queue: params.queue,
      tasks: this.#tasks,
      totals: this.totals,
      owners: params.owners,
      isAwaited: (id) => this.#waiting.isAwaited(id) || this.#groups.isAwaited(id),
      forgetStream: (id) => this.streams.discard(id),
    });
    this.#intake = new Intake({
      clock,
      queue: params.queue,
      totals: this.totals,
      tasks: this.#tasks,
      groups: this.#groups,
      streams: this.streams,
      admission: this.#admission,
      leftBehind: this.#leftBehind,
      handingBack: this.#handingBack,
      isKnown: (id) => this.lookUp(id) !== undefined,
      await: (caller, ids) => void this.await(caller, ids),
      onAccepted: () => this.#pump(),
    });
    this.#assignments = new Assignments({
      ...params,
      waiting: this.#waiting,
      totals: this.totals,
      onOutcome: (task, outcome, wasEnded) => this.#settle(task, outcome, { isQueued: false, wasEnded }),
      onItemOutcomes: (items, from, outcomes, elapsedMs) => {
        this.#groups.settle(items, from, outcomes, elapsedMs);
        this.#pump();
        this.stopping.checkIdle();
      },
      onUnwanted: (items) => this.#groups.drop(items),
      onLeft: (caller) => this.streams.leave(caller, true),
      onStuck: (task, error) => this.#settle(task, failure("failed", error), { isQueued: false }),
      mayResume: () => this.streams.mayResume,
      onChange: () => {
        this.#pump();
        this.stopping.checkIdle();
      },
    });
    this.stopping = new Stopping({
      admission: this.#admission,
      assignments: this.#assignments,
      handingBack: this.#handingBack,
      tasks: this.#tasks,
      cache,
      groups: this.#groups,
    });
  }

  /** Live worker processes. */
  get workers(): Iterable<Worker> {
    return this.#assignments.workers;
  }

  /** How much there is that waits for its end. */
  get left(): { unfinished: number; keptItems: number } {
    return { unfinished: this.#tasks.size, keptItems: this.#groups.tally.kept };
  }

  /** A task that is not final. */
  find(id: string): TaskRecord | undefined {
    return this.#tasks.get(id);
  }

  /** A finished result that is kept. */
  result(id: string): Result | undefined {
    return this.#params.cache.peek(id, this.#params.clock.now()) ?? this.#groups.result(id);
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
    return this.#intake.submit(caller, submission);
  }

  /** Has results pushed to the caller when they are known. Gives the ids that nobody knows. */
  await(caller: Caller, ids: readonly string[]): string[] {
    // An item that somebody asks for goes alone from now on; one that is over is kept as a task's result is.
    for (const id of ids) this.#groups.takeOut(id);
    return this.#waiting.add(caller, ids);
  }

  /** The caller no longer waits for these. Resolves when a task that waited for nothing else has its slot back. */
  unawait(caller: Caller, ids: readonly string[]): Promise<void> | null {
    return this.#waiting.remove(caller, ids);
  }

  /** The caller's session has ended; one that only lost its connection may be back. */
  leave(caller: Caller, departure: Departure): void {
    const awaited = caller.run === null ? [...caller.outbox.awaited] : [];
    this.#admission.leave(caller);
    this.#waiting.leave(caller);
    // Now that it awaits nothing: what a stream's task ends with is kept for nobody.
    this.streams.leave(caller, departure !== "lost");
    // One that comes back does so as another.
    if (caller.run === null) this.#assignments.endIdleOf(caller.owner);
    this.#leftBehind.leave(awaited, departure !== "lost");
    this.#groups.leave(caller, departure !== "lost");
  }

  /** The caller has these results: they may be forgotten. */
  acknowledge(caller: Caller, ids: readonly string[]): void {
    for (const id of ids) {
      this.#params.cache.acknowledge(id, caller.outbox.release(id));
    }
    this.stopping.checkFetched();
  }

  /** The caller has these results of items, which came together, from this number on. */
  acknowledgeItems(groupId: string, number: number): void {
    this.#groups.acknowledge(groupId, number);
    this.stopping.checkFetched();
  }

  /** Cancels tasks, and groups, and all below them; gives how many of the named were not final. */
  cancel(ids: readonly string[], discard: boolean): number {
    let count = 0;
    const tasks = ids.filter((id) => {
      if (isGroupId(id)) this.#intake.withdraw(id);
      const items = this.#groups.cancel(id);
      count += items || 0;
      return items === false;
    });
    count += this.#cancellation.cancel(tasks, discard);
    this.#pump();
    this.stopping.checkFetched();
    return count;
  }

  /** Tells a worker to end, or its process; one that has not begun is over. False when there is none of that id. */
  terminate(id: string, how: TerminateHow): boolean {
    const task = this.#tasks.get(id);
    if (task === undefined || !task.profile.worker) return false;
    const run = this.#assignments.runOf(task);
    if (run === undefined) this.#cancellation.end(task, "failed", new WorkerTerminated());
    else run.worker.terminate(run, how);
    return true;
  }

  #pump(): void {
    // What starts may fail at once and come back here: the loop below sees the slot that it freed.
    if (this.#isPumping) return;
    this.#isPumping = true;
    try {
      this.#handingBack.sweep();
      this.#assignments.startReady();
    } finally {
      this.#isPumping = false;
    }
    this.#admission.admitNext();
  }

  /** The one act that ends a task. */
  #settle(
    task: TaskRecord,
    { status, payload }: Outcome,
    { isQueued = true, wasEnded = status !== "succeeded" }: { isQueued?: boolean; wasEnded?: boolean } = {},
  ): void {
    moveTask(task, status);
    if (isQueued && !this.#assignments.unrest(task)) this.#params.queue.remove(task);
    this.totals[status]++;
    const block = task.place?.block;
    this.#tasks.delete(task);
    this.#leftBehind.settled(task.id);
    this.#tasks.leaveParent(task);
    const result = Result.of(task, { status, payload }, this.#params.clock.wall(), this.#payloads);
    task.dropInput();
    this.#cancellation.endChildren(task, wasEnded);
    if (task.profile.stream) this.streams.settled(task.id);
    this.#deliver(result, block instanceof ItemBlock ? block : null);
    this.#params.onSettled(task, result);
    this.#pump();
    this.stopping.checkIdle();
  }

  #deliver(result: Result, block: ItemBlock | null): void {
    const asked = this.#waiting.takeCallers(result.id);
    const callers = block === null ? asked : [...new Set([...asked, ...block.callers])];
    if (block !== null) this.#groups.tidy(block);
    if (this.stopping.takesOutcome(result.id)) return;
    const isUnwanted = this.#cancellation.takesDiscarded(result.id) || block?.isDiscarded;
    if (isUnwanted && callers.length === 0) return;
    this.#params.cache.add(result, callers.length, this.#params.clock.now());
    for (const caller of callers) this.#waiting.hand(caller, result);
  }
}
