/**
 * What a process's tasks have said on its standard error, told apart from what else stands there, and who waits for it:
 * an outcome that comes by another way is heard behind it.
 *
 * @module
 */

import { type Clock, systemClock } from "../core/clock.ts";
import { numberOf, readSaid } from "../wire/said.ts";
import type { PushesToServer } from "../wire/message.ts";
import type { LogEntry } from "../wire/log_lines.ts";

/** What a record holds, once it is checked. */
export interface SaidByTask {
  readonly taskId: string;
  readonly lines: readonly LogEntry[];
  readonly progress: PushesToServer["progress"] | null;
}

/**
 * Longest wait for a record, in milliseconds: words may be lost, an outcome may not. A record is there long before, unless
 * the process told of one that it did not write, or something has torn it.
 */
const PATIENCE_MS = 5000;

/** Whoever waits for so many records. */
interface Waiter {
  readonly count: number;
  /** In monotonic milliseconds. */
  readonly until: number;
  heard(): void;
}

/** The records of one process. */
export class SaidRecords {
  #count = 0;
  #isOver = false;
  #waiters: Waiter[] = [];
  #clock: Clock;
  /** One alarm for many waits, each of which is short: it is not taken back when one is over. */
  #cancelAlarm: (() => void) | null = null;

  constructor(clock: Clock = systemClock) {
    this.#clock = clock;
  }

  /** Takes what stood behind a mark. Null when it is none: a task may write there what it likes. */
  take(text: string): SaidByTask | null {
    const record = readSaid(text);
    if (!Array.isArray(record) || record.length !== 4) return null;
    const [number, taskId, lines, progress] = record;
    if (typeof number !== "number" || typeof taskId !== "string") return null;
    const steps = progress === null ? null : progressOf(progress);
    if (!Array.isArray(lines) || !lines.every(isLine) || steps === undefined) return null;
    this.#count = Math.max(this.#count, number);
    return { taskId, lines, progress: steps };
  }

  /** What was taken is passed on: those that waited for it go on. */
  passedOn(): void {
    if (this.#waiters.length === 0) return;
    const heard = this.#waiters.filter(({ count }) => count <= this.#count);
    this.#waiters = this.#waiters.filter(({ count }) => count > this.#count);
    for (const waiter of heard) waiter.heard();
  }

  /** There will be no more of them. */
  end(): void {
    this.#isOver = true;
    this.#count = Infinity;
    this.#cancelAlarm?.();
    this.passedOn();
  }

  /**
   * Resolves when so many records, counted from the first, are passed on, or are taken for lost. Undefined when they are
   * passed on.
   */
  heard(count: number): Promise<void> | undefined {
    if (this.#isOver || count <= this.#count) return undefined;
    return new Promise((heard) => {
      this.#waiters.push({ count, heard, until: this.#clock.now() + PATIENCE_MS });
      if (this.#cancelAlarm === null) this.#setAlarm(PATIENCE_MS);
    });
  }

  #setAlarm(ms: number): void {
    this.#cancelAlarm = this.#clock.schedule(ms, () => this.#onAlarm());
  }

  #onAlarm(): void {
    this.#cancelAlarm = null;
    const now = this.#clock.now();
    for (const { until, heard } of this.#waiters) if (until <= now) heard();
    this.#waiters = this.#waiters.filter(({ until }) => until > now);
    // They are in the order in which they came.
    if (this.#waiters.length > 0) this.#setAlarm(this.#waiters[0].until - now);
  }
}

function isLine(line: unknown): line is LogEntry {
  if (!Array.isArray(line) || line.length < 2 || line.length > 3) return false;
  const [level, text, missing] = line;
  return typeof text === "string" && (missing === undefined || (Number.isSafeInteger(missing) && missing >= 0)) &&
    (level === "debug" || level === "info" || level === "warning" || level === "error");
}

/** Undefined when it is none. */
function progressOf(progress: unknown): SaidByTask["progress"] | undefined {
  if (!Array.isArray(progress) || progress.length !== 2) return undefined;
  const done = numberOf(progress[0]);
  const total = progress[1] === null ? null : numberOf(progress[1]);
  return done === undefined || total === undefined ? undefined : [done, total];
}
