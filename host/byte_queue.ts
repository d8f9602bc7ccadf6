/**
 * The reading half of a byte stream whose chunks are pushed.
 *
 * @module
 */

import { Fifo } from "../core/fifo.ts";

/** Chunks in order, read a part at a time. */
export class ByteQueue {
  #onTaken: () => void;
  #chunks = new Fifo<Uint8Array>();
  #isOver = false;
  #wake: (() => void) | null = null;

  /** `onTaken` is called for each chunk when all of it was read. */
  constructor(onTaken: () => void) {
    this.#onTaken = onTaken;
  }

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
    const chunk = this.#chunks.shift()!;
    const part = chunk.length <= into.length ? chunk : chunk.subarray(0, into.length);
    into.set(part);
    if (part.length < chunk.length) this.#chunks.unshift(chunk.subarray(part.length));
    else this.#onTaken();
    return part.length;
  }
}
