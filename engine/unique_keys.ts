/**
 * Tasks of which there is to be one at a time, by their keys. Each is a task of its own, whatever becomes of it: one that
 * joins another waits aside, and ends as that one does; one that comes behind another which runs waits aside until that
 * has ended. So each has its id, its caller and its end, and of two that joined one may be cancelled alone.
 *
 * Who has a key, and until when, know `unique_holders`; here is what becomes of those that come and find it held, and of
 * those that wait when it is free. Both follow from the tasks: a server that takes them up finds it out anew.
 *
 * @module
 */

import type { TaskError } from "../core/errors.ts";
import { whenThere } from "../core/later.ts";
import type { Outcome } from "../core/outcome.ts";
import { ownBytes } from "../core/own_bytes.ts";
import { type FinalState, isFinal } from "../core/task_state.ts";
import type { Ticker } from "../core/ticker.ts";
import type { Delays } from "./delays.ts";
import type { Result } from "./result.ts";
import { firstOf, hasBegun, type Origin, type QueueItem, type TaskRecord } from "./task.ts";
import type { TaskStore } from "./task_store.ts";
import { type Holder, UniqueHolders } from "./unique_holders.ts";
import { duplicateKey, replacedBy, waitsForItself } from "./unique_refusals.ts";
import { WaitingBehind } from "./waiting_behind.ts";

/** Tasks that end in one go as another has; then others have their turn. */
const TASKS_PER_TURN = 500;

/** What is told of the run that a task shares with others. */
export type SharedRun = Pick<TaskRecord, "attempt" | "startedAt" | "begunAt">;

/** Whom keys have to do with. */
export interface UniqueKeysParams {
  ticker: Ticker;
  store: TaskStore;
  delays: Pick<Delays, "hold" | "letGo">;
  /** Puts in line what waits for no other any more. */
  push(item: QueueItem): void;
  /** Ends a task that has not begun. */
  end(task: TaskRecord, error: TaskError): void;
  /** Ends a task as another has ended. */
  share(task: TaskRecord, run: SharedRun, outcome: Outcome): void;
  /** What was put in line was so by itself, or while another ends: there is something to start. */
  onReady(): void;
}

/** Tasks with keys, as they come and go. */
export class UniqueKeys {
  #params: UniqueKeysParams;
  #holders: UniqueHolders;
  #behind = new WaitingBehind();

  constructor(params: UniqueKeysParams) {
    this.#params = params;
    this.#holders = new UniqueHolders(params);
  }

  /** How many keys some task has, or had last. */
  get size(): number {
    return this.#holders.size;
  }

