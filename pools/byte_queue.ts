/**
 * The reading half of a byte stream whose chunks are pushed.
 *
 * @module
 */

import { Fifo } from "../core/fifo.ts";

/** Chunks in order, read a part at a time. */
export class ByteQueue {
  #chunks = new Fifo<Uint8Array>();
  #isOver = false;
  #wake: (() => void) | null = null;

  /** Takes a chunk in; it must not change after. */
  push(chunk: Uint8Array): void {
    if (this.#isOver) return;
    this.#chunks.push(chunk);
    this.#wake?.();
  }

  /** Nothing more will come. */
  end(): void {
    this.#isOver = true;
    this.#wake?.();
  }

  /** Reads some bytes; null behind the last. */
  async read(into: Uint8Array): Promise<number | null> {
    while (this.#chunks.length === 0) {
      if (this.#isOver) return null;
      await new Promise<void>((resolve) => this.#wake = resolve);
      this.#wake = null;
    }
    let length = 0;
    for (let chunk = this.#chunks.peek(); chunk !== undefined && length < into.length; chunk = this.#chunks.peek()) {
      const part = chunk.subarray(0, into.length - length);
      into.set(part, length);
      length += part.length;
      this.#chunks.shift();
      if (part.length < chunk.length) this.#chunks.unshift(chunk.subarray(part.length));
    }
    return length;
  }
}
