/**
 * What callers submit: it is known already, waits until what it was before has ended, waits for room, or comes in. Once
 * the store has it, it is in line.
 *
 * @module
 */

import type { Clock } from "../core/clock.ts";
import { TaskCancelled, TaskError } from "../core/errors.ts";
import { itemId, prefixOf } from "../core/item_id.ts";
import { isFinal } from "../core/task_state.ts";
import { allThere, type Answer, type Later, whenThere } from "../core/later.ts";
import type { Admission } from "./admission.ts";
import { originOf, ownInputs, type Submission } from "./submission.ts";
import { answerFor, type Caller, hasLeft } from "./caller.ts";
import type { Expiry } from "./expiry.ts";
import { fingerprint } from "./fingerprint.ts";
import type { Groups, SubmittedItems } from "./groups.ts";
import type { HandingBack } from "./handing_back.ts";
import type { KeyLimits } from "./key_limits.ts";
import type { KnownTasks } from "./known_tasks.ts";
import type { LeftBehind } from "./left_behind.ts";
import type { Line } from "./line.ts";
import type { StreamBook } from "./stream_book.ts";
import { firstOf, type Origin, type QueueItem, TaskRecord } from "./task.ts";
import type { Submitted, TaskStore } from "./task_store.ts";
import { UnderWay } from "./under_way.ts";
import type { UniqueKeys } from "./unique_keys.ts";

/** Whom the intake has to do with. */
export interface IntakeParams {
  clock: Clock;
  line: Line;
  limits: Pick<KeyLimits, "accept">;
  totals: { submitted: number };
  store: TaskStore;
  tasks: KnownTasks;
  groups: Groups;
  streams: StreamBook;
  underWay: UnderWay;
  admission: Admission;
  leftBehind: LeftBehind;
  expiry: Expiry;
  handingBack: HandingBack;
  uniques: Pick<UniqueKeys, "claim" | "enter" | "takeUp">;
  /** Has results pushed to the caller when they are known. Gives the ids that nobody knows. */
  await(caller: Caller, ids: readonly string[]): Later<string[]>;
  /** The caller's session has ended, and something came in since. */
  leave(caller: Caller): void;
  /** Ends a task. */
  cancel(id: string, discard: boolean): void;
  /** Has something done before which nothing begins. */
  atOnce(act: () => void): void;
  /** There is more in the queue, or more room. */
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
  submit(caller: Caller, submission: Submission, answer: Answer<number>): void {
    if (submission.items !== undefined) return this.#submitItems(caller, submission, answer);
    const { handingBack, leftBehind } = this.#params;
    // Before anything is looked up, which takes its time.
    if (caller.run === null && leftBehind.areAny) leftBehind.back(caller, submission.tasks.map(([id]) => id));
    if (!handingBack.isActive || caller.run !== null) return this.#submitTasks(caller, submission, answer);
    const known = this.#awaitKnown(caller, submission);
    // The inputs are views of what was read.
    const own = known instanceof Promise ? ownInputs(submission) : submission;
    whenThere(known, (areKnown) => {
      if (areKnown) answer.give(submission.tasks.length);
      else answerFor(caller, answer, () => this.#submitTasks(caller, own, answer));
    });
  }

  #submitTasks(caller: Caller, submission: Submission, answer: Answer<number>): void {
    const { leftBehind, admission, store, underWay } = this.#params;
    const ids = submission.tasks.map(([id]) => id);
    let later = submission;
    const isEnding = leftBehind.whenEnded(ids, () => {
      answerFor(caller, answer, () => admission.admit(caller, later, answer));
    });
    if (isEnding) later = ownInputs(submission);
    // A client that is back needs no room for what is there, or on its way: to be refused would be to lose it.
    else if (ids.length > 0 && ids.every((id) => store.has(id) || underWay.has(id) || store.peek(id) !== undefined)) {
      this.accept(caller, submission, answer);
    } else admission.admit(caller, submission, answer);
  }

  /** Items that are known are so also while the server stops. */
  #submitItems(caller: Caller, submission: Submission, answer: Answer<number>): void {
    const { groups, admission } = this.#params;
    let own = submission;
    const isEnding = groups.whenEnded(submission, () => {
      if (!this.#waiting.delete(own)) answer.refuse(givenUp());
      else answerFor(caller, answer, () => this.submit(caller, own, answer));
    });
    if (isEnding) this.#waiting.add(own = ownInputs(submission));
    else if (groups.known(submission) === undefined) admission.admit(caller, submission, answer);
    else this.accept(caller, submission, answer);
  }

