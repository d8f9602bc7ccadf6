/**
 * The first and the last lines of tasks, for whoever asks for them when they were logged: while a task runs, and as long
 * after as its result is kept at most. Bounded over all tasks; those that said nothing for longest go first.
 *
 * @module
 */

import type { Clock } from "../core/clock.ts";
import { LOG_LINE_CHARS, type WireLogLine } from "./log_lines.ts";
import { gapLine } from "./missing_lines.ts";

/** Of each task: so many of the first lines, and of the last. */
const LINES = 100;
/** And of each no more characters. */
const CHARS = 32 * 1024;
/** Of all tasks together. */
const MAX_CHARS = 32 * 1024 * 1024;
/** What is kept of a task besides its lines. */
const TASK_CHARS = 500;

/** A task above others, by its id. */
interface Above {
  readonly id: string;
  readonly parent: Above | null;
}

interface OfTask {
  readonly parent: Above | null;
  readonly first: WireLogLine[];
  firstChars: number;
  last: WireLogLine[];
  lastChars: number;
  /** Lines between the two that are kept no more. */
  missing: number;
  /** When the last came, in monotonic milliseconds. */
  lastAt: number;
}

/** What is kept of how many tasks. */
export class KeptLines {
  /** In the order in which they last said something. */
  #byTask = new Map<string, OfTask>();
  #chars = 0;
  #clock: Clock;
  #retentionMs: number;

  /** Lines of tasks that have said nothing for `retentionMs` are forgotten. */
  constructor(clock: Clock, retentionMs: number) {
    this.#clock = clock;
    this.#retentionMs = retentionMs;
  }

  /** Keeps lines of a task, which `parent` submitted; null for a client. */
  add(taskId: string, lines: readonly WireLogLine[], parent: Above | null = null): void {
    const known = this.#byTask.get(taskId);
    const kept = known ?? { parent, first: [], firstChars: 0, last: [], lastChars: 0, missing: 0, lastAt: 0 };
    if (known === undefined) this.#chars += TASK_CHARS;
    else this.#byTask.delete(taskId);
    this.#byTask.set(taskId, kept);
    kept.lastAt = this.#clock.now();
    for (const line of lines) this.#keep(kept, line);
    this.#forgetOld();
  }

  /**
   * What is kept of a task, with a line that says how many are missing in between; without the first `from` lines, which
   * are known already. When there were never as many they were those of a server before.
   */
  of(taskId: string, from: number): readonly WireLogLine[] {
    const kept = this.#byTask.get(taskId);
    if (kept === undefined) return [];
    const { first, last, missing } = kept;
    const all = missing === 0 ? [...first, ...last] : [...first, gapBefore(last[0], missing), ...last];
    if (from > all.reduce((sum, line) => sum + countOf(line), 0)) return all;
    let known = from;
    return all.flatMap((line) => {
      const count = countOf(line);
      const left = count - Math.min(known, count);
      known -= count - left;
      if (left === 0) return [];
      return left === count ? [line] : [gapBefore(line, left)];
    });
  }

  /** Whether a task of which something is kept lay below another. */
  isBelow(taskId: string, scopeId: string): boolean {
    for (let at = this.#byTask.get(taskId)?.parent ?? null; at !== null; at = at.parent) {
      if (at.id === scopeId) return true;
    }
    return false;
  }

  #keep(kept: OfTask, line: WireLogLine): void {
    const cost = costOf(line);
    this.#chars += cost;
    if (kept.last.length === 0 && kept.first.length < LINES && kept.firstChars < CHARS) {
      kept.first.push(line);
      kept.firstChars += cost;
      return;
    }
    kept.last.push(line);
    kept.lastChars += cost;
    while (kept.last.length > LINES || (kept.lastChars > CHARS && kept.last.length > 1)) {
      const gone = kept.last.shift()!;
      kept.lastChars -= costOf(gone);
      this.#chars -= costOf(gone);
      // A line that stands for others goes with what it stands for.
      kept.missing += countOf(gone);
    }
  }

  #forgetOld(): void {
    const oldest = this.#clock.now() - this.#retentionMs;
    for (const [taskId, { lastAt, firstChars, lastChars }] of this.#byTask) {
      if (this.#chars <= MAX_CHARS && lastAt >= oldest) return;
      this.#byTask.delete(taskId);
      this.#chars -= TASK_CHARS + firstChars + lastChars;
    }
  }
}

function gapBefore([taskId, worker, , at]: WireLogLine, missing: number): WireLogLine {
  return gapLine(taskId, worker, at, missing);
}

function countOf([, , , , , missing = 1]: WireLogLine): number {
  return missing;
}

function costOf([, , , , text]: WireLogLine): number {
  return text.length + LOG_LINE_CHARS;
}
