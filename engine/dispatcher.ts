/**
 * A task's way through the server:
 *
 * 1. takes in what admission lets through;
 * 2. has ready tasks given to workers;
 * 3. has each accepted task settled exactly once, and cancels what nobody can use any more.
 *
 * @module
 */

import type { Clock } from "../core/clock.ts";
import { WorkerTerminated } from "../core/errors.ts";
import type { Answer, Later } from "../core/later.ts";
import type { Slots } from "./slots.ts";
import type { Ancestor, Result, TaskRecord } from "./task.ts";
import type { FairQueue } from "./fair_queue.ts";
import { isFinal } from "../core/task_state.ts";
import type { TerminateHow } from "../wire/message.ts";
import { Admission } from "./admission.ts";
import type { Submission } from "./submission.ts";
import { Assignments, type Staff } from "./assignments.ts";
import { Cancellation } from "./cancellation.ts";
import { Expiry } from "./expiry.ts";
import { failure } from "./failure.ts";
import { Groups } from "./groups.ts";
import { HandingBack } from "./handing_back.ts";
import { Intake } from "./intake.ts";
import type { ItemBlock } from "./item_block.ts";
import { KnownTasks } from "./known_tasks.ts";
import { LeftBehind } from "./left_behind.ts";
import { Listing } from "./listing.ts";
import type { Caller } from "./caller.ts";
import { UnderWay } from "./under_way.ts";
import { Settling } from "./settling.ts";
import { Waiting } from "./waiting.ts";
import { Stopping } from "./stopping.ts";
import type { StreamBook, StreamHooks } from "./stream_book.ts";
import type { TaskStore } from "./task_store.ts";
import type { Worker } from "./worker.ts";

/** What a dispatcher is built from. */
export interface DispatcherParams<Streams extends StreamBook> extends Staff {
  clock: Clock;
  queue: FairQueue;
  slots: Slots;
  store: TaskStore;
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
  /** A task that called the server is over, and all that comes of it is done. */
  onTaskLeft?(caller: Caller): void;
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
  /** All that there is to be seen of tasks. */
  readonly listing: Listing;
  /** The end of it all. */
  readonly stopping: Stopping;
  #params: DispatcherParams<Streams>;
  #admission: Admission;
  #intake: Intake;
  #waiting: Waiting;
  #groups: Groups;
  #tasks: KnownTasks;
  #assignments: Assignments;
  #cancellation: Cancellation;
  #leftBehind: LeftBehind;
  #expiry: Expiry;
  #handingBack: HandingBack;
  #settling: Settling;
  /** How sessions ended: what they have submitted may still be on its way to the store. */
  #departures = new WeakMap<Caller, Departure>();
  #isPumping = false;

