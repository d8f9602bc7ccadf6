/**
 * What a process's tasks have said on its standard error, told apart from what else stands there, and who waits for it:
 * an outcome that comes by another way is heard behind it.
 *
 * @module
 */

import { readSaid } from "../wire/said.ts";
import type { LogEntry, PushesToServer } from "../wire/message.ts";

/** What a record holds, once it is checked. */
export interface SaidByTask {
  readonly taskId: string;
  readonly lines: readonly LogEntry[];
  readonly progress: PushesToServer["progress"] | null;
}

/** The records of one process. */
export class SaidRecords {
  #count = 0;
  #isOver = false;
  #waiters: { readonly count: number; heard(): void }[] = [];

  /** Takes what stood behind a mark. Null when it is none: a task may write there what it likes. */
  take(text: string): SaidByTask | null {
    const record = readSaid(text);
    if (!Array.isArray(record) || record.length !== 4) return null;
    const [number, taskId, lines, progress] = record;
    if (typeof number !== "number" || typeof taskId !== "string") return null;
    if (!Array.isArray(lines) || !lines.every(isLine) || !(progress === null || isProgress(progress))) return null;
    this.#count = Math.max(this.#count, number);
    return { taskId, lines, progress };
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
    this.passedOn();
  }

  /** Resolves when so many records, counted from the first, are passed on, or will never be. Undefined when they are. */
  heard(count: number): Promise<void> | undefined {
    if (this.#isOver || count <= this.#count) return undefined;
    return new Promise((heard) => this.#waiters.push({ count, heard }));
  }
}

function isLine(line: unknown): line is LogEntry {
  if (!Array.isArray(line) || line.length < 2 || line.length > 3) return false;
  const [level, text, missing] = line;
  return typeof text === "string" && (missing === undefined || Number.isSafeInteger(missing)) &&
    (level === "debug" || level === "info" || level === "warning" || level === "error");
}

function isProgress(progress: unknown): boolean {
  if (!Array.isArray(progress) || progress.length !== 2) return false;
  const [done, total] = progress;
  return typeof done === "number" && (total === null || typeof total === "number");
}
