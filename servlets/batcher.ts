/**
 * Which items leave together, and when. A batch leaves for a free worker when it is full, or `batchWaitMs` after its
 * first item came; what was given back by a worker that died goes first, each alone, so that it cannot take others with
 * it again.
 *
 * @module
 */

import type { Clock } from "../core/clock.ts";
import { FairLine } from "../core/fair_line.ts";
import { Fifo } from "../core/fifo.ts";

/** With `"auto"`: the added wait is at most this share of the measured service time of a batch. */
export const AUTO_SHARE = 0.1;

/** How much the latest measurement counts. */
const WEIGHT = 0.2;

/** What a batcher is built from. */
export interface BatcherParams {
  batchSize: number;
  batchWaitMs: number | "auto";
  clock: Clock;
  /** A batch that waited for more items is due. */
  onDue(): void;
}

/** Items that wait. Those of one caller leave in their order, and callers take turns. */
export class Batcher<Item> {
  #params: BatcherParams;
  /** Each with the time at which it came. */
  #waiting = new Map<Item, number>();
  #line = new FairLine<Item>();
  #again = new Fifo<Item>();
  #cancelTimer: (() => void) | null = null;
  #serviceMs: number | null = null;
  #gapMs: number | null = null;
  #lastAt = -Infinity;

  constructor(params: BatcherParams) {
    this.#params = params;
  }

  /** How many items wait. */
  get length(): number {
    return this.#waiting.size + this.#again.length;
  }

  /** Mean time that a batch took lately, in milliseconds; null before the first. */
  get serviceMs(): number | null {
    return this.#serviceMs;
  }

  /** True when a whole batch waits. */
  get isFull(): boolean {
    return this.#waiting.size >= this.#params.batchSize;
  }

  /** An item has come, of a caller. */
  add(item: Item, whose?: unknown): void {
    const at = this.#params.clock.now();
    if (this.#lastAt > -Infinity) this.#gapMs = mean(this.#gapMs, at - this.#lastAt);
    this.#lastAt = at;
    this.#waiting.set(item, at);
    this.#line.push(item, whose);
  }

  /** An item is to be given out again. */
  addAgain(item: Item): void {
    this.#again.push(item);
  }

  /** Nobody wants the item any more. */
  remove(item: Item): void {
    this.#line.delete(item);
    if (!this.#waiting.delete(item)) this.#again.retain((other) => other !== item);
    if (this.#waiting.size === 0) this.#stopTimer();
  }

  /** A batch took so long. */
  served(ms: number): void {
    this.#serviceMs = mean(this.#serviceMs, ms);
  }

  /** The next batch for a worker that is free; null when there is none, or it is still to wait. */
  take(): Item[] | null {
    if (this.#again.length > 0) return [this.#again.shift()!];
    const firstAt = this.#waiting.values().next().value;
    if (firstAt === undefined) return null;
    if (!this.isFull) {
      const waitMs = this.#waitMs();
      const leftMs = waitMs === 0 ? 0 : firstAt + waitMs - this.#params.clock.now();
      if (leftMs > 0) {
        this.#cancelTimer ??= this.#params.clock.schedule(leftMs, () => {
          this.#cancelTimer = null;
          this.#params.onDue();
        });
        return null;
      }
    }
    return this.takeFull();
  }

  /** As many as a batch holds, however long they have waited. */
  takeFull(): Item[] {
    this.#stopTimer();
    const batch: Item[] = [];
    while (batch.length < this.#params.batchSize) {
      const item = this.#line.shift();
      if (item === undefined) break;
      this.#waiting.delete(item);
      batch.push(item);
    }
    return batch;
  }

  /** Everything that waits, taken out. */
  clear(): Item[] {
    this.#stopTimer();
    const all = [...this.#again, ...this.#waiting.keys()];
    this.#again = new Fifo();
    this.#waiting.clear();
    this.#line.clear();
    return all;
  }

  #waitMs(): number {
    const { batchWaitMs } = this.#params;
    if (batchWaitMs !== "auto") return batchWaitMs;
    const waitMs = AUTO_SHARE * (this.#serviceMs ?? 0);
    // Where no item is likely to come in that time, waiting for it would be for nothing.
    return this.#gapMs !== null && this.#gapMs < waitMs ? waitMs : 0;
  }

  #stopTimer(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = null;
  }
}

function mean(before: number | null, latest: number): number {
  return before === null ? latest : before + WEIGHT * (latest - before);
}
