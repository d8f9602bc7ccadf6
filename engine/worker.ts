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
import type { TaskRecord } from "./task.ts";
import type { TaskRun } from "./task_run.ts";

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
  /** True when its tasks have nothing to do with each other, so that none may leave anything behind. */
  readonly isShared: boolean;
  /** The way to what runs there; null before it has connected. */
  readonly peer: Line | null;
  /** The task that runs, or is about to; null when there is none. */
  readonly current: TaskRun | null;
  /** How many tasks stand behind that. */
  readonly waiting: number;
  /** True once it is to end. */
  readonly isEnding: boolean;
  /** True when it has nothing to do and may be given something. */
  readonly isFree: boolean;
  /** Starts it. Never throws: what goes wrong is the outcome of the tasks that it is given. */
  start(): void;
  /** Gives tasks. Their profiles are like the worker's in all that it depends on. */
  give(tasks: readonly TaskRecord[]): readonly TaskRun[];
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
  /** It was given tasks; the first begins next if it had none. */
  onGiven(runs: readonly TaskRun[]): void;
  /** The current task begins. */
  onBegin(run: TaskRun): void;
  /** A task is over: exactly once for each run that was not handed back. */
  onOutcome(run: TaskRun, outcome: Outcome): void;
  /** Runs that never began, to be given to another worker. */
  onHandedBack(runs: readonly TaskRun[]): void;
  /** It did not come as far as a task's code; the first of these is the one that it was for. */
  onStartFailed(runs: readonly TaskRun[], error: TaskError, cause: StartFailure): void;
  /** It died while it ran this one, which may not be to blame: others ran there before. */
  onLost(run: TaskRun, error: TaskError): void;
  /** Nothing is left to run, or, for a spare, the module is loaded. */
  onIdle(worker: Of): void;
  /** It is gone: exactly once, after all outcomes. */
  onGone(worker: Of): void;
}
