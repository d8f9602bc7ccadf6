/**
 * The receiving end of a stream: items as they come, for one reader. What is taken makes room for the sender.
 *
 * @module
 */

import { TaskError } from "../core/errors.ts";
import { Fifo } from "../core/fifo.ts";
import { ownErrors } from "../core/own_errors.ts";
import { decodeItems } from "../wire/codec.ts";
import { type DecodeBudget, UNBOUNDED } from "../wire/decode_budget.ts";

/** How a stream ends: after so many items, and with an error unless that is null. */
interface StreamEnd {
  readonly total: number;
  readonly error: unknown;
}

/** Items in order, each once, whatever is sent twice. */
export class StreamReceiver<Item = unknown> {
  #tell: (taken: number) => void;
  #budget: DecodeBudget;
  #items = new Fifo<Item>();
  /** The number behind the last item of each batch: there the sender is told. */
  #batchEnds = new Fifo<number>();
  #received = 0;
  #taken = 0;
  #told = 0;
  #end: StreamEnd | null = null;
  /** Makes the error of each who asks, when nothing more will come because of it. */
  #failure: (() => unknown) | null = null;
  #wake: () => void = nothing;

  /** `tell` tells the sender how many items were taken since the beginning; `budget` is that of each item. */
  constructor(tell: (taken: number) => void, budget: DecodeBudget = UNBOUNDED) {
    this.#tell = tell;
    this.#budget = budget;
  }

  /** How many items have come. */
  get received(): number {
    return this.#received;
  }

  /** True when the next item is here, or it is known that none will come. */
  get isReady(): boolean {
    return this.#items.length > 0 || this.#isOver || this.#failure !== null;
  }

  get #isOver(): boolean {
    return this.#end !== null && this.#received >= this.#end.total;
  }

  /** Takes a batch of `count` items in, all or none; one that has come before is passed over. */
  onBatch(from: number, bytes: Uint8Array, count: number | null = null): void {
    if (from < this.#received) return;
    if (from > this.#received) throw malformed(`items from ${from} follow ${this.#received}`);
    const items = decodeItems(bytes, this.#budget) as Item[];
    // Those between count by what was said: to take more than that would break the protocol with them.
    if (count !== null && items.length !== count) throw malformed(`${items.length} items came as ${count}`);
    for (const item of items) this.#items.push(item);
    this.#received += items.length;
    this.#batchEnds.push(this.#received);
    this.#tellReader();
  }

  /** There are `total` items in all, by default those that have come; behind them comes the error, if there is one. */
  end(total: number = this.#received, error: unknown = null): void {
    this.#end ??= { total, error };
    this.#tellReader();
  }

  /** Lets go of what has come, and ends here. */
  discard(error: unknown = null): void {
    this.#items = new Fifo();
    this.#batchEnds = new Fifo();
    this.#end = { total: this.#received, error };
    this.#tellReader();
  }

  /** Nothing more will come, because of this. What has come can still be taken. */
  fail(error: unknown): void {
    this.#failure ??= ownErrors(error);
    this.#tellReader();
  }

  /** Tells the sender again: what it was told last may not have come over. */
  tellAgain(): void {
    if (this.#told > 0) this.#tell(this.#told);
  }

  /**
   * The next item, or the end; null when neither has come.
   *
   * @throws the error behind the last item, once: whoever asks again finds the end. @throws why nothing more will come.
   */
  take(): IteratorResult<Item, undefined> | null {
    if (this.#items.length > 0) return { done: false, value: this.#shift() };
    if (this.#isOver) {
      const { total, error } = this.#end!;
      this.#end = { total, error: null };
      if (error !== null) throw error;
      return { done: true, value: undefined };
    }
    if (this.#failure !== null) throw this.#failure();
    return null;
  }

  /** Calls `wake` once `take` gives something. Of one reader. */
  wait(wake: () => void): void {
    this.#wake = wake;
  }

  #tellReader(): void {
    if (!this.isReady) return;
    const wake = this.#wake;
    this.#wake = nothing;
    wake();
  }

  #shift(): Item {
    const item = this.#items.shift() as Item;
    this.#taken++;
    // Once for each batch: the sender hears of it before it has to wait, and not for each item.
    if (this.#batchEnds.peek() === this.#taken) {
      this.#batchEnds.shift();
      this.#told = this.#taken;
      this.#tell(this.#taken);
    }
    return item;
  }
}

function malformed(what: string): TaskError {
  return new TaskError("MALFORMED_MESSAGE", `Cannot read the stream: ${what}`);
}

function nothing(): void {}
