/**
 * A line that a task logged.
 *
 * @module
 */

import type { LogLevel } from "../core/log_level.ts";

/** What `client.logs()` and `handle.logs` give. */
export interface LogLine {
  /** The task that logged; empty for a stage of a pipeline that the server runs, and where lines of several are missing. */
  readonly taskId: string;
  /**
   * The worker that ran it, such as `"Worker-1"`; of a stage `"pipeline/stage-0"`; empty where lines of several are
   * missing.
   */
  readonly worker: string;
  /** Severity. */
  readonly level: LogLevel;
  /** Wall-clock milliseconds at the server. */
  readonly at: number;
  /** The text. */
  readonly text: string;
  /**
   * How many lines are missing where this one stands: a task logs more than is passed on, or is kept for who asks later, or
   * whoever listens does not keep up. Absent: it is a line of a task.
   */
  readonly missing?: number;
}
