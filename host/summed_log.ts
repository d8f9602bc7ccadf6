/**
 * What may be logged again and again: the first line about each source at once, then how many there were. A stranger who
 * knocks ten thousand times writes two lines, and hides no other's; so do processes that cannot be started.
 *
 * @module
 */

import type { LogLevel } from "../wire/message.ts";
import type { Alarm, Ticker } from "../core/ticker.ts";

/** What it is built from. */
export interface SummedLogParams {
  ticker: Pick<Ticker, "after" | "cancel">;
  log: { write(category: string, level: LogLevel, message: string): void };
  /** Lines are summed up for this long, in milliseconds. @default {30000} */
  intervalMs?: number;
}

const INTERVAL_MS = 30_000;
/** Sources that have lines of their own within an interval; the others are counted together. */
const MAX_SOURCES = 20;
const OTHERS = "other addresses";

interface Summary {
  /** Lines that were left out since the last one that was written. */
  left: number;
  last: string;
}

/** Writes lines that may come often. */
export class SummedLog {
  #params: SummedLogParams;
  #intervalMs: number;
  /** Those about which there was a line in this interval or the one before. */
  #sources = new Map<string, Summary>();
  #alarm: Alarm | null = null;

  constructor(params: SummedLogParams) {
    this.#params = params;
    this.#intervalMs = params.intervalMs ?? INTERVAL_MS;
  }

  /** A line about a source; a peer is named without its port: each connection has another one. */
  add(source: string, line: string): void {
    const key = this.#sources.has(source) || this.#sources.size < MAX_SOURCES ? source : OTHERS;
    const summary = this.#sources.get(key);
    if (summary === undefined) {
      this.#sources.set(key, { left: 0, last: line });
      this.#write(line);
    } else {
      summary.left++;
      summary.last = line;
    }
    // Without anything to sum up there is no alarm: an idle server does not wake up for this.
    this.#alarm ??= this.#params.ticker.after(this.#intervalMs, () => this.#sumUp());
  }

  /** Writes what was left out so far. */
  close(): void {
    this.#params.ticker.cancel(this.#alarm);
    this.#writeSummaries();
    this.#sources.clear();
  }

  #sumUp(): void {
    this.#alarm = null;
    this.#writeSummaries();
    for (const [source, summary] of this.#sources) {
      // Who was silent for an interval is news when he comes again.
      if (summary.left === 0) this.#sources.delete(source);
      summary.left = 0;
    }
    if (this.#sources.size > 0) this.#alarm = this.#params.ticker.after(this.#intervalMs, () => this.#sumUp());
  }

  #writeSummaries(): void {
    for (const [source, { left, last }] of this.#sources) {
      if (left === 0) continue;
      const count = left.toLocaleString("en");
      this.#write(`${count} more from ${source} within ${this.#intervalMs / 1000} s, the last: ${last}`);
    }
  }

  #write(line: string): void {
    this.#params.log.write("Server", "warning", line);
  }
}
