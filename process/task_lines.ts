/**
 * The lines of one task on their way out: the first ones in full, each as it is logged. Of a task that logs more than
 * that the last lines of each second come, with a word of how many are missing.
 *
 * @module
 */

import { LATER_LOG_CHARS, LOG_LINE_CHARS, type LogEntry, MAX_LOG_CHARS } from "../wire/log_lines.ts";
import { missingLines } from "../wire/missing_lines.ts";

const SECOND_MS = 1000;

/** A task's code may replace it. */
const { addEventListener } = globalThis;

/** The one that runs, in a process of tasks that log too much. */
let holding: TaskLines | null = null;

/** A process that ends itself says its task's last words. */
function sayAtTheEnd(): void {
  for (const type of ["unload", "error", "unhandledrejection"]) {
    addEventListener.call(globalThis, type, sayLastWords);
  }
}

/** Says what is held of the task that runs. A thread that leaves calls it: the runtime has no event for that. */
export function sayLastWords(): void {
  holding?.flush();
}

/** Lines of a task. */
export class TaskLines {
  #say: (lines: readonly LogEntry[]) => void;
  #now: () => number;
  #left = MAX_LOG_CHARS;
  /** The last ones, not said yet. */
  #held: LogEntry[] = [];
  #heldChars = 0;
  #missing = 0;
  #saidAt = 0;

  /** `now`: monotonic milliseconds. */
  constructor(say: (lines: readonly LogEntry[]) => void, now: () => number = () => performance.now()) {
    this.#say = say;
    this.#now = now;
  }

  /** Takes a line. */
  add(line: LogEntry): void {
    if (this.#left > 0) {
      this.#left -= costOf(line);
      this.#say([line]);
      if (this.#left <= 0) this.#beginToHold();
      return;
    }
    this.#hold(line);
    if (this.#now() - this.#saidAt >= SECOND_MS) this.flush();
  }

  /** Says what is held. */
  flush(): void {
    if (this.#held.length === 0) return;
    const lines = this.#held;
    if (this.#missing > 0) lines.unshift(["warning", missingLines(this.#missing), this.#missing]);
    this.#held = [];
    this.#heldChars = this.#missing = 0;
    this.#saidAt = this.#now();
    this.#say(lines);
  }

  #beginToHold(): void {
    this.#saidAt = this.#now();
    if (holding === null) sayAtTheEnd();
    holding = this;
  }

  #hold(line: LogEntry): void {
    this.#held.push(line);
    this.#heldChars += costOf(line);
    while (this.#heldChars > LATER_LOG_CHARS && this.#held.length > 1) {
      this.#heldChars -= costOf(this.#held.shift()!);
      this.#missing++;
    }
  }
}

function costOf([, text]: LogEntry): number {
  return text.length + LOG_LINE_CHARS;
}
