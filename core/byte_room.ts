/**
 * Room for results between what makes them and whoever takes them, in bytes. How large those are that are still to come
 * nobody knows: they are taken to be as the ones before.
 *
 * @module
 */

import { requireNumber } from "./require_number.ts";

/** What a reader may be behind, in bytes. One result has room, however large it is. */
export const DEFAULT_BUFFERED_BYTES = 16 * 2 ** 20;

/** So many are on their way before the size of any is known. */
const FIRST = 32;

/** Bytes that wait for a reader. */
export class ByteRoom {
  #most: number;
  #held = 0;
  #seen = 0;
  #seenBytes = 0;

  /** Room for so many bytes. */
  constructor(most: number = DEFAULT_BUFFERED_BYTES) {
    this.#most = most;
  }

  /** Whether one more may be asked for while so many are on their way. */
  hasRoomFor(underWay: number): boolean {
    if (this.#seen === 0) return underWay < FIRST;
    const expected = underWay * this.#seenBytes / this.#seen;
    return this.#held + expected < this.#most || (this.#held === 0 && underWay === 0);
  }

  /** One has come. */
  enter(bytes: number): void {
    this.#held += bytes;
    this.#seen++;
    this.#seenBytes += bytes;
  }

  /** One was taken. */
  leave(bytes: number): void {
    this.#held -= bytes;
  }
}

/** @throws {TypeError} for what is no number. @throws {RangeError} for one that is no number of bytes. */
export function requireBufferedBytes(value: unknown): void {
  requireNumber("maxBufferedBytes", value, (bytes) => bytes >= 1, "a number of bytes from 1");
}