  /**
   * A task that is new asks to come in. Gives what is to be called where it does not after all.
   *
   * @throws {DuplicateKey}
   */
  claim(id: string, origin: Origin): () => void {
    const unique = origin.unique!;
    const other = this.#holders.inTheWay(unique.name);
    if (other === null) {
      const holder = this.#holders.take(id, origin, "coming");
      return () => {
        if (this.#holders.of(unique.name) === holder) this.#handOn(unique.name, holder.next, id);
      };
    }
    if (unique.onConflict === "refuse") throw duplicateKey(unique, other);
    if (this.#behind.leadsBack(origin, other)) throw waitsForItself(unique, other);
    return () => {};
  }

  /** The store has a task. False where it is not to be put in line now: it waits for another, or is over. */
  enter(item: QueueItem): boolean {
    const { origin } = item;
    const { name, onConflict } = origin.unique!;
    const task = firstOf(item);
    const holder = this.#holders.of(name);
    if (holder?.id === task.id && holder.stage === "coming") return this.#arrived(holder, task);
    const other = this.#holders.inTheWay(name);
    // One that is over and is to run again may have its key yet.
    if (holder === undefined || other === null || holder.id === task.id) {
      this.#holders.take(task.id, origin, "here");
      return true;
    }
    if (this.#behind.leadsBack(origin, other)) this.#end(task, waitsForItself(origin.unique!, other));
    else if (onConflict === "join") this.#join(holder, task);
    else if (holder.stage === "over") {
      this.#holders.take(task.id, origin, "here");
      return true;
    } else if (onConflict === "refuse" && holder.next !== null) this.#end(task, duplicateKey(origin.unique!, other));
    else this.#comeBehind(holder, task, onConflict === "replace");
    return false;
  }

  /** The same of what an earlier server has left, in the order in which it was submitted. */
  takeUp(item: QueueItem): boolean {
    const holder = this.#holders.of(item.origin.unique!.name);
    // One that came before it has let go of the key since, or it would not be here. Of two that are not over that one is
    // taken up first; what has failed and is to run again is taken up when that was said, however old it is.
    const isOlder = holder?.stage === "over" && item.origin.submittedAt < holder.origin.submittedAt;
    return isOlder || this.enter(item);
  }

  /** A task that an earlier server has seen the end of may hold its key yet. */
  takeUpResult(result: Result): void {
    if (isShared(result, result.status)) this.#holders.takeUp(result);
  }

  /** A task is over. */
  settled(task: TaskRecord, outcome: Outcome): void {
    const isOfAll = isShared(task, outcome.status);
    const joined = isOfAll ? this.#behind.takeJoined(task.id) : [];
    this.#leave(task, isOfAll);
    if (joined.length <= TASKS_PER_TURN) return this.#shareAmong(joined, task, outcome);
    // The task may run again before all have ended, and what its outcome is a view of may be another's by then.
    const { attempt, startedAt, begunAt } = task;
    const own = { ...outcome, payload: ownBytes(outcome.payload) };
    this.#shareAmong(joined, { attempt, startedAt, begunAt }, own);
  }

  /** A server that stops lets a task go that waits. Of those that waited for it, one that is not let go begins instead. */
  released(item: QueueItem): void {
    this.#leave(firstOf(item), false);
  }

  /** It has no key any more, and waits for none. Those that have joined it, and do not end as it does, go on without. */
  #leave(task: TaskRecord, isOfAll: boolean): void {
    this.#behind.leave(task);
    const { name } = task.origin.unique!;
    const holder = this.#holders.of(name);
    if (holder?.id === task.id) {
      if (isOfAll && holder.next === null) this.#holders.ended(holder);
      else this.#handOn(name, holder.next, task.id);
    } else if (holder?.next === task) this.#nextOf(holder, task.id);
    else if (this.#behind.firstJoined(task.id) !== undefined) this.#again(name, task.id);
  }

  /** The store has how a task ended. */
  kept(id: string): void {
    this.#holders.results.keep(id);
  }

  /** Callers have these results. */
  acknowledged(ids: readonly string[]): void {
    this.#holders.results.acknowledged(ids);
  }

  /** A task that is over is to run again: it does not hold its key as one that is over any more. */
  letGo(id: string): void {
    this.#holders.results.drop(id);
  }

  /** The server stops. */
  stop(): void {
    this.#holders.results.stop();
  }

  /** One that was on its way and has the key: meanwhile another may have come that is to replace it. */
  #arrived(holder: Holder, task: TaskRecord): boolean {
    holder.stage = "here";
    if (holder.next?.origin.unique?.onConflict !== "replace") return true;
    this.#end(task, replacedBy(holder.next));
    return false;
  }

  #join(holder: Holder, task: TaskRecord): void {
    const { delays, store, push, onReady } = this.#params;
    delays.hold(task);
    if (holder.stage !== "over") return this.#behind.join(task, (holder.next ?? holder).id);
    void whenThere(store.find(holder.id), (result) => {
      if (isFinal(task.state)) return;
      if (result !== undefined) return this.#share(task, runOf(result, this.#now()), result);
      // Somebody has discarded it: it holds no key any more.
      this.#holders.results.drop(holder.id);
      const item = delays.letGo(task);
      if (item === null || !this.enter(item)) return;
      push(item);
      onReady();
    });
  }

  /** It waits for the end of the one that has the key, which comes at once where that waits too and is replaced. */
  #comeBehind(holder: Holder, task: TaskRecord, replaces: boolean): void {
    const { delays, store, end } = this.#params;
    const before = holder.next;
    holder.next = task;
    delays.hold(task);
    this.#behind.waitFor(task, holder.id);
    if (before !== null) {
      this.#behind.moveJoined(before.id, task.id);
      return end(before, replacedBy(task));
    }
    const first = holder.stage === "here" ? store.get(holder.id) : undefined;
    if (replaces && first !== undefined && !hasBegun(first)) end(first, replacedBy(task));
  }

