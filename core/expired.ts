/**
 * What a task ends with that has not begun in time, wherever it has waited.
 *
 * @module
 */

import { TaskExpired } from "./errors.ts";

/** The end of one that had so many milliseconds. */
export function expiredAfter(startBeforeMs: number): TaskExpired {
  const message = `The task had not begun after ${startBeforeMs} ms, its startBeforeMs, and was given up`;
  return new TaskExpired(message, startBeforeMs);
}
