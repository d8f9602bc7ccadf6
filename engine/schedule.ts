/**
 * A schedule as a value: what runs, when, and how far that has come. It holds nothing but texts, numbers and bytes, so
 * that a store can keep it and another life of the server can go on with it.
 *
 * @module
 */

import type { FinalState } from "../core/task_state.ts";
import type { ClientKey } from "./task.ts";

/** When a schedule is due, and what happens to due times that cannot simply run. */
export interface ScheduleSpec {
  /** A cron text, or null where `everyMs` says it. */
  readonly cron: string | null;
  /** The time zone in which the cron text is meant. */
  readonly timeZone: string;
  /** Milliseconds from one due time to the next, or null where `cron` says it. */
  readonly everyMs: number | null;
  /** When the last run is unfinished: pass the due time over, have it wait for that, or run at once. */
  readonly overlap: "skip" | "queue" | "allow";
  /** Of the due times that were missed: none, the last one, or all of them. */
  readonly catchUp: "none" | "one" | "all";
}

/** What a run is: the encoded submission, as it was asked for, and the encoded arguments. Both are opaque here. */
export interface ScheduledTask {
  readonly submission: Uint8Array;
  readonly input: Uint8Array;
  /** What lists call it. */
  readonly name: string;
}

/** The last run of a schedule. */
export interface LastRun {
  /** When it was due, or triggered: wall clock, milliseconds. */
  readonly at: number;
  /** Its task, or null where it was refused. */
  readonly id: string | null;
  /** How it ended; null while it has not. */
  readonly status: FinalState | null;
  /** Why it was refused, and no task came of it. */
  readonly refusal: { readonly code: string; readonly message: string } | null;
}

/** Due times that were dealt with, from the first to the last of them. */
export type DueRange = readonly [from: number, to: number];

/** A schedule. */
export interface Schedule {
  /** Names this timing, and no other: the ids of its runs follow from it. */
  readonly uid: string;
  /** Whose it is, and whose its runs are. */
  readonly clientKey: ClientKey;
  /** No other schedule of the key has it. */
  readonly name: string;
  readonly spec: ScheduleSpec;
  readonly task: ScheduledTask;
  /** Due times of `everyMs` are counted from here; of a cron text, when it was set. Wall clock, milliseconds. */
  readonly anchorAt: number;
  readonly isPaused: boolean;
  /** The next due time; null while it is paused, and where there is none any more. */
  readonly nextAt: number | null;
  /** Due times that were dealt with, so that a clock that is set back does not make any run again. */
  readonly dealtWith: readonly DueRange[];
  readonly last: LastRun | null;
  /** Runs that began as tasks, those that were triggered included. */
  readonly runs: number;
  /** Due times that came to nothing: the run before was unfinished, or they were missed. */
  readonly skipped: number;
}

/** A schedule, and its runs that are not over: all that the next life of a server needs to go on with it. */
export interface KeptSchedule extends Schedule {
  /** Runs that have not ended, and when they were due. */
  readonly unfinished: readonly (readonly [id: string, at: number])[];
  /** Due times that wait for the end of those. */
  readonly waiting: readonly number[];
}

/** Gives the first due time behind a time, or null when there is none any more. */
export type Calendar = (afterMs: number) => number | null;

/** Due times at equal distances. */
export function everyCalendar(everyMs: number, anchorAt: number): Calendar {
  return (afterMs) => anchorAt + Math.max(1, Math.floor((afterMs - anchorAt) / everyMs) + 1) * everyMs;
}
