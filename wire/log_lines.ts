/**
 * What tasks say while they run, as it is sent, and how much of it.
 *
 * @module
 */

import type { LogLevel } from "../core/log_level.ts";

/** A line that a task logs; one that stands where lines are missing says how many those are. */
export type LogEntry = readonly [level: LogLevel, text: string, missing?: number];

/** Log text of one run that comes in full, in characters. Of what follows the last lines of each second come. */
export const MAX_LOG_CHARS = 4 * 1024 * 1024;

/** What an empty line counts for: its time, level, names and ids. */
export const LOG_LINE_CHARS = 100;

/** Of what follows, so many characters a second. */
export const LATER_LOG_CHARS = 16 * 1024;

/** How far a task is. */
export type WireProgress = readonly [taskId: string, done: number, total: number | null];

/**
 * A line of a task's log. `at` is wall-clock time in milliseconds. One that stands where lines are missing says how many
 * those are; where they are several tasks' its names are empty.
 */
export type WireLogLine = readonly [
  taskId: string,
  worker: string,
  level: LogLevel,
  at: number,
  text: string,
  missing?: number,
];
