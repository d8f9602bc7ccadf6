/**
 * What tasks log and print, on its way to subscribers and to the server's own log: cleaned, bounded, tagged.
 *
 * @module
 */

import type { Clock } from "../core/clock.ts";
import { type LogLevel, MAX_LOG_CHARS } from "../wire/message.ts";
import type { EventHub } from "./event_hub.ts";
import { escapeControls, type ServerLog } from "./server_log.ts";
import type { TaskRun } from "../engine/task_run.ts";

const MAX_LINE_CHARS = 8193;
/** What an empty line costs: its time, level, names and ids. */
const LINE_COST = 100;

/** Takes lines of runs. */
export class TaskLog {
  #log: ServerLog;
  #hub: EventHub;
  #clock: Clock;
  #chars = new WeakMap<TaskRun, number>();

  constructor(log: ServerLog, hub: EventHub, clock: Clock) {
    this.#log = log;
    this.#hub = hub;
    this.#clock = clock;
  }

  /** Lines that the task logged or printed. */
  lines(run: TaskRun, lines: readonly (readonly [LogLevel, string])[]): void {
    const kept: [LogLevel, string][] = [];
    for (const [level, text] of lines) {
      const before = this.#chars.get(run) ?? 0;
      if (before > MAX_LOG_CHARS) break;
      this.#chars.set(run, before + text.length + LINE_COST);
      const isLast = before + text.length + LINE_COST > MAX_LOG_CHARS;
      kept.push(
        isLast ? ["warning", "The task has logged as much as it may; the rest is dropped"] : [level, clean(text)],
      );
    }
    if (kept.length === 0) return;
    this.#hub.log(run.task.id, run.worker.name, kept, this.#clock.wall());
    for (const [level, text] of kept) {
      this.#log.write(run.worker.name, level, `[${run.task.id} ${run.task.profile.name}] ${text}`);
    }
  }
}

function clean(text: string): string {
  return escapeControls(text.slice(0, MAX_LINE_CHARS));
}