  /** The key goes on to the one that waits to have it, or to the first that had joined the one that is gone: it begins. */
  #handOn(name: string, next: TaskRecord | null, goneId: string): void {
    this.#holders.release(name);
    const first = this.#firstOf(next, goneId);
    if (first === undefined) return;
    const [task, item] = first;
    this.#behind.moveJoined(goneId, task.id);
    this.#holders.take(task.id, task.origin, "here");
    this.#params.push(item);
    this.#params.onReady();
  }

  /** The first that is there still, which waits for no other any more. */
  #firstOf(next: TaskRecord | null, goneId: string): [TaskRecord, QueueItem] | undefined {
    let task = next ?? this.#behind.firstJoined(goneId);
    while (task !== undefined) {
      this.#behind.leave(task);
      const item = this.#params.delays.letGo(task);
      if (item !== null) return [task, item];
      task = this.#behind.firstJoined(goneId);
    }
    return undefined;
  }

  /** The one that waited to have the key is gone: the first of those that joined it waits instead. */
  #nextOf(holder: Holder, goneId: string): void {
    const first = this.#behind.firstJoined(goneId);
    holder.next = first ?? null;
    if (first === undefined) return;
    this.#behind.leave(first);
    this.#behind.waitFor(first, holder.id);
    this.#behind.moveJoined(goneId, first.id);
  }

  /** They had joined one that has let go of its key since, and that another may have now. */
  #again(name: string, goneId: string): void {
    const holder = this.#holders.of(name);
    if (holder === undefined || this.#holders.inTheWay(name) === null || holder.stage === "over") {
      this.#handOn(name, null, goneId);
    } else this.#behind.moveJoined(goneId, (holder.next ?? holder).id);
  }

  /** They end as one has; where they are many, by and by. */
  #shareAmong(joined: readonly TaskRecord[], run: SharedRun, outcome: Outcome, from = 0): void {
    const to = from + TASKS_PER_TURN;
    for (const one of joined.slice(from, to)) this.#share(one, run, outcome);
    if (to < joined.length) this.#params.ticker.after(0, () => this.#shareAmong(joined, run, outcome, to));
  }

  #share(task: TaskRecord, { attempt, startedAt, begunAt }: SharedRun, outcome: Outcome): void {
    const { status, payload, raisedByTask } = outcome;
    // It may have been cancelled meanwhile, or a server that stops has let it go.
    if (isFinal(task.state) || this.#params.store.get(task.id) !== task) return;
    this.#params.share(task, { attempt, startedAt, begunAt }, { status, payload, raisedByTask });
  }

  /** It stands nowhere yet. */
  #end(task: TaskRecord, error: TaskError): void {
    this.#params.delays.hold(task);
    this.#params.end(task, error);
  }

  #now(): number {
    return this.#params.ticker.clock.now();
  }
}

/** One that was cancelled, or was given up before it began, has nothing to share. */
function isShared({ attempt, origin }: TaskRecord | Result, status: FinalState): boolean {
  return status !== "cancelled" && (attempt > 0 || origin.start === null);
}

/** As far apart as they were, up to now. */
function runOf({ attempt, startedAt, finishedAt }: Result, now: number): SharedRun {
  return { attempt, startedAt, begunAt: startedAt === null ? 0 : now - (finishedAt - startedAt) };
}
