/**
 * Schedules, as a client sets them and as it sees them.
 *
 * @module
 */

import type { TaskState } from "../core/task_state.ts";

/** When a schedule is due, and what becomes of due times that cannot simply run: either `cron` or `everyMs`. */
export interface ScheduleSpec {
  /**
   * Times of day: minute, hour, day of the month, month and weekday, such as `"0 3 * * *"` for each day at 3:00; or six
   * fields with seconds ahead, or a word such as `"@daily"`.
   */
  cron?: string;
  /** The time zone in which `cron` is meant, such as `"Europe/Berlin"`. @default {"UTC"} */
  timeZone?: string;
  /** Milliseconds from one due time to the next, from 100; the first comes so much after it was set. */
  everyMs?: number;
  /**
   * When the last run has not ended: `"skip"` passes the due time over, `"queue"` has it wait for that (up to 100 of them
   * do), `"allow"` runs it at once. @default {"skip"}
   */
  overlap?: "skip" | "queue" | "allow";
  /**
   * Of due times that the server could not look at within a minute, because the computer slept or its clock was set
   * forward: run `"none"` of them, `"one"`, the last, or `"all"`, the last 100 at most. @default {"one"}
   */
  catchUp?: "none" | "one" | "all";
}

/** A schedule as its server knows it. Times are wall-clock milliseconds at the server. */
export interface ScheduleInfo {
  /** What it is called. */
  readonly name: string;
  /** What its runs are called: the task's `name`, or that of the function or class. */
  readonly task: string;
  /** Its cron text; null where `everyMs` says when it is due. */
  readonly cron: string | null;
  /** The time zone of `cron`. */
  readonly timeZone: string | null;
  /** Milliseconds between due times; null where `cron` says when it is due. */
  readonly everyMs: number | null;
  /** What becomes of a due time while the last run has not ended. */
  readonly overlap: "skip" | "queue" | "allow";
  /** What becomes of due times that were missed. */
  readonly catchUp: "none" | "one" | "all";
  /** True while nothing of it begins by itself. */
  readonly paused: boolean;
  /** The next due time; null while it is paused, and when there is none any more. */
  readonly nextAt: number | null;
  /** When the last run was due, or triggered; null before the first. */
  readonly lastAt: number | null;
  /** The last run's task, for `client.handle`; null before the first, and when it was refused. */
  readonly lastId: string | null;
  /** Where the last run is, or how it ended; null before the first. */
  readonly lastState: TaskState | null;
  /** Why the last run was refused, so that there is no task of it; null when it was not. */
  readonly refusal: { readonly code: string; readonly message: string } | null;
  /** Runs so far, those that were triggered included. */
  readonly runs: number;
  /** Due times that were passed over because runs before them had not ended. */
  readonly skipped: number;
}
