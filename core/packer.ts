/**
 * Keeps many small byte strings in few blocks: a `Uint8Array` of its own costs some 250 bytes, whatever it holds.
 *
 * A block lives as long as anything in it is needed. It is small, so that what is left over of many that came together
 * keeps at most {@linkcode BLOCK_BYTES} bytes alive for each.
 *
 * @module
 */

import { ownBytes } from "./own_bytes.ts";

/** Size of a block. */
export const BLOCK_BYTES = 4096;

/** Anything longer gets a block of its own: the fixed cost matters less, and the rest of a full block is not wasted. */
const LONGEST_PACKED = 512;

/** Where a byte string is. */
export interface Packed {
  readonly block: Uint8Array;
  readonly start: number;
  readonly length: number;
}

/** Puts byte strings one behind the other. */
export class Packer {
  #block = new Uint8Array(0);
  #used = 0;

  /** Keeps a copy of the bytes, and tells where. */
  pack(bytes: Uint8Array): Packed {
    const { length } = bytes;
    if (length > LONGEST_PACKED) return { block: ownBytes(bytes), start: 0, length };
    if (this.#used + length > this.#block.length) {
      this.#block = new Uint8Array(BLOCK_BYTES);
      this.#used = 0;
    }
    const start = this.#used;
    this.#block.set(bytes, start);
    this.#used += length;
    return { block: this.#block, start, length };
  }
}
