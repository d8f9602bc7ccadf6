/**
 * The messenger of the task that runs in this process.
 *
 * @module
 */

import { BaseCaller } from "../../calls/base_caller.ts";
import { LINK } from "../../calls/link.ts";
import type { Messenger } from "../../procedures/messenger.ts";
import type { LogLevel, WireTask } from "../../wire/message.ts";
import { formatLine } from "./format_line.ts";
import type { TaskLink } from "./task_link.ts";

/** The one implementation of {@linkcode Messenger}. */
export class TaskMessenger extends BaseCaller implements Messenger {
  readonly taskId: string;
  readonly attempt: number;
  readonly signal: AbortSignal;
  /** For clients that code inside the task makes. */
  readonly [LINK]: TaskLink;
  #pendingLines: [LogLevel, string][] = [];
  #pendingProgress: readonly [number, number | null] | null = null;

  constructor(link: TaskLink, task: WireTask, signal: AbortSignal) {
    super(link);
    this[LINK] = link;
    this.taskId = task.id;
    this.attempt = task.attempt;
    this.signal = signal;
  }

  debug(...values: unknown[]): void {
    this.log("debug", values);
  }

  info(...values: unknown[]): void {
    this.log("info", values);
  }

  warning(...values: unknown[]): void {
    this.log("warning", values);
  }

  error(...values: unknown[]): void {
    this.log("error", values);
  }

  print(...values: unknown[]): void {
    this.log("info", values);
  }

  /** Logs values the way `console.log` shows them. */
  log(level: LogLevel, values: readonly unknown[]): void {
    // Lines of one turn travel together, in order, before anything that is sent after them.
    if (this.#pendingLines.push([level, formatLine(values)]) === 1) queueMicrotask(() => this.#flushLines());
  }

  progress(done: number, total?: number): void {
    if (typeof done !== "number" || (total !== undefined && typeof total !== "number")) {
      throw new TypeError(
        `Cannot report progress: done and total must be numbers: current values are ${done}, ${total}`,
      );
    }
    const isScheduled = this.#pendingProgress !== null;
    this.#pendingProgress = [done, total ?? null];
    if (!isScheduled) queueMicrotask(() => this.#flushProgress());
  }

  #flushLines(): void {
    const lines = this.#pendingLines;
    this.#pendingLines = [];
    this[LINK].push("log", lines);
  }

  #flushProgress(): void {
    const progress = this.#pendingProgress;
    this.#pendingProgress = null;
    this[LINK].push("progress", progress);
  }
}
