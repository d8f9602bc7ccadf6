/**
 * The sending end of a stream: items leave in batches, never more of them than the receiver has room for, and are kept
 * until they are taken, to be sent again over a new connection.
 *
 * @module
 */

import { NotSendable } from "../core/errors.ts";
import { Fifo } from "../core/fifo.ts";
import { resultError, TooLarge, type WriteLimits } from "../wire/codec.ts";
import { ItemBatch, WINDOW_BYTES, WINDOW_ITEMS } from "../wire/item_batch.ts";

/** A batch is closed when it has this many bytes. */
const BATCH_BYTES = 64 * 1024;

/** What a message holds besides the items of a batch, at most, on each part of its way. */
const ENVELOPE_BYTES = 256;

/** When so many microtasks pass without a further item, what is written leaves: awaiting writers need a few for each. */
const IDLE_MICROTASKS = 12;

const NO_LIMITS: WriteLimits = { bytes: Infinity, items: Infinity };

/** Items under way together. `from` is the number of the first, from 0. */
export interface Batch {
  readonly from: number;
  readonly count: number;
  readonly items: Uint8Array;
}

/** Sends what is written, in order. */
export class StreamSender {
  #transmit: (batch: Batch) => void;
  #mostBytes: number;
  #limits: WriteLimits;
  #open = new ItemBatch();
  #underWay = new Fifo<Batch>();
  #bytesUnderWay = 0;
  #closedItems = 0;
  #taken = 0;
  #isScheduled = false;
  #failure: { error: unknown } | null = null;
  #wake: (() => void)[] = [];

  /**
   * `transmit` sends a batch; what it throws fails the stream. `maxFrameBytes` is what one message may have, `limits`
   * what one item may.
   */
  constructor(transmit: (batch: Batch) => void, maxFrameBytes = Infinity, limits: WriteLimits = NO_LIMITS) {
    this.#transmit = transmit;
    this.#mostBytes = maxFrameBytes - ENVELOPE_BYTES;
    this.#limits = limits;
  }

  /** How many items were written. */
  get written(): number {
    return this.#closedItems + this.#open.count;
  }

  /** True when an item may be written. */
  get hasRoom(): boolean {
    // Of a stream that has failed, so that who waits for room gets to know why.
    if (this.#failure !== null) return true;
    return this.written - this.#taken < WINDOW_ITEMS && this.#bytesUnderWay + this.#open.bytes < WINDOW_BYTES;
  }

  /**
   * Writes an item; look at {@linkcode StreamSender.hasRoom} first. What is written without a real wait leaves
   * together.
   *
   * @throws {NotSendable} when it cannot be encoded, or is too large for a message: it costs only itself. Or why the
   * stream has failed.
   */
  write(item: unknown): void {
    if (this.#failure !== null) throw this.#failure.error;
    this.#add(item);
    if (this.#open.bytes >= BATCH_BYTES) this.flush();
    else if (!this.#isScheduled) {
      this.#isScheduled = true;
      this.#flushWhenIdle(this.written, IDLE_MICROTASKS);
    }
  }

  #flushWhenIdle(seen: number, left: number): void {
    queueMicrotask(() => {
      const isIdle = this.written === seen;
      if (isIdle && left > 1) return this.#flushWhenIdle(seen, left - 1);
      if (!isIdle && this.hasRoom) return this.#flushWhenIdle(this.written, IDLE_MICROTASKS);
      this.#isScheduled = false;
      this.flush();
    });
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

  #add(item: unknown): void {
    const { bytes, items } = this.#limits;
    // More than both is not encoded to its end; the message's share is said below.
    const limits = { bytes: Math.min(bytes, this.#mostBytes), items };
    try {
      if (this.#open.add(item, limits, this.#mostBytes)) return;
      // What was written before it takes the room that it needs.
      this.flush();
      if (this.#open.add(item, limits, this.#mostBytes)) return;
    } catch (error) {
      if (!(error instanceof TooLarge)) throw error;
      if (error.unit === "items" || bytes <= this.#mostBytes) throw resultError(error);
      this.flush();
    }
    throw new NotSendable(
      `Cannot send the item: it has more than the ${this.#mostBytes} bytes that an item may have`,
      "$",
    );
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
