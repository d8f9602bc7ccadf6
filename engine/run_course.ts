/**
 * How the runs that workers were given go, as their workers tell it: they begin, come apart, and are over. What becomes of
 * those that come back is in `returned_runs.ts`.
 *
 * @module
 */

import type { Clock } from "../core/clock.ts";
import type { Outcome } from "../core/outcome.ts";
import { moveTask } from "../core/task_state.ts";
import type { Batches } from "./batches.ts";
import type { Caller } from "./caller.ts";
import { expired, type Expiry } from "./expiry.ts";
import { failure } from "./failure.ts";
import type { ItemOutcomes } from "./item_results.ts";
import { ItemsRun, type WorkerRun } from "./items_run.ts";
import type { KeyLimits } from "./key_limits.ts";
import type { RunBook } from "./run_book.ts";
import type { RunNotes } from "./run_notes.ts";
import type { SlotHolders } from "./slot_holders.ts";
import type { StartFailures } from "./start_failures.ts";
import type { TaskRecord } from "./task.ts";
import { TaskRun } from "./task_run.ts";

/** What the course of runs needs; the events are those of assignments. */
export interface RunCourseParams {
  clock: Clock;
  runs: Pick<RunBook, "enter" | "leave">;
  slotHolders: Pick<SlotHolders, "hold" | "split" | "passOn">;
  batches: Pick<Batches, "measured">;
  startFailures: Pick<StartFailures, "began">;
  expiry: Pick<Expiry, "isLate" | "leave">;
  notes: Pick<RunNotes, "began">;
  limits: Pick<KeyLimits, "given">;
  onOutcome(task: TaskRecord, outcome: Outcome, wasEnded: boolean): boolean;
  onItemOutcomes(items: ItemsRun, from: number, outcomes: ItemOutcomes, elapsedMs: number): void;
  onLeaving(caller: Caller): void;
  onLeft(caller: Caller): void;
}

/** From the gift to the end. */
export class RunCourse {
  #params: RunCourseParams;

  constructor(params: RunCourseParams) {
    this.#params = params;
  }

  /** A worker was given these. */
  given(given: readonly WorkerRun[]): void {
    const { runs, slotHolders, limits } = this.#params;
    const [first] = given;
    for (const run of given) {
      runs.enter(run);
      // Items that go together name no key.
      if (run instanceof TaskRun && run.task.origin.limit !== null) limits.given(run.task);
    }
    if (first.worker.head === first) slotHolders.hold(first);
  }

  /** An item that matters alone: it has begun where it is the first of those that have. */
  split(items: ItemsRun, into: readonly WorkerRun[]): void {
    const { runs, slotHolders } = this.#params;
    if (into[0] !== items) runs.leave(items);
    for (const run of into) runs.enter(run);
    slotHolders.split(items, into);
    const [first] = into;
    if (first.startedAt > 0) this.begins(first);
  }

  /** What is at the head of its worker begins. */
  begins(run: WorkerRun): void {
    if (run instanceof ItemsRun) return;
    const { task } = run;
    if (task.origin.start !== null && !this.#mayBegin(run)) return;
    this.#params.startFailures.began(task);
    moveTask(task, "running");
    task.attempt++;
    task.startedAt = this.#params.clock.wall();
    task.begunAt = run.startedAt;
    task.progress = null;
    if (task.origin.durable) this.#params.notes.began(task);
  }

  /** A task is over, or this attempt of it. */
  ended(run: TaskRun, outcome: Outcome): void {
    const { clock, runs, slotHolders, batches, onOutcome, onLeaving, onLeft } = this.#params;
    const { worker, task, caller } = run;
    if (run.hasReturned) batches.measured(worker, task.profile, clock.now() - run.startedAt, 1);
    if (caller !== null) onLeaving(caller);
    slotHolders.passOn(run);
    runs.leave(run);
    run.isOver = true;
    const last = run.isLast ? { ...outcome, again: false } : outcome;
    run.isRepeated = onOutcome(task, last, run.wasEnded);
    if (caller !== null) onLeft(caller);
  }

  /** Items are over that went together, from this row on. */
  itemsEnded(items: ItemsRun, from: number, outcomes: ItemOutcomes): void {
    const { clock, runs, slotHolders, batches, onItemOutcomes } = this.#params;
    const now = clock.now();
    const elapsedMs = now - items.startedAt;
    // By the process's own clock the way there and back is not counted.
    const ms = Math.min(elapsedMs, outcomes.ms);
    batches.measured(items.worker, items.block.profile, ms, outcomes.values.ends.length);
    items.startedAt = now;
    if (items.length === 0) {
      runs.leave(items);
      slotHolders.passOn(items);
    }
    onItemOutcomes(items, from, outcomes, elapsedMs);
  }

  /** False for one whose time to begin is over: its worker sees that it is to end. One that began before may. */
  #mayBegin(run: TaskRun): boolean {
    const { task } = run;
    if (task.attempt > 0 || run.verdict !== null) return true;
    const { expiry } = this.#params;
    if (expiry.isLate(task)) run.verdict = failure("failed", expired(task.origin.start!));
    else expiry.leave(task);
    return run.verdict === null;
  }
}
