/**
 * A task's way through the server:
 *
 * 1. takes in what admission lets through;
 * 2. has ready tasks given to workers;
 * 3. has each accepted task settled exactly once, and cancels what nobody can use any more.
 *
 * @module
 */

import { WorkerTerminated } from "../core/errors.ts";
import type { Answer, Later } from "../core/later.ts";
import { isFinal } from "../core/task_state.ts";
import type { TerminateHow } from "../wire/message.ts";
import type { Caller } from "./caller.ts";
import type { FailedAttempt } from "./failed_attempts.ts";
import type { Listing } from "./listing.ts";
import type { Pausing } from "./pausing.ts";
import type { Reviving } from "./reviving.ts";
import { failure } from "./failure.ts";
import type { DispatcherParams, Totals } from "./dispatcher_params.ts";
import { buildEngine, type EngineParts } from "./parts.ts";
import type { LimitsView } from "./limits_view.ts";
import type { Steps } from "./steps.ts";
import type { Stopping } from "./stopping.ts";
import type { StreamBook } from "./stream_book.ts";
import type { Submission } from "./submission.ts";
import type { Result } from "./result.ts";
import { type Ancestor, TaskRecord } from "./task.ts";
import type { Claim } from "./task_store.ts";
import type { Worker } from "./worker.ts";

/**
 * How a session ended: the other side took its leave; the connection broke, and it may be back over another; or nothing
 * was heard of it for so long that it is gone.
 */
export type Departure = "bye" | "lost" | "silent";

/** Accepts, starts, settles. */
export class Dispatcher<Streams extends StreamBook = StreamBook> {
  /** Counts since the start. */
  readonly totals: Totals = {
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
  /** What tasks have recorded of their steps. */
  readonly steps: Steps;
  /** Whether tasks begin. */
  readonly pausing: Pausing;
  /** Dead letters that are to run again. */
  readonly reviving: Reviving;
  /** The end of it all. */
  readonly stopping: Stopping;
  #params: DispatcherParams<Streams>;
  #parts: EngineParts<Streams>;
  /** How sessions ended: what they have submitted may still be on its way to the store. */
  #departures = new WeakMap<Caller, Departure>();
  #isPumping = false;

  constructor(params: DispatcherParams<Streams>) {
    this.#params = params;
    this.#parts = buildEngine(params, this.totals, {
      onChange: () => this.#onChange(),
      pump: () => this.#pump(),
      atOnce: (act) => this.#atOnce(act),
      await: (caller, ids) => this.await(caller, ids),
      leave: (caller) => this.leave(caller, this.#departures.get(caller) ?? "lost"),
      cancel: (id, discard) => void this.cancel([id], discard),
    });
    const { streams, listing, steps, pausing, reviving, stopping } = this.#parts;
    this.streams = streams;
    this.listing = listing;
    this.steps = steps;
    this.pausing = pausing;
    this.reviving = reviving;
    this.stopping = stopping;
  }

  /** Live worker processes. */
  get workers(): Iterable<Worker> {
    return this.#parts.assignments.workers;
  }

