/**
 * What the engine knows of a worker, and what it has it do. A real one is a process; the simulated host of the tests has
 * workers in memory.
 *
 *     starting ──► idle ◄──► busy
 *         └─────────┴─────────┴──► ending ──► gone
 *
 * @module
 */

import type { TaskError } from "../core/errors.ts";
import type { Outcome } from "../core/outcome.ts";
import type { Profile } from "../core/profile.ts";
import type { TerminateHow } from "../wire/message.ts";
import type { Line } from "./caller.ts";
import type { ItemBlock } from "./item_block.ts";
import type { ItemOutcomes } from "./item_results.ts";
import type { ItemRows, ItemsRun, WorkerRun } from "./items_run.ts";
import type { TaskRecord } from "./task.ts";
import type { TaskRun } from "./task_run.ts";

/** What a worker can be given. */
export type Work = TaskRecord | ItemRows;

/** A worker. */
export interface Worker {
  /** Tasks with this profile's module, permissions and memory can run here. */
  readonly profile: Profile;
  /** Of those that live, it alone has this number. */
  readonly number: number;
  /** What status and logs call it. */
  readonly name: string;
  /** Of its process; null where there is none, or none yet. */
  readonly pid: number | null;
  /** Monotonic milliseconds. */
  readonly startedAt: number;
  /** Tasks that share this key may run here one after the other; null: the first task is the only one. */
  reuseKey: string | null;
  /** Tasks that it may still be given. */
  budget: number;
  /** It is started ahead, for many quick items. Set before it is started. */
  expectsItems: boolean;
  /** True when its tasks have nothing to do with each other, so that none may leave anything behind. */
  readonly isShared: boolean;
  /** The way to what runs there; null before it has connected. */
  readonly peer: Line | null;
  /** What runs, or is about to; null when there is nothing. */
  readonly head: WorkerRun | null;
  /** The task that runs, or is about to, as one that matters alone; null when there is none. */
  readonly current: TaskRun | null;
  /** How many tasks and items stand behind that. */
  readonly waiting: number;
  /** True once it is to end. */
  readonly isEnding: boolean;
  /** True when it has nothing to do and may be given something. */
  readonly isFree: boolean;
  /** Starts it. Never throws: what goes wrong is the outcome of the tasks that it is given. */
  start(): void;
  /** Gives tasks, or items of a map. Their profiles are like the worker's in all that it depends on. */
  give(work: readonly Work[]): void;
  /** The run of one of the items that it was given: its own from now on. Undefined when it does not have it. */
  runOf(block: ItemBlock, row: number): TaskRun | undefined;
  /** Takes back what has not begun; once it has connected, where it has not yet. */
  recall(): void;
  /** See {@linkcode TaskRun.end}. */
  end(run: TaskRun, isFirst: boolean, graceMs?: number): void;
  /** Tells the target of a worker task to end, or its process. */
  terminate(run: TaskRun, how: TerminateHow): void;
  /** Ends it at once. */
  kill(): void;
  /** False when a file that it has loaded, or would load, is not what it was. */
  isUpToDate(): boolean;
  /** False when a path that was granted has come to lead elsewhere: it has what that led to before. */
  hasCurrentGrants(): boolean;
}

/** Who is to blame for a failed start: the system started no process, or the process died before it had begun. */
export type StartFailure = "system" | "process";

/** What a worker tells the engine. */
export interface WorkerEvents<Of extends Worker = Worker> {
  /** It was given something; the first begins next if it had nothing. */
  onGiven(runs: readonly WorkerRun[]): void;
  /** What is at its head begins. */
  onBegin(run: WorkerRun): void;
  /** A task is over: exactly once for each run that was not handed back. */
  onOutcome(run: TaskRun, outcome: Outcome): void;
  /** The first of these items are over, from this row on: they have been taken out. */
  onItemOutcomes(items: ItemsRun, from: number, outcomes: ItemOutcomes): void;
  /** One of the items has a run of its own now: these stand where they stood. */
  onSplit(items: ItemsRun, into: readonly WorkerRun[]): void;
  /** Runs that never began, to be given to another worker. */
  onHandedBack(runs: readonly WorkerRun[]): void;
  /** It did not come as far as a task's code; the first is what it was for. */
  onStartFailed(first: TaskRun, others: readonly WorkerRun[], error: TaskError, cause: StartFailure): void;
  /** It died of this while it ran this one, which may not be to blame: others ran there before. */
  onLost(run: TaskRun, error: TaskError): void;
  /** It was told to begin with this one, and never will. */
  onNotBegun(run: TaskRun): void;
  /** Nothing is left to run, or, for a spare, the module is loaded. */
  onIdle(worker: Of): void;
  /** It is gone: exactly once, after all outcomes. */
  onGone(worker: Of): void;
}
