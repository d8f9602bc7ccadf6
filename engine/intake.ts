/**
 * What callers submit: it is known already, waits until what it was before has ended, waits for room, or comes in.
 *
 * @module
 */

import type { Clock } from "../core/clock.ts";
import { TaskError } from "../core/errors.ts";
import { type Admission, originOf, ownInputs, type Submission } from "./admission.ts";
import type { Caller } from "./caller.ts";
import type { FairQueue } from "./fair_queue.ts";
import { fingerprint } from "./fingerprint.ts";
import type { Groups } from "./groups.ts";
import type { HandingBack } from "./handing_back.ts";
import type { LeftBehind } from "./left_behind.ts";
import type { StreamBook } from "./stream_book.ts";
import { TaskRecord } from "./task.ts";
import type { UnfinishedTasks } from "./unfinished_tasks.ts";

/** Whom the intake has to do with. */
export interface IntakeParams {
  clock: Clock;
  queue: FairQueue;
  totals: { submitted: number };
  tasks: UnfinishedTasks;
  groups: Groups;
  streams: StreamBook;
  admission: Admission;
  leftBehind: LeftBehind;
  handingBack: HandingBack;
  /** True for a task that is not final, or whose result is kept. */
  isKnown(id: string): boolean;
  /** Has results pushed to the caller when they are known. */
  await(caller: Caller, ids: readonly string[]): void;
  /** There is more in the queue. */
  onAccepted(): void;
}

/** Takes submissions in. */
export class Intake {
  #params: IntakeParams;
  /** Items that wait until what they were before has ended. */
  #waiting = new Set<Submission>();

  constructor(params: IntakeParams) {
    this.#params = params;
  }

  /** See `Dispatcher.submit`. */
  submit(caller: Caller, submission: Submission): number | Promise<number> {
    if (submission.items !== undefined) return this.#submitItems(caller, submission);
    const { handingBack, leftBehind, admission } = this.#params;
    if (handingBack.isActive && caller.run === null && this.#awaitKnown(caller, submission)) {
      return submission.tasks.length;
    }
    return leftBehind.after(caller, submission, (submission) => admission.admit(caller, submission));
  }

  /** Items that are known are so also while the server stops. */
  #submitItems(caller: Caller, submission: Submission): number | Promise<number> {
    const { groups, admission } = this.#params;
    const ended = groups.ended(submission);
    if (ended === null) {
      return groups.known(submission) === undefined
        ? admission.admit(caller, submission)
        : this.accept(caller, submission);
    }
    const own = ownInputs(submission);
    this.#waiting.add(own);
    return ended.then(() => {
      if (caller.peer.closeReason !== null) throw caller.peer.closeReason;
      if (!this.#waiting.delete(own)) throw givenUp();
      return this.submit(caller, own);
    }).finally(() => this.#waiting.delete(own));
  }

  /** Nobody wants a group any more: what is not in yet stays out. */
  withdraw(groupId: string): void {
    for (const submission of this.#waiting) if (submission.group!.id === groupId) this.#waiting.delete(submission);
    this.#params.admission.withdraw(groupId, givenUp());
  }

  /** A client is back while the server stops: it gets the results of what runs, though its other tasks are refused. True without others. */
  #awaitKnown(caller: Caller, { tasks, await: isAwaited }: Submission): boolean {
    // What is being ended since the client was gone has no result for it.
    const { leftBehind, isKnown } = this.#params;
    const known = tasks.filter(([id]) => !leftBehind.isEnding(id) && isKnown(id));
    if (isAwaited) this.#params.await(caller, known.map(([id]) => id));
    return known.length === tasks.length;
  }

  /** Puts a submission's tasks into the queue; gives how many there are. */
  accept(caller: Caller, submission: Submission): number {
    const { profile, tasks, items, followup } = submission;
    const { clock, queue, totals, tasks: unfinished, groups, streams, isKnown } = this.#params;
    const origin = originOf(caller, submission, clock);
    if (profile.stream) streams.requireRoom(caller, tasks.filter(([id]) => !isKnown(id)).length);
    const before = unfinished.size;
    if (items !== undefined) groups.add(caller, origin, items, (inputs) => fingerprint(profile, inputs));
    for (const item of unfinished.add(origin, tasks, (input) => fingerprint(profile, input))) {
      if (item instanceof TaskRecord) this.#accepted(item, caller, followup);
      queue.push(item);
    }
    totals.submitted += unfinished.size - before;
    if (submission.await) this.#params.await(caller, tasks.map(([id]) => id));
    this.#params.onAccepted();
    return items?.inputs.ends.length ?? tasks.length;
  }

  #accepted(task: TaskRecord, caller: Caller, isFollowup: boolean): void {
    const { profile } = task;
    const parent = caller.run?.task;
    if (parent !== undefined) {
      (parent.children ??= new Set()).add(task);
      if (isFollowup) (parent.followupIds ??= []).push(task.id);
    }
    if (profile.stream) this.#params.streams.open(task, caller);
  }
}

function givenUp(): TaskError {
  return new TaskError("CONNECTION_CLOSED", "The map was given up");
}
