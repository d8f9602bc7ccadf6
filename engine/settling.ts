/**
 * The end of a task: settled exactly once, kept where somebody may want that, and told to all that await it once the store
 * has it.
 *
 * @module
 */

import type { Clock } from "../core/clock.ts";
import { whenThere } from "../core/later.ts";
import type { Outcome } from "../core/outcome.ts";
import { Packer } from "../core/packer.ts";
import { type FinalState, isFinal, moveTask } from "../core/task_state.ts";
import type { Caller } from "./caller.ts";
import type { Cancellation } from "./cancellation.ts";
import type { Expiry } from "./expiry.ts";
import type { Groups } from "./groups.ts";
import { ItemBlock } from "./item_block.ts";
import type { KeyLimits } from "./key_limits.ts";
import type { KnownTasks } from "./known_tasks.ts";
import type { LeftBehind } from "./left_behind.ts";
import type { Line } from "./line.ts";
import type { RunNotes } from "./run_notes.ts";
import type { Stopping } from "./stopping.ts";
import type { StreamBook } from "./stream_book.ts";
import type { UniqueKeys } from "./unique_keys.ts";
import { Result } from "./result.ts";
import type { TaskRecord } from "./task.ts";
import type { Remains, TaskStore } from "./task_store.ts";
import type { Waiting } from "./waiting.ts";

/** What the end of a task has to do with. */
export interface SettlingParams {
  clock: Clock;
  line: Pick<Line, "remove">;
  store: TaskStore;
  tasks: KnownTasks;
  waiting: Waiting;
  groups: Groups;
  streams: StreamBook;
  cancellation: Cancellation;
  leftBehind: LeftBehind;
  expiry: Expiry;
  limits: Pick<KeyLimits, "release">;
  stopping: Stopping;
  notes: Pick<RunNotes, "waits">;
  uniques: Pick<UniqueKeys, "settled" | "kept">;
  totals: Record<FinalState, number>;
  /** Lets a task go that waits for its next start; false when it does not. */
  unrest(task: TaskRecord): boolean;
  /** Told of every settled task, after its result was stored; one that a stop has ended runs again, and that is no outcome. */
  onSettled(task: TaskRecord, result: Result, isOutcome: boolean): void;
  /** All that is done. */
  onChange(): void;
}

/** Where a task stands when it ends. */
export interface EndedHow {
  /** It waits in the queue, for its time, or for its next start. @default {true} */
  readonly isQueued?: boolean;
  /** It did not return or raise by itself. @default {unless it succeeded} */
  readonly wasEnded?: boolean;
}

/** Settles tasks. */
export class Settling {
  #params: SettlingParams;
  #payloads = new Packer();

  constructor(params: SettlingParams) {
    this.#params = params;
  }

