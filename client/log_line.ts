/**
 * A line that a task logged.
 *
 * @module
 */

import type { LogLevel, WireLogLine } from "../wire/message.ts";

/** What `client.logs()` gives. */
export interface LogLine {
  /** The task that logged. */
  readonly taskId: string;
  /** The worker that ran it, such as `"Worker-1"`. */
  readonly worker: string;
  /** Severity. */
  readonly level: LogLevel;
  /** Wall-clock milliseconds at the server. */
  readonly at: number;
  /** The text. */
  readonly text: string;
}

/** From the form in which it is sent. */
export function toLogLine([taskId, worker, level, at, text]: WireLogLine): LogLine {
  return { taskId, worker, level, at, text };
}
