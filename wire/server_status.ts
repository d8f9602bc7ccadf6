/**
 * What a server says of itself.
 *
 * @module
 */

import type { TaskState } from "../core/task_state.ts";
import type { KeyLimitsStatus } from "./limit_status.ts";
import type { PipelineSnapshot } from "./pipeline_snapshot.ts";

export type { KeyLimitsStatus, LimitedKeyStatus } from "./limit_status.ts";
export type { PipelineSnapshot, StageSnapshot } from "./pipeline_snapshot.ts";

/** One live worker process. */
export interface WorkerStatus {
  /** `"Worker-N"`: the slot's number where it runs; a waiting task's worker keeps its name. */
  readonly name: string;
  /** Process id; null until the process has started. */
  readonly pid: number | null;
  /** The task that it runs; null when it has none. */
  readonly taskId: string | null;
  /** The task's name. */
  readonly taskName: string | null;
  /** The task's state, such as `"waiting"` for subtasks with its slot lent; without a task `"idle"`, or `"ending"`. */
  readonly state: TaskState | "idle" | "ending";
  /** How deep the task is nested; 0 for a client's. */
  readonly depth: number;
  /** Milliseconds since the process was started. */
  readonly ageMs: number;
  /** Share of one processor since the process was started, 1 = one processor; null where it cannot be told. */
  readonly cpu: number | null;
  /** Resident memory in bytes; null where it cannot be told. */
  readonly rssBytes: number | null;
}

/** A pipeline that the server runs. */
export interface PipelineStatus extends PipelineSnapshot {
  /** What clients call it. */
  readonly name: string;
}

/** What stands around each process of a task besides its permissions. */
export interface WallStatus {
  /** What the server was told. */
  readonly asked: "none" | "auto" | "bwrap";
  /** What holds. */
  readonly holds: "none" | "bwrap";
  /** The release of the program that makes it; null without a wall. */
  readonly version: string | null;
  /** Why there is none, where the server was to take what there is; else null. */
  readonly why: string | null;
  /** What each process behind it is held to as a whole, with all that it starts: by a cgroup of its own. */
  readonly limits: readonly ("memory" | "pids" | "cpu")[];
  /** Why that is not all three; null where it is, or there is no wall. */
  readonly limitsWhy: string | null;
}

/** A snapshot. */
export interface ServerStatus {
  /** The release of the server. */
  readonly version: string;
  /** Where it listens. */
  readonly address: string;
  /** The group in which it can be found; null when it has none. */
  readonly group: string | null;
  /** `"running"`, or how it is stopping. */
  readonly state: "running" | "draining" | "stopping";
  /** Since when it is paused, and starts nothing new: wall clock, milliseconds; null where it is not. */
  readonly pausedAt: number | null;
  /** Milliseconds since the start. */
  readonly uptimeMs: number;
  /** Live worker processes. */
  readonly workers: readonly WorkerStatus[];
  /** Slots. */
  readonly slots: {
    readonly total: number;
    /** Slots whose tasks run. */
    readonly taken: number;
    /** Tasks that wait for subtasks, their slots lent. */
    readonly lent: number;
  };
  /** Tasks that are ready and wait for a slot, or for a key that limits them. */
  readonly taskQueueSize: number;
  /** Tasks that wait for their time, or for that of their next attempt. */
  readonly delayedTasks: number;
  /** Keys that tasks wait for. */
  readonly keyLimits: KeyLimitsStatus;
  /** Finished results that are kept. */
  readonly resultCacheSize: number;
  /** Failed tasks that are kept to be run again. */
  readonly deadLetters: number;
  /** Connected clients. */
  readonly clients: number;
  /** Programs that look at modules, or fetch what they import, for the server. */
  readonly helpers: {
    readonly running: number;
    /** Those that wait for one of these to end. */
    readonly waiting: number;
  };
  /** The second wall around each process. */
  readonly wall: WallStatus;
  /** Pipelines that it runs for clients. */
  readonly pipelines: readonly PipelineStatus[];
  /** Tasks that it submits at times. */
  readonly schedules: {
    readonly total: number;
    readonly paused: number;
    /** When the first of them is due: wall clock, milliseconds; null when none is. */
    readonly nextAt: number | null;
  };
  /** Counts since the start. */
  readonly totals: {
    readonly submitted: number;
    readonly succeeded: number;
    readonly failed: number;
    readonly cancelled: number;
    /** Tasks that waited when the server was told to stop, and went back to their clients. */
    readonly handedBack: number;
    /** The same, but their clients were away. */
    readonly lost: number;
    readonly processesStarted: number;
    /** Starts that came not as far as a task: it was tried again, or failed. */
    readonly failedStarts: number;
    /** Most worker processes that were alive at once. */
    readonly peakProcesses: number;
    readonly refusedConnections: number;
    readonly failedHandshakes: number;
  };
}
