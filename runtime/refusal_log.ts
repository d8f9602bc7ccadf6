/**
 * What is logged of strangers: the first line about each at once, then how many there were. Who knocks ten thousand
 * times writes two lines, and hides no other's.
 *
 * @module
 */

import type { LogLevel } from "../wire/message.ts";
import type { Alarm, Ticker } from "../core/ticker.ts";

/** What it is built from. */
export interface RefusalLogParams {
  ticker: Pick<Ticker, "after" | "cancel">;
  log: { write(category: string, level: LogLevel, message: string): void };
  /** Lines are summed up for this long, in milliseconds. @default {30000} */
  intervalMs?: number;
}

const INTERVAL_MS = 30_000;
/** Peers that have lines of their own within an interval; the others are counted together. */
const MAX_PEERS = 20;
const OTHERS = "other addresses";

interface Summary {
  /** Lines that were left out since the last one that was written. */
  left: number;
  last: string;
}

/** Writes lines about strangers. */
export class RefusalLog {
  #params: RefusalLogParams;
  #intervalMs: number;
  /** Those about whom there was a line in this interval or the one before. */
  #peers = new Map<string, Summary>();
  #alarm: Alarm | null = null;

  constructor(params: RefusalLogParams) {
    this.#params = params;
    this.#intervalMs = params.intervalMs ?? INTERVAL_MS;
  }

  /** A line about a peer, named without its port: each connection has another one. */
  add(peer: string, line: string): void {
    const key = this.#peers.has(peer) || this.#peers.size < MAX_PEERS ? peer : OTHERS;
    const summary = this.#peers.get(key);
    if (summary === undefined) {
      this.#peers.set(key, { left: 0, last: line });
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
    this.#peers.clear();
  }

  #sumUp(): void {
    this.#alarm = null;
    this.#writeSummaries();
    for (const [peer, summary] of this.#peers) {
      // Who was silent for an interval is news when he comes again.
      if (summary.left === 0) this.#peers.delete(peer);
      summary.left = 0;
    }
    if (this.#peers.size > 0) this.#alarm = this.#params.ticker.after(this.#intervalMs, () => this.#sumUp());
  }

  #writeSummaries(): void {
    for (const [peer, { left, last }] of this.#peers) {
      if (left === 0) continue;
      const count = left.toLocaleString("en");
      this.#write(`${count} more from ${peer} within ${this.#intervalMs / 1000} s, the last: ${last}`);
    }
  }

  #write(line: string): void {
    this.#params.log.write("Server", "warning", line);
  }
}
