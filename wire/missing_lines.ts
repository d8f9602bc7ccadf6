/**
 * What stands where lines of a log are missing.
 *
 * @module
 */

import type { WireLogLine } from "./log_lines.ts";

/** How many are missing, in words. */
export function missingLines(count: number): string {
  return `… ${count.toLocaleString("en")} ${count === 1 ? "line is" : "lines are"} missing`;
}

/** The line that says so. `at` is wall-clock time in milliseconds. */
export function gapLine(taskId: string, worker: string, at: number, missing: number): WireLogLine {
  return [taskId, worker, "warning", at, missingLines(missing), missing];
}
