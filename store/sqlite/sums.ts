/**
 * What says of a row that it is as it was written: CRC-32 of all that is in it. SQLite has none.
 *
 * @module
 */

import { crc32 } from "node:zlib";

/** Of texts, numbers and bytes, one behind the other. */
export function sumOf(...parts: readonly (string | number | Uint8Array)[]): number {
  let sum = 0;
  for (const part of parts) sum = crc32(typeof part === "number" ? `${part} ` : part, sum);
  return sum;
}

/** The bytes of numbers, as they lie in memory: the first is the lowest, on every machine that Deno runs on. */
export function bytesOf(numbers: Uint32Array): Uint8Array {
  return new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength);
}

/** Bytes as the numbers that they are. They are copied where they do not lie so that they can be. */
export function numbersOf(bytes: Uint8Array): Uint32Array {
  const own = bytes.byteOffset % 4 === 0 ? bytes : bytes.slice();
  return new Uint32Array(own.buffer, own.byteOffset, own.byteLength >> 2);
}
