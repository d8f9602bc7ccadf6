/**
 * Schedules in messages, as types; no logic. See `message.ts`.
 *
 * @module
 */

import type { TaskState } from "../core/task_state.ts";

/** When a schedule is due: either `cron` or `everyMs`. */
export interface WireScheduleSpec {
  cron: string | null;
  /** Of `cron`; null: UTC. */
  timeZone: string | null;
  everyMs: number | null;
  overlap: "skip" | "queue" | "allow" | null;
  catchUp: "none" | "one" | "all" | null;
}

/** What is known of a schedule. */
export interface WireSchedule {
  name: string;
  /** What its task is called. */
  task: string;
  cron: string | null;
  timeZone: string | null;
  everyMs: number | null;
  overlap: "skip" | "queue" | "allow";
  catchUp: "none" | "one" | "all";
  paused: boolean;
  /** Wall clock, milliseconds; null while it is paused, and when it is not due any more. */
  nextAt: number | null;
  /** When its last run was due, or triggered. */
  lastAt: number | null;
  /** The task of that run; null before the first, and for one that was refused. */
  lastId: string | null;
  lastState: TaskState | null;
  /** Why the last run was refused. */
  refusal: readonly [code: string, message: string] | null;
  runs: number;
  skipped: number;
}