  /** These groups and tasks are to end, and with `discard` nobody wants them any more: what is not in yet stays out. */
  withdraw(ids: readonly string[], discard: boolean): void {
    for (const submission of this.#waiting) {
      if (ids.includes(submission.group!.id)) this.#waiting.delete(submission);
    }
    this.#params.admission.withdraw(ids, discard ? givenUp() : new TaskCancelled());
  }

  /** Ends a task that is on its way to the store, once it is there. False for any other. */
  cancel(id: string, discard: boolean): boolean {
    return this.#params.underWay.cancel(id, discard);
  }

  /**
   * A client is back while the server stops: it gets the results of what runs, though its other tasks are refused. True
   * without others.
   */
  #awaitKnown(caller: Caller, { tasks, await: isAwaited }: Submission): Later<boolean> {
    // What is being ended since the client was gone has no result for it.
    const { leftBehind, tasks: all } = this.#params;
    const candidates = tasks.map(([id]) => id).filter((id) => !leftBehind.isEnding(id));
    return whenThere(allThere(candidates.map((id) => all.isKnown(id))), (areKnown) => {
      const known = candidates.filter((_, at) => areKnown[at]);
      // One that has left again since awaits nothing: what it came back for is left behind once more.
      if (isAwaited && !hasLeft(caller)) this.#params.await(caller, known);
      return known.length === tasks.length;
    });
  }

  /** Puts what was submitted into the queue once the store has it, and answers how many there are. */
  accept(caller: Caller, submission: Submission, answer: Answer<number>): void {
    const { profile, tasks, items } = submission;
    const { clock, totals, store, groups, streams } = this.#params;
    const limit = submission.limit == null ? null : this.#params.limits.accept(submission.limit, caller);
    const origin = originOf(caller, submission, clock, limit);
    if (items !== undefined) {
      const isNew = groups.known(submission) === undefined;
      totals.submitted += groups.add(caller, origin, items, (inputs) => fingerprint(profile, inputs));
      const block = isNew && origin.start !== null ? groups.known(submission) : undefined;
      if (block !== undefined) this.#params.expiry.enter([block]);
      if (submission.followup && isNew) nameFollowups(caller, itemIds(submission.group!.id, items));
      this.#params.onAccepted();
      return answer.give(items.inputs.ends.length);
    }
    // What streams bring is in memory, and so are the results of their tasks.
    const isNew = ([id]: Submitted) => !store.has(id) && store.peek(id) === undefined;
    if (profile.stream) streams.requireRoom(caller, tasks.filter(isNew).length);
    const unclaim = origin.unique === null ? null : this.#claim(tasks[0][0], origin);
    let stored: Later<readonly QueueItem[]>;
    try {
      stored = store.submit(origin, tasks);
    } catch (error) {
      unclaim?.();
      throw error;
    }
    if (unclaim !== null && stored instanceof Promise) stored.catch(unclaim);
    // The inputs are views of what was read. Where no results are awaited they are of no more use here.
    if (stored instanceof Promise) this.#acceptLater(caller, submission, stored, answer);
    else this.#accepted(caller, submission, tasks.map(([id]) => id), stored, answer);
  }

  /** A task of which there is to be one at a time, unless it is here already; gives what takes its word back. */
  #claim(id: string, origin: Origin): (() => void) | null {
    const { store, underWay, uniques } = this.#params;
    const isHere = store.has(id) || underWay.has(id) || store.peek(id) !== undefined ||
      store.letterOf(id) !== undefined;
    return isHere ? null : uniques.claim(id, origin);
  }

  /** Puts in line what an earlier server has accepted. */
  takeUp(items: readonly QueueItem[]): void {
    this.#takeUp(items, (item) => this.#params.uniques.takeUp(item));
  }

  /** The same of tasks that failed and are to run again: others may have their keys by now. */
  revive(items: readonly QueueItem[]): void {
    for (const item of items) if (item.origin.parent !== null) this.#enterBelow(item);
    this.#takeUp(items, (item) => this.#params.uniques.enter(item));
  }

  /** What has submitted it may run yet, and takes it along when it is ended. */
  #enterBelow(item: QueueItem): void {
    const task = firstOf(item);
    const parent = this.#params.tasks.parentOf(task);
    if (parent !== undefined && !isFinal(parent.state)) (parent.children ??= new Set()).add(task);
  }

  #takeUp(items: readonly QueueItem[], hasKey: (item: QueueItem) => boolean): void {
    const { line, totals, expiry } = this.#params;
    for (const item of items) {
      totals.submitted += item.length;
      if (item.origin.unique === null) line.push(item);
    }
    expiry.enter(items.filter(({ origin }) => origin.start !== null));
    for (const item of items) if (item.origin.unique !== null && hasKey(item)) line.push(item);
  }

  /** Meanwhile the tasks may have been cancelled, and who submitted them may be gone. */
  #acceptLater(caller: Caller, submission: Submission, stored: Promise<readonly QueueItem[]>, answer: Answer<number>) {
    const { bound, tasks } = submission;
    const { underWay } = this.#params;
    const ids = tasks.map(([id]) => id);
    const kept = submission.await ? ownInputs(submission) : { ...submission, tasks: [] };
    underWay.begin(tasks);
    stored.then((items) => {
      const wished = underWay.end(ids);
      // What is to be over never begins, and a next attempt of its parent not before that.
      this.#params.atOnce(() => {
        this.#accepted(caller, kept, ids, items, answer);
        const { run, peer } = caller;
        // What a client submitted before, over another connection, may have arrived only now, and was left behind then.
        if (run === null) this.#params.leftBehind.back(caller, ids);
        if (run === null && peer.closeReason !== null) this.#params.leave(caller);
        const endsWithParent = run !== null && run.isOver && (bound || run.wasEnded || run.isRepeated);
        for (const { id, discard } of endsWithParent ? ids.map((id) => ({ id, discard: bound })) : wished) {
          this.#params.cancel(id, discard);
        }
      });
    }, (error) => {
      underWay.end(ids, false);
      answer.refuse(error);
      // There may be room for others.
      this.#params.onAccepted();
    });
  }

  /** `ids` are those of its tasks, which are not there themselves where their results are not awaited. */
  #accepted(
    caller: Caller,
    submission: Submission,
    ids: readonly string[],
    items: readonly QueueItem[],
    answer: Answer<number>,
  ): void {
    const { line, totals, uniques } = this.#params;
    for (const item of items) {
      totals.submitted += item.length;
      if (item instanceof TaskRecord) this.#enter(item, caller, submission.followup);
      if (item.origin.unique === null) line.push(item);
    }
    // One that came from a store may have an origin of before.
    if (items.length > 0 && items[0].origin.start !== null) this.#params.expiry.enter(items);
    for (const item of items) if (item.origin.unique !== null && uniques.enter(item)) line.push(item);
    // A client that has left meanwhile does so again.
    const unknown = submission.await && (caller.run === null || !hasLeft(caller))
      ? this.#params.await(caller, ids)
      : [];
    // What is in memory at once may be views of what was read, and the store may take its time.
    const { tasks } = unknown instanceof Promise ? ownInputs(submission) : submission;
    this.#params.onAccepted();
    whenThere(unknown, (unknown) => {
      if (unknown.length === 0 || hasLeft(caller)) return answer.give(ids.length);
      // They were known to the store, and another has taken their results since: they begin anew.
      const anew = { ...submission, tasks: tasks.filter(([id]) => unknown.includes(id)) };
      const given = () => answer.give(ids.length);
      answerFor(caller, answer, () => this.#submitTasks(caller, anew, { ...answer, give: given }));
    });
  }

  #enter(task: TaskRecord, caller: Caller, isFollowup: boolean): void {
    const parent = caller.run?.task;
    if (parent !== undefined) {
      (parent.children ??= new Set()).add(task);
      if (isFollowup) nameFollowups(caller, [task.id]);
    }
    if (task.profile.stream) this.#params.streams.open(task, caller);
  }
}

/** A task names these in its result. */
function nameFollowups({ run }: Caller, ids: readonly string[]): void {
  if (run === null) return;
  const named = run.task.followupIds ??= [];
  for (const id of ids) named.push(id);
}

function itemIds(groupId: string, { firstNumber, inputs }: SubmittedItems): string[] {
  return Array.from(inputs.ends, (_, row) => itemId(prefixOf(groupId), firstNumber + row));
}

function givenUp(): TaskError {
  return new TaskError("CONNECTION_CLOSED", "The map was given up");
}