  /** The one act that ends a task. */
  settle(task: TaskRecord, outcome: Outcome, how: EndedHow = {}): void {
    const { status } = outcome;
    const { isQueued = true, wasEnded = status !== "succeeded" } = how;
    const { clock, line, tasks, cancellation, streams, unrest } = this.#params;
    moveTask(task, status);
    if (task.origin.start !== null && task.attempt === 0) this.#params.expiry.leave(task);
    if (isQueued && !unrest(task)) line.remove(task);
    const parent = tasks.parentOf(task);
    // One that was submitted anew has the same id, and other children.
    const isChild = parent?.children?.delete(task) ?? false;
    const result = Result.of(task, outcome, clock, this.#payloads);
    const remains = status === "failed" ? remainsOf(task, outcome) : null;
    task.dropInput();
    cancellation.endChildren(task, wasEnded);
    if (task.origin.unique !== null) this.#params.uniques.settled(task, outcome);
    if (task.profile.stream) streams.settled(task.id);
    if (task.place?.block instanceof ItemBlock) this.#keepItem(task, task.place.block, result);
    else this.#keepTask(task, result, remains, isChild ? parent! : null);
  }

  #keepTask(task: TaskRecord, result: Result, remains: Remains | null, parent: TaskRecord | null): void {
    const { store, waiting, stopping, cancellation } = this.#params;
    const { id } = task;
    if (stopping.takesOutcome(id)) {
      // It is not the task's doing that this run had no end.
      this.#params.notes.waits(task);
      store.release([task]);
      return this.#deliver(task, result, null, null, false);
    }
    const awaiters = waiting.callersOf(id).length;
    const isUnwanted = cancellation.takesDiscarded(id) && awaiters === 0;
    whenThere(store.settle(task, isUnwanted ? null : result, awaiters, isUnwanted ? null : remains), () => {
      // Somebody may have come to want it while the store wrote.
      const isWantedNow = isUnwanted && waiting.isAwaited(id);
      if (isWantedNow) store.keep(result, 0);
      else if (!isUnwanted && this.#isForNobody(task, parent)) store.take(id);
      if (task.origin.unique !== null) this.#params.uniques.kept(id);
      this.#deliver(task, result, isUnwanted && !isWantedNow ? null : { awaiters });
    });
  }

  /** Only what submitted it could have taken the result, and has ended while the store wrote. */
  #isForNobody(task: TaskRecord, parent: TaskRecord | null): boolean {
    if (task.parent === null || !task.origin.bound || this.#params.waiting.isAwaited(task.id)) return false;
    return parent === null || isFinal(parent.state);
  }

  /** An item of a map that mattered alone. */
  #keepItem(task: TaskRecord, block: ItemBlock, result: Result): void {
    const { store, stopping, cancellation } = this.#params;
    const awaiters = this.#callersOf(task.id, block).length;
    const isOutcome = !stopping.takesOutcome(task.id);
    const isUnwanted = cancellation.takesDiscarded(task.id) || block.isDiscarded;
    const isKept = isOutcome && (awaiters > 0 || !isUnwanted);
    block.forget(task.place!.row);
    task.place = null;
    // Its client submits it anew where it is to run again.
    store.dropSteps(task.id);
    if (isKept) store.keep(result, awaiters);
    this.#deliver(task, result, isKept ? { awaiters } : null, block);
  }

  /** Hands a result to all that await it: it is kept for so many of them, or not at all. */
  #deliver(
    task: TaskRecord,
    result: Result,
    kept: { awaiters: number } | null,
    block: ItemBlock | null = null,
    isOutcome = true,
  ): void {
    const { store, waiting, groups, leftBehind, totals } = this.#params;
    const callers = this.#callersOf(task.id, block);
    waiting.forget(task.id);
    if (kept !== null) {
      // Some may have come, or gone, while the store wrote.
      for (let more = kept.awaiters; more < callers.length; more++) store.hold(task.id);
      for (let fewer = callers.length; fewer < kept.awaiters; fewer++) store.letGo(task.id);
      // Whoever awaits the whole waits for nothing more of it: the last result comes with its slot.
      if (block?.unfinished === 0) { for (const { outbox } of block.callers) outbox.awaited.delete(block.name); }
      for (const caller of callers) waiting.hand(caller, result);
    }
    // Now that it lasts: the next of a serial order never begins before.
    if (task.origin.limit !== null) this.#params.limits.release(task);
    totals[result.status]++;
    this.#params.onSettled(task, result, isOutcome);
    if (block !== null) groups.tidy(block);
    leftBehind.settled(task.id);
    this.#params.onChange();
  }

  #callersOf(id: string, block: ItemBlock | null): readonly Caller[] {
    const asked = this.#params.waiting.callersOf(id);
    return block === null ? asked : [...new Set([...asked, ...block.callers])];
  }
}

/** Those that run again when somebody says so: the arguments of others are their callers'. */
function remainsOf({ origin, profile, input }: TaskRecord, { isPoisoned = false }: Outcome): Remains | null {
  if (origin.bound || origin.group !== null || profile.stream || profile.worker) return null;
  return { input, isPoisoned };
}
