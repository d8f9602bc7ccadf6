/**
 * One direction of a stream inside the server: batches that came from one side, kept until the other side has taken
 * them. Never more than the window: who sends more breaks the protocol.
 *
 * @module
 */

import { TaskError } from "../core/errors.ts";
import { Fifo } from "../core/fifo.ts";
import { WINDOW_BYTES, WINDOW_ITEMS } from "../wire/item_batch.ts";

/** Items under way together; `from` is the number of the first. */
export interface RelayedBatch {
  readonly from: number;
  readonly count: number;
  readonly items: Uint8Array;
}

/** Batches in order, each once. */
export class StreamRelay {
  #batches = new Fifo<RelayedBatch>();
  #bytes = 0;
  #received = 0;
  #taken = 0;
  #total: number | null = null;

  /** Items that have come. */
  get received(): number {
    return this.#received;
  }

  /** Items that the other side has taken. */
  get taken(): number {
    return this.#taken;
  }

  /** Items in all, once that is known. */
  get total(): number | null {
    return this.#total;
  }

  /** True when everything that has come was taken. */
  get isEmpty(): boolean {
    return this.#taken === this.#received;
  }

  /**
   * Takes a batch in. False for one that came before, over a connection that is lost.
   *
   * @throws {TaskError} `INVALID_REQUEST` for a batch out of order or past the window.
   */
  accept(batch: RelayedBatch): boolean {
    const { from, count, items } = batch;
    if (from < this.#received) return false;
    if (from > this.#received || count < 1 || this.#total !== null) throw invalid("items come out of order");
    if (this.#received + count - this.#taken > WINDOW_ITEMS || this.#bytes >= WINDOW_BYTES) {
      throw invalid("more items are under way than the window allows");
    }
    this.#batches.push(batch);
    this.#bytes += items.length;
    this.#received += count;
    return true;
  }

  /** There are `total` items in all. False when that is known already. */
  end(total: number): boolean {
    if (this.#total !== null || total !== this.#received) return false;
    this.#total = total;
    return true;
  }

  /** The other side has taken so many. False when that is nothing new. */
  take(count: number): boolean {
    if (count > this.#received) throw invalid("more items are said to be taken than there were");
    if (count <= this.#taken) return false;
    this.#taken = count;
    for (let batch = this.#batches.peek(); batch !== undefined; batch = this.#batches.peek()) {
      if (batch.from + batch.count > count) break;
      this.#batches.shift();
      this.#bytes -= batch.items.length;
    }
    return true;
  }

  /** What is behind the first `received` items, for a side that has those. */
  *behind(received: number): Generator<RelayedBatch> {
    for (const batch of this.#batches) if (batch.from >= received) yield batch;
  }
}

function invalid(what: string): TaskError {
  return new TaskError("INVALID_REQUEST", `Cannot take the stream: ${what}`);
}
