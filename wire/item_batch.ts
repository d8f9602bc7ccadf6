/**
 * Items of a stream on their way: many in one message, as one MessagePack array that whoever is in between need not
 * read.
 *
 * @module
 */

import { Encoder, type WriteLimits } from "./encoder.ts";

/** How many items of a stream may be under way, sent and not taken. Both ends count: see PROTOCOL.md. */
export const WINDOW_ITEMS = 1024;
/** How many bytes of a stream may be under way before the next item waits. */
export const WINDOW_BYTES = 1024 * 1024;

/** MessagePack's header of an array: a byte, and how many elements follow. */
const ARRAY_32 = 0xdd;
const HEADER_BYTES = 5;

/** Items that leave together; encoded when they are added, so that a later change of a value does not show. */
export class ItemBatch {
  #encoder = new Encoder();
  #count = 0;

  /** How many items it holds. */
  get count(): number {
    return this.#count;
  }

  /** What they take, in bytes. */
  get bytes(): number {
    return this.#encoder.length;
  }

  /**
   * Adds an item, unless the batch would have more than `mostBytes` bytes with it. True when it was added.
   *
   * @throws {NotSendable} when it cannot be encoded; it is not added then.
   * @throws {TooLarge} when it alone is more than its limits allow; the same.
   */
  add(item: unknown, limits?: WriteLimits, mostBytes = Infinity): boolean {
    const before = this.#encoder.length;
    if (this.#count === 0) this.#encoder.reserve(HEADER_BYTES);
    let isAdded = false;
    try {
      this.#encoder.write(item, limits);
      isAdded = this.#encoder.length <= mostBytes;
    } finally {
      if (isAdded) this.#count++;
      else if (this.#count === 0) this.#encoder.clear();
      else this.#encoder.truncate(before);
    }
    return isAdded;
  }

  /** Gives the batch as it is sent, and begins a new one. */
  take(): Uint8Array {
    // Four bytes of which the first is the code; the count then overwrites the others.
    this.#encoder.patchUint32(0, ARRAY_32 << 24);
    this.#encoder.patchUint32(1, this.#count);
    this.#count = 0;
    return this.#encoder.take();
  }
}
