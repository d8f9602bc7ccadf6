/**
 * The receiving end of a stream: an iterator over items as they come. What is taken from it makes room for the sender.
 *
 * @module
 */

import { TaskError } from "../core/errors.ts";
import { Fifo } from "../core/fifo.ts";
import { decodeItems } from "../wire/codec.ts";
import { type DecodeBudget, UNBOUNDED } from "../wire/decode_budget.ts";

interface Waiter<Item> {
  resolve(result: IteratorResult<Item, undefined>): void;
  reject(error: unknown): void;
}

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
  #failure: { error: unknown } | null = null;
  #waiters = new Fifo<Waiter<Item>>();

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
    this.#serve();
  }

  /** There are `total` items in all, by default those that have come; behind them comes the error, if there is one. */
  end(total: number = this.#received, error: unknown = null): void {
    this.#end ??= { total, error };
    this.#serve();
  }

  /** Lets go of what has come, and ends here. */
  discard(error: unknown = null): void {
    this.#items = new Fifo();
    this.#batchEnds = new Fifo();
    this.#end = { total: this.#received, error };
    this.#serve();
  }

  /** Nothing more will come, because of this. What has come can still be taken. */
  fail(error: unknown): void {
    this.#failure ??= { error };
    this.#serve();
  }

  /** Tells the sender again: what it was told last may not have come over. */
  tellAgain(): void {
    if (this.#told > 0) this.#tell(this.#told);
  }

  /** The next item. Several may wait: each gets its own. */
  next(): Promise<IteratorResult<Item, undefined>> {
    return new Promise((resolve, reject) => {
      this.#waiters.push({ resolve, reject });
      this.#serve();
    });
  }

  #serve(): void {
    while (this.#waiters.length > 0) {
      if (this.#items.length > 0) this.#waiters.shift()!.resolve({ done: false, value: this.#take() });
      else if (this.#isOver) this.#finish(this.#waiters.shift()!);
      else if (this.#failure !== null) this.#waiters.shift()!.reject(this.#failure.error);
      else return;
    }
  }

  /** The error is raised once; whoever asks again finds the end. */
  #finish({ resolve, reject }: Waiter<Item>): void {
    const { total, error } = this.#end!;
    this.#end = { total, error: null };
    if (error === null) resolve({ done: true, value: undefined });
    else reject(error);
  }

  #take(): Item {
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