  constructor(params: DispatcherParams<Streams>) {
    const { clock, slots, store } = params;
    this.#params = params;
    const underWay = new UnderWay();
    this.#admission = new Admission({
      ...params,
      underWay: underWay.room,
      accept: (caller, submission, answer) => this.#intake.accept(caller, submission, answer),
    });
    this.#expiry = new Expiry({
      ticker: params.ticker,
      find: (id) => this.find(id),
      end: (task, error) => this.#cancellation.end(task, "failed", error),
      endItems: (block, error) => this.#groups.ends.endFresh(block, error),
      onChange: () => this.#onChange(),
    });
    this.#groups = new Groups({
      queue: params.queue,
      ticker: params.ticker,
      totals: this.totals,
      store,
      onAwaited: (caller, name) => this.#waiting.addItems(caller, name),
      handLast: (caller, name, act) => this.#waiting.handLast(caller, name, act),
      awaitAlone: (caller, id) => {
        const isKnown = store.peek(id) !== undefined;
        if (isKnown) this.#waiting.add(caller, [id]);
        return isKnown;
      },
      isAwaitedAlone: (id) => this.#waiting.isAwaited(id),
      cancelAlone: (task) => void this.#cancellation.cancel([task.id], true),
      cancelItem: (task) => void this.#cancellation.cancel([task.id], false),
      forgetAlone: (callers, ids) => {
        for (const caller of callers) this.#waiting.remove(caller, ids, () => {});
        for (const id of ids) store.take(id);
      },
      onEnded: (...items) => params.onItemsEnded(...items),
      onGone: (block) => block.origin.start !== null && this.#expiry.release(block),
      onChange: () => this.#onChange(),
    });
    this.#tasks = new KnownTasks(store, this.#groups);
    this.listing = new Listing({ store, groups: this.#groups, tasks: this.#tasks });
    this.#waiting = new Waiting({
      slots,
      store,
      isUnfinished: (id) => this.#tasks.has(id),
      onLent: () => this.#pump(),
    });
    this.streams = params.openStreams({
      pause: (run) => this.#waiting.pause(run),
      unpause: (run, act) => this.#waiting.unpause(run, act),
      abandon: (id) => this.#leftBehind.abandon(id),
    });
    this.#cancellation = new Cancellation({
      find: (id) => this.find(id),
      runOf: (task) => this.#assignments.runOf(task),
      endGroups: (task) => {
        const { caller } = this.#assignments.runOf(task) ?? {};
        if (caller) this.#groups.ends.leave(caller, true);
      },
      settle: (task, status, error) => this.#settling.settle(task, failure(status, error)),
      forget: (id) => {
        this.streams.discard(id);
        store.take(id);
      },
      discardStream: (id) => this.streams.discard(id),
    });
    this.#leftBehind = new LeftBehind({
      ticker: params.ticker,
      isAwaited: (id) => this.#waiting.isAwaited(id) || this.#groups.isAwaited(id) || underWay.has(id),
      isEnding: (task) => this.#assignments.isEnding(task),
      find: (id) => this.find(id),
      cancel: (id) => void this.cancel([id], true),
    });
    this.#handingBack = new HandingBack({
      queue: params.queue,
      store,
      tasks: this.#tasks,
      totals: this.totals,
      owners: params.owners,
      isAwaited: (id) => this.#waiting.isAwaited(id) || this.#groups.isAwaited(id),
      forgetStream: (id) => this.streams.discard(id),
      forgetLimit: (item) => this.#expiry.release(item),
    });
    this.#intake = new Intake({
      clock,
      queue: params.queue,
      totals: this.totals,
      store,
      tasks: this.#tasks,
      groups: this.#groups,
      streams: this.streams,
      underWay,
      admission: this.#admission,
      leftBehind: this.#leftBehind,
      expiry: this.#expiry,
      handingBack: this.#handingBack,
      await: (caller, ids) => this.await(caller, ids),
      leave: (caller) => this.leave(caller, this.#departures.get(caller) ?? "lost"),
      cancel: (id, discard) => void this.cancel([id], discard),
      onAccepted: () => this.#pump(),
    });
    this.#assignments = new Assignments({
      ...params,
      waiting: this.#waiting,
      expiry: this.#expiry,
      totals: this.totals,
      onOutcome: (task, outcome, wasEnded) => this.#settling.settle(task, outcome, { isQueued: false, wasEnded }),
      onItemOutcomes: (items, from, outcomes, elapsedMs) => {
        this.#groups.settle(items, from, outcomes, elapsedMs);
        this.#onChange();
      },
      onUnwanted: (items) => this.#groups.ends.drop(items),
      onLeaving: (caller) => {
        this.#waiting.leave(caller);
        // Nobody else could take the results of its maps.
        this.#groups.ends.leave(caller, true);
      },
      onLeft: (caller) => {
        this.streams.leave(caller, true);
        params.onTaskLeft?.(caller);
      },
      onStuck: (task, error) => this.#settling.settle(task, failure("failed", error), { isQueued: false }),
      mayResume: () => this.#waiting.hasOthers || this.streams.mayResume,
      onChange: () => this.#onChange(),
    });
    this.stopping = new Stopping({
      admission: this.#admission,
      assignments: this.#assignments,
      handingBack: this.#handingBack,
      tasks: this.#tasks,
    });
    this.#settling = new Settling({
      clock,
      queue: params.queue,
      store,
      tasks: this.#tasks,
      waiting: this.#waiting,
      groups: this.#groups,
      streams: this.streams,
      cancellation: this.#cancellation,
      leftBehind: this.#leftBehind,
      expiry: this.#expiry,
      stopping: this.stopping,
      totals: this.totals,
      unrest: (task) => this.#assignments.unrest(task),
      onSettled: (...settled) => params.onSettled(...settled),
      onChange: () => this.#onChange(),
    });
  }

  /** Live worker processes. */
  get workers(): Iterable<Worker> {
    return this.#assignments.workers;
  }

  /** How much there is that waits for its end. */
  get left(): { unfinished: number; keptItems: number } {
    return { unfinished: this.#tasks.unfinished, keptItems: this.#groups.tally.kept };
  }

  /** A task that is not final. */
  find(id: string): TaskRecord | undefined {
    return this.#tasks.get(id);
  }

  /** The unfinished task, or its result, or undefined. */
  lookUp(id: string): Later<Result | TaskRecord | undefined> {
    return this.#tasks.lookUp(id);
  }

  /**
   * Accepts all tasks of a submission, or none. Tasks that are known already count as accepted. The answer is how many
   * were accepted, and comes when there is room for them and the store has them.
   *
   * @throws {QueueFull} {TaskError} `DUPLICATE_TASK`, `DEPTH_EXCEEDED`, `SERVER_STOPPING`: at once, or as the answer.
   * @throws {TaskExpired} as the answer, when it did not come in before it was to have begun.
   */
  submit(caller: Caller, submission: Submission, answer: Answer<number>): void {
    const { startBeforeMs, waitedMs = 0 } = submission;
    if (startBeforeMs == null) return this.#intake.submit(caller, submission, answer);
    // From now on, whatever it waits for before it comes in.
    const start = { withinMs: startBeforeMs, by: this.#params.clock.now() + startBeforeMs - waitedMs };
    this.#intake.submit(caller, { ...submission, start }, answer);
  }

  /** Has results pushed to the caller when they are known. Gives the ids that nobody knows. */
  await(caller: Caller, ids: readonly string[]): Later<string[]> {
    // An item that somebody asks for goes alone from now on; one that is over is kept as a task's result is.
    for (const id of ids) this.#groups.takeOut(id);
    return this.#waiting.add(caller, ids);
  }

  /** The caller no longer waits for these. Calls back when a task that waited for nothing else has its slot back. */
  unawait(caller: Caller, ids: readonly string[], onResumed: () => void = () => {}): void {
    this.#waiting.remove(caller, ids, onResumed);
  }

  /**
   * The caller waits for something that is none of the engine's: a task lends its slot meanwhile. What it gives is to be
   * called when that is there, and does what it is given once the task has a slot again.
   */
  awaitOther(caller: Caller): (act: () => void) => void {
    const come = this.#waiting.addOther(caller);
    return (act) => {
      come(act);
      // Where all processes wait, and nothing comes by itself any more, something has to give way now.
      if (!this.#waiting.hasOthers) this.#pump();
    };
  }

  /** The caller's session has ended; one that only lost its connection may be back. */
  leave(caller: Caller, departure: Departure): void {
    this.#departures.set(caller, departure);
    const awaited = caller.run === null ? [...caller.outbox.awaited] : [];
    this.#admission.leave(caller);
    this.#waiting.leave(caller);
    // Now that it awaits nothing: what a stream's task ends with is kept for nobody.
    this.streams.leave(caller, departure !== "lost");
    // One that comes back does so as another.
    if (caller.run === null) this.#assignments.endIdleOf(caller.owner);
    this.#leftBehind.leave(caller, awaited, departure !== "lost");
    this.#groups.ends.leave(caller, departure !== "lost");
    this.#onChange();
  }

  /** The caller has these results: they may be forgotten. */
  acknowledge(caller: Caller, ids: readonly string[]): void {
    for (const id of ids) {
      this.#params.store.acknowledge(id, caller.outbox.release(id));
    }
    this.stopping.checkFetched();
  }

  /** The caller has these results of items, which came together, from this number on. */
  acknowledgeItems(groupId: string, number: number): void {
    this.#groups.acknowledge(groupId, number);
    this.stopping.checkFetched();
  }

  /** Who submitted the items of a group: a task, or null for a client; undefined for what is no group. */
  parentOfGroup(groupId: string): Ancestor | null | undefined {
    return this.#groups.parentOf(groupId);
  }

  /**
   * Cancels tasks, and groups, and all below them; gives how many of the named, or of their items, were not final. With
   * `discard` nobody wants a result.
   */
  cancel(ids: readonly string[], discard: boolean): number {
    let count = 0;
    this.#intake.withdraw(ids, discard);
    const tasks = ids.filter((id) => {
      // One that is there may be on its way again.
      if (!this.#tasks.has(id) && this.#intake.cancel(id, discard)) {
        count++;
        return false;
      }
      const items = discard ? this.#groups.ends.cancel(id) : this.#groups.ends.cancelItems(id);
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
    if (task === undefined || !task.profile.worker || isFinal(task.state)) return false;
    const run = this.#assignments.runOf(task);
    if (run === undefined) this.#cancellation.end(task, "failed", new WorkerTerminated());
    else run.worker.terminate(run, how);
    return true;
  }

  #onChange(): void {
    this.#pump();
    this.stopping.checkIdle();
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
}