  /** How much there is that waits for its end. */
  get left(): { unfinished: number; keptItems: number } {
    return { unfinished: this.#parts.tasks.unfinished, keptItems: this.#parts.groups.tally.kept };
  }

  /** How many tasks wait for their time, or for that of their next attempt. */
  get delayed(): number {
    return this.#parts.delays.length;
  }

  /** What waits for keys, before the queue. */
  get limits(): LimitsView {
    return this.#parts.limits.view;
  }

  /** Attempts of a task that failed, as far as they are remembered. */
  failedAttemptsOf(id: string): readonly FailedAttempt[] {
    return this.#parts.attempts.of(id);
  }

  /** A task that is not final. */
  find(id: string): TaskRecord | undefined {
    return this.#parts.tasks.get(id);
  }

  /** The unfinished task, or its result, or undefined. */
  lookUp(id: string): Later<Result | TaskRecord | undefined> {
    return this.#parts.tasks.lookUp(id);
  }

  /**
   * Accepts all tasks of a submission, or none. Tasks that are known already count as accepted. The answer is how many
   * were accepted, and comes when there is room for them and the store has them.
   *
   * @throws {QueueFull} {TaskError} `DUPLICATE_TASK`, `DEPTH_EXCEEDED`, `SERVER_STOPPING`: at once, or as the answer.
   * @throws {TaskExpired} as the answer, when it did not come in before it was to have begun.
   */
  submit(caller: Caller, submission: Submission, answer: Answer<number>): void {
    const { startBeforeMs, delayMs, waitedMs = 0 } = submission;
    if (startBeforeMs == null && delayMs == null) return this.#parts.intake.submit(caller, submission, answer);
    // From now on, whatever it waits for before it comes in.
    const from = this.#params.clock.now() - waitedMs;
    const start = startBeforeMs == null ? null : { withinMs: startBeforeMs, by: from + startBeforeMs };
    const delay = delayMs == null || delayMs <= waitedMs ? null : { ms: delayMs, until: from + delayMs, isOver: false };
    this.#parts.intake.submit(caller, { ...submission, start, delay }, answer);
  }

  /** Has what an earlier server has left queued, and ends what cannot run any more. */
  takeUp({ items, refused, begun, unique = [] }: Claim): void {
    const { intake, notes, line, limits, delays, settling, uniques } = this.#parts;
    const ends = begun.map(({ task, runs }) => notes.takeUp(task, runs));
    for (const result of unique) uniques.takeUpResult(result);
    intake.takeUp(items);
    const mayRun = new Set(items.map(({ origin }) => origin));
    for (const [at, { task, runs: { nextInMs } }] of begun.entries()) {
      if (!mayRun.has(task.origin)) continue;
      const end = ends[at];
      if (end !== null) settling.settle(task, end);
      else if (nextInMs !== null && nextInMs > 0 && task.state === "ready") {
        line.remove(task);
        limits.release(task);
        delays.again(task, nextInMs);
      }
    }
    for (const { items, error } of refused) {
      const outcome = failure("failed", error);
      const tasks = items.flatMap((item) => item instanceof TaskRecord ? [item] : [...item.records]);
      for (const task of tasks) settling.settle(task, outcome, { isQueued: false });
    }
    this.#pump();
  }

  /** Has results pushed to the caller when they are known. Gives the ids that nobody knows. */
  await(caller: Caller, ids: readonly string[]): Later<string[]> {
    // An item that somebody asks for goes alone from now on; one that is over is kept as a task's result is.
    for (const id of ids) this.#parts.groups.takeOut(id);
    return this.#parts.waiting.add(caller, ids);
  }

  /** The caller no longer waits for these. Calls back when a task that waited for nothing else has its slot back. */
  unawait(caller: Caller, ids: readonly string[], onResumed: () => void = () => {}): void {
    this.#parts.waiting.remove(caller, ids, onResumed);
  }

  /**
   * The caller waits for something that is none of the engine's: a task lends its slot meanwhile. What it gives is to be
   * called when that is there, and does what it is given once the task has a slot again.
   */
  awaitOther(caller: Caller): (act: () => void) => void {
    const come = this.#parts.waiting.addOther(caller);
    return (act) => {
      come(act);
      // Where all processes wait, and nothing comes by itself any more, something has to give way now.
      if (!this.#parts.waiting.hasOthers) this.#pump();
    };
  }

  /** The caller's session has ended; one that only lost its connection may be back. */
  leave(caller: Caller, departure: Departure): void {
    this.#departures.set(caller, departure);
    const awaited = caller.run === null ? [...caller.outbox.awaited] : [];
    this.#parts.admission.leave(caller);
    this.#parts.waiting.leave(caller);
    // Now that it awaits nothing: what a stream's task ends with is kept for nobody.
    this.streams.leave(caller, departure !== "lost");
    // One that comes back does so as another.
    if (caller.run === null) this.#parts.assignments.endIdleOf(caller.owner);
    this.#parts.leftBehind.leave(caller, awaited, departure !== "lost");
    this.#parts.groups.ends.leave(caller, departure !== "lost");
    this.#onChange();
  }

  /** The caller has these results: they may be forgotten. */
  acknowledge(caller: Caller, ids: readonly string[]): void {
    this.#parts.uniques.acknowledged(ids);
    for (const id of ids) {
      this.#params.store.acknowledge(id, caller.outbox.release(id));
    }
    this.stopping.checkFetched();
  }

  /** The caller has these results of items, which came together, from this number on. */
  acknowledgeItems(groupId: string, number: number): void {
    this.#parts.groups.acknowledge(groupId, number);
    this.stopping.checkFetched();
  }

  /** Who submitted the items of a group: a task, or null for a client; undefined for what is no group. */
  parentOfGroup(groupId: string): Ancestor | null | undefined {
    return this.#parts.groups.parentOf(groupId);
  }

  /**
   * Cancels tasks, and groups, and all below them; gives how many of the named, or of their items, were not final. With
   * `discard` nobody wants a result.
   */
  cancel(ids: readonly string[], discard: boolean): number {
    let count = 0;
    this.#parts.intake.withdraw(ids, discard);
    const tasks = ids.filter((id) => {
      // One that is there may be on its way again.
      if (!this.#parts.tasks.has(id) && this.#parts.intake.cancel(id, discard)) {
        count++;
        return false;
      }
      const items = discard ? this.#parts.groups.ends.cancel(id) : this.#parts.groups.ends.cancelItems(id);
      count += items || 0;
      return items === false;
    });
    count += this.#parts.cancellation.cancel(tasks, discard);
    this.#pump();
    this.stopping.checkFetched();
    return count;
  }

  /** Tells a worker to end, or its process; one that has not begun is over. False when there is none of that id. */
  terminate(id: string, how: TerminateHow): boolean {
    const task = this.#parts.tasks.get(id);
    if (task === undefined || !task.profile.worker || isFinal(task.state)) return false;
    const run = this.#parts.assignments.runOf(task);
    if (run === undefined) this.#parts.cancellation.end(task, "failed", new WorkerTerminated());
    else run.worker.terminate(run, how);
    return true;
  }

  #onChange(): void {
    this.#parts.delays.recheck();
    this.#pump();
    this.stopping.checkIdle();
  }

  /** Nothing begins before all of it is done. */
  #atOnce(act: () => void): void {
    this.#isPumping = true;
    try {
      act();
    } finally {
      this.#isPumping = false;
    }
    this.#pump();
  }

  #pump(): void {
    // What starts may fail at once and come back here: the loop below sees the slot that it freed.
    if (this.#isPumping) return;
    this.#isPumping = true;
    try {
      this.#parts.handingBack.sweep();
      this.#parts.assignments.startReady();
    } finally {
      this.#isPumping = false;
    }
    this.#parts.admission.admitNext();
  }
}
