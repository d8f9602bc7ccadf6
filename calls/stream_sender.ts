/**
 * The sending end of a stream: items leave in batches, never more of them than the receiver has room for, and are kept
 * until they are taken, to be sent again over a new connection.
 *
 * @module
 */

import { Fifo } from "../core/fifo.ts";
import { ItemBatch, WINDOW_BYTES, WINDOW_ITEMS } from "../wire/item_batch.ts";

/** A batch is closed when it has this many bytes. */
const BATCH_BYTES = 64 * 1024;

/** Items under way together. `from` is the number of the first, from 0. */
export interface Batch {
  readonly from: number;
  readonly count: number;
  readonly items: Uint8Array;
}

/** Sends what is written, in order. */
export class StreamSender {
  #transmit: (batch: Batch) => void;
  #open = new ItemBatch();
  #underWay = new Fifo<Batch>();
  #bytesUnderWay = 0;
  #closedItems = 0;
  #taken = 0;
  #isScheduled = false;
  #failure: { error: unknown } | null = null;
  #wake: (() => void)[] = [];

  /** `transmit` sends a batch; what it throws fails the stream. */
  constructor(transmit: (batch: Batch) => void) {
    this.#transmit = transmit;
  }

  /** How many items were written. */
  get written(): number {
    return this.#closedItems + this.#open.count;
  }

  /** True when an item may be written. */
  get hasRoom(): boolean {
    return this.written - this.#taken < WINDOW_ITEMS && this.#bytesUnderWay + this.#open.bytes < WINDOW_BYTES;
  }

  /**
   * Writes an item; look at {@linkcode StreamSender.hasRoom} first. What is written in one turn leaves together.
   *
   * @throws {NotSendable} when it cannot be encoded; what was made of earlier ones, when sending failed.
   */
  write(item: unknown): void {
    if (this.#failure !== null) throw this.#failure.error;
    this.#open.add(item);
    if (this.#open.bytes >= BATCH_BYTES) this.flush();
    else if (!this.#isScheduled) {
      this.#isScheduled = true;
      queueMicrotask(() => {
        this.#isScheduled = false;
        this.flush();
      });
    }
  }

  /** Sends what is written and has not left. */
  flush(): void {
    const { count } = this.#open;
    if (count === 0) return;
    const batch = { from: this.#closedItems, count, items: this.#open.take() };
    this.#closedItems += count;
    this.#bytesUnderWay += batch.items.length;
    this.#underWay.push(batch);
    this.#try(batch);
  }

  /** Resolves at the next change of {@linkcode StreamSender.hasRoom}, or with the failure. */
  changed(): Promise<void> {
    return new Promise((resolve) => this.#wake.push(resolve));
  }

  /** The receiver has taken this many items since the beginning. */
  taken(count: number): void {
    this.#taken = Math.max(this.#taken, Math.min(count, this.#closedItems));
    for (let batch = this.#underWay.peek(); batch !== undefined; batch = this.#underWay.peek()) {
      if (batch.from + batch.count > this.#taken) break;
      this.#underWay.shift();
      this.#bytesUnderWay -= batch.items.length;
    }
    this.#wakeAll();
  }

  /** Sends again what the other side, which has `received` items, has not. */
  resend(received: number): void {
    for (const batch of this.#underWay) if (batch.from >= received) this.#try(batch);
  }

  /** Nothing more can be written. */
  fail(error: unknown): void {
    this.#failure ??= { error };
    this.#wakeAll();
  }

  #try(batch: Batch): void {
    try {
      this.#transmit(batch);
    } catch (error) {
      this.fail(error);
    }
  }

  #wakeAll(): void {
    const wake = this.#wake;
    this.#wake = [];
    for (const resolve of wake) resolve();
  }
}
