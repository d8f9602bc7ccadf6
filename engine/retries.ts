/**
 * Tasks whose attempt failed and that may have another: what the failed one has submitted ends, the task waits for a while
 * without slot, process or place in the queue, and comes into line again. What is not mended by another attempt, or has
 * had as many as it may, ends as it would without.
 *
 * @module
 */

import type { Clock } from "../core/clock.ts";
import type { Outcome } from "../core/outcome.ts";
import { type FailureKind, retryDelayMs, type RetryPolicy } from "../core/retry.ts";
import { isFinal, moveTask } from "../core/task_state.ts";
import { valueAt } from "../wire/packed_values.ts";
import type { Cancellation } from "./cancellation.ts";
import type { Delays } from "./delays.ts";
import type { FailedAttempts } from "./failed_attempts.ts";
import type { GroupEnds } from "./group_ends.ts";
import { ItemBlock } from "./item_block.ts";
import { type ItemOutcomes, outcomesFrom } from "./item_results.ts";
import type { ItemsRun } from "./items_run.ts";
import type { RunNotes } from "./run_notes.ts";
import type { TaskRecord } from "./task.ts";

/** What retries need. */
export interface RetriesParams {
  clock: Pick<Clock, "wall">;
  delays: Pick<Delays, "again">;
  cancellation: Pick<Cancellation, "endChildren">;
  ends: Pick<GroupEnds, "isEndingBelow">;
  attempts: Pick<FailedAttempts, "add">;
  notes: Pick<RunNotes, "failed" | "crashed" | "waits">;
  /** From 0 up to, not including, 1. @default {Math.random} */
  random?(): number;
}

/** Decides who has another attempt. */
export class Retries {
  #params: RetriesParams;
  /** Subtasks of failed attempts that are being ended. */
  #below = new WeakMap<TaskRecord, readonly TaskRecord[]>();

  constructor(params: RetriesParams) {
    this.#params = params;
  }

  /** Takes a task whose attempt ended so, which no worker has any more; else gives what it ends with. */
  takes(task: TaskRecord, outcome: Outcome): Outcome | null {
    const { retry } = task.origin;
    if (retry === null || outcome.status !== "failed") return outcome;
    const kind = outcome.raisedByTask ? "error" : outcome.kind;
    if (kind === undefined) return outcome;
    this.#note(task, kind, outcome.payload);
    const { random = Math.random, delays, notes } = this.#params;
    const failed = notes.failed(task);
    const poisoned = kind === "crash" ? notes.crashed(task) : null;
    if (failed >= retry.attempts || !isMended(retry, kind, outcome) || isUnwanted(task)) return outcome;
    if (poisoned !== null) return poisoned;
    this.#endBelow(task);
    task.followupIds = null;
    task.startedAt = null;
    task.progress = null;
    const ms = typeof outcome.again === "number" ? outcome.again : retryDelayMs(retry, failed, random());
    delays.again(task, ms);
    notes.waits(task, ms);
    return null;
  }

  /**
   * Items of a map ended together, from this row on: those that are over are given on, together or in parts; each other
   * one matters alone from now on.
   */
  takeItems(items: ItemsRun, from: number, outcomes: ItemOutcomes, settle: (from: number, part: ItemOutcomes) => void) {
    const { block, attempt } = items;
    const failed = block.origin.retry?.on.includes("error") ? outcomes.failed : null;
    const count = outcomes.values.ends.length;
    let start = 0;
    for (let at = failed?.indexOf(FAILED) ?? -1; at >= 0; at = failed!.indexOf(FAILED, at + 1)) {
      if (at > start) settle(from + start, outcomesFrom(outcomes, start, at));
      start = at;
      // Whoever was told of those before may have given the whole up.
      if (block.isDiscarded) break;
      const task = block.recordOf(from + at);
      task.attempt = attempt;
      moveTask(task, "running");
      this.takes(task, { status: "failed", payload: valueAt(outcomes.values, at), raisedByTask: true });
      start = at + 1;
    }
    if (start === 0) settle(from, outcomes);
    else if (start < count) settle(from + start, outcomesFrom(outcomes, start, count));
  }

  /** False while something goes on that a failed attempt of the task has submitted. */
  isClear(task: TaskRecord): boolean {
    if (this.#params.ends.isEndingBelow(task.id)) return false;
    return this.#below.get(task)?.every(isOver) ?? true;
  }

  #note(task: TaskRecord, kind: FailureKind, payload: Uint8Array): void {
    const { attempts, clock } = this.#params;
    const { id, attempt, startedAt } = task;
    attempts.add(id, { attempt, kind, startedAt, finishedAt: clock.wall(), payload });
  }

  /** All of it, also what would outlive the task: the next attempt submits its own. */
  #endBelow(task: TaskRecord): void {
    if (task.children === null) return;
    const below = [...task.children];
    this.#params.cancellation.endChildren(task, true);
    // Most of it is over by now. The rest is looked at whenever something ends.
    this.#below.set(task, below.filter((child) => !isOver(child)));
  }
}

/** In what says how items ended: it failed, and another attempt may mend that. */
const FAILED = 1;

/** True for what another attempt may mend, by kind, unless the task itself has said whether. */
function isMended({ on }: RetryPolicy, kind: FailureKind, { again }: Outcome): boolean {
  return again === undefined ? on.includes(kind) : again !== false;
}

/** Nobody wants the items of its map. */
function isUnwanted({ place }: TaskRecord): boolean {
  return place?.block instanceof ItemBlock && place.block.isDiscarded;
}

/** With all below it. */
function isOver(task: TaskRecord): boolean {
  return isFinal(task.state) && (task.children === null || [...task.children].every(isOver));
}
