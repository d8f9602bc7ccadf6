/**
 * What tasks log and print, on its way to subscribers and to the server's own log: cleaned, bounded, tagged, and its
 * first and last lines kept.
 *
 * @module
 */

import type { Clock } from "../core/clock.ts";
import { ownText } from "../core/own_text.ts";
import type { TaskRun } from "../engine/task_run.ts";
import type { LogLevel } from "../wire/message.ts";
import { LATER_LOG_CHARS, LOG_LINE_CHARS, type LogEntry, MAX_LOG_CHARS, type WireLogLine } from "../wire/log_lines.ts";
import type { KeptLines } from "../wire/kept_lines.ts";
import { gapLine } from "../wire/missing_lines.ts";
import type { EventHub } from "./event_hub.ts";
import { escapeControls } from "../core/shown_text.ts";
import type { ServerLog } from "./server_log.ts";

const MAX_LINE_CHARS = 8193;

/** A task's process keeps to what it may log; what counts is when its lines arrive, and some of them print past it. */
const SLACK = 4;

/** What a run has logged so far. */
interface Logged {
  chars: number;
  /** Lines that were dropped, and are not told of yet. */
  missing: number;
  readonly firstAt: number;
}

/** What a stage of a pipeline that the server runs has logged or printed. */
export interface StageLine {
  readonly stage: string;
  readonly workerIndex: number;
  readonly level: LogLevel;
  readonly text: string;
}

/** Takes lines of runs, and of stages. */
export class TaskLog {
  #log: ServerLog;
  #hub: EventHub;
  #kept: KeptLines;
  #clock: Clock;
  #logged = new WeakMap<TaskRun, Logged>();

  constructor(log: ServerLog, hub: EventHub, kept: KeptLines, clock: Clock) {
    this.#log = log;
    this.#hub = hub;
    this.#kept = kept;
    this.#clock = clock;
  }

  /** Lines that the task logged or printed. */
  lines(run: TaskRun, lines: readonly LogEntry[]): void {
    let logged = this.#logged.get(run);
    if (logged === undefined) {
      this.#logged.set(run, logged = { chars: 0, missing: 0, firstAt: this.#clock.now() });
    }
    const most = MAX_LOG_CHARS + SLACK * LATER_LOG_CHARS * (1 + (this.#clock.now() - logged.firstAt) / 1000);
    const { task: { id, parent, profile }, worker: { name } } = run;
    const at = this.#clock.wall();
    const taken: WireLogLine[] = [];
    for (const [level, text, missing] of lines) {
      if (logged.chars > most) {
        logged.missing++;
        continue;
      }
      if (logged.missing > 0) taken.push(gapLine(id, name, at, logged.missing));
      logged.missing = 0;
      logged.chars += text.length + LOG_LINE_CHARS;
      taken.push(missing === undefined ? [id, name, level, at, clean(text)] : gapLine(id, name, at, missing));
    }
    if (taken.length === 0) return;
    this.#kept.add(id, taken, parent);
    this.#hub.log(id, taken);
    for (const [, , level, , text] of taken) {
      this.#log.write(name, level, `[${id} ${profile.name}] ${text}`, {
        message: text,
        taskId: id,
        taskName: profile.name,
      });
    }
  }

  /** A line of a pipeline's stage, which is no task. */
  stageLine(pipeline: string, { stage, workerIndex, level, text }: StageLine): void {
    const worker = `${pipeline}/${stage}-${workerIndex}`;
    const shown = clean(text);
    this.#hub.log("", [["", worker, level, this.#clock.wall(), shown]]);
    this.#log.write("Pipelines", level, `[${worker}] ${shown}`, { message: shown, stage: worker });
  }
}

function clean(text: string): string {
  // A line is kept for long, and comes as a part of all that was read with it.
  return ownText(escapeControls(text.slice(0, MAX_LINE_CHARS)));
}
