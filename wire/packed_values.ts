/**
 * Many values that travel as one: the bytes of all, one behind the other, and where each ends. Who is in between takes
 * parts of them without reading any.
 *
 * @module
 */

import { TaskError } from "../core/errors.ts";
import { Encoder, type WriteLimits } from "./encoder.ts";

/** Bytes of a number that says where a value ends. */
const END_BYTES = 4;

/** As they travel: `ends` are 32-bit numbers, the least significant byte first. */
export type WirePacked = readonly [ends: Uint8Array, bytes: Uint8Array];

/** Values of which each is bytes already. */
export interface PackedValues {
  /** Where in `bytes` each ends. */
  readonly ends: Uint32Array;
  readonly bytes: Uint8Array;
}

/** Gathers values. */
export class ValuePacker {
  #encoder = new Encoder();
  #ends = new Uint32Array(64);
  #count = 0;

  /** How many there are. */
  get count(): number {
    return this.#count;
  }

  /** What they take, in bytes. */
  get bytes(): number {
    return this.#encoder.length;
  }

  /**
   * Adds a value, see {@linkcode Encoder.write}. What is not added leaves nothing behind.
   *
   * @throws {NotSendable} when it cannot be encoded. @throws {TooLarge} when it is more than its limits allow.
   */
  add(value: unknown, limits?: WriteLimits, isOwnList?: boolean): void {
    const before = this.#encoder.length;
    try {
      this.#encoder.write(value, limits, isOwnList);
    } catch (error) {
      this.#encoder.truncate(before);
      throw error;
    }
    this.#end();
  }

  /** Adds a value that is encoded already. */
  append(bytes: Uint8Array): void {
    this.#encoder.append(bytes);
    this.#end();
  }

  /** Gives what was gathered, and begins anew. */
  take(): PackedValues {
    const ends = this.#ends.slice(0, this.#count);
    this.#count = 0;
    return { ends, bytes: this.#encoder.take() };
  }

  #end(): void {
    if (this.#count === this.#ends.length) {
      const larger = new Uint32Array(2 * this.#count);
      larger.set(this.#ends);
      this.#ends = larger;
    }
    this.#ends[this.#count++] = this.#encoder.length;
  }
}

/** The values from one to before another, without a copy of their bytes. */
export function partOf({ ends, bytes }: PackedValues, from: number, to: number): PackedValues {
  const start = from === 0 ? 0 : ends[from - 1];
  const part = ends.slice(from, to);
  if (start > 0) { for (let i = 0; i < part.length; i++) part[i] -= start; }
  return { ends: part, bytes: bytes.subarray(start, to === 0 ? 0 : ends[to - 1]) };
}

/** The bytes of one of them: a view. */
export function valueAt({ ends, bytes }: PackedValues, index: number): Uint8Array {
  return bytes.subarray(index === 0 ? 0 : ends[index - 1], ends[index]);
}

/** As they travel. */
export function toWirePacked({ ends, bytes }: PackedValues): WirePacked {
  return [new Uint8Array(ends.buffer, ends.byteOffset, ends.byteLength), bytes];
}

/**
 * What came, checked: the ends are copied, the bytes are a view of what was read.
 *
 * @throws {TaskError} `INVALID_REQUEST` when it is not as it must be, or holds more than `most` values.
 */
export function fromWirePacked(wire: unknown, most = Infinity): PackedValues {
  const [ends, bytes] = Array.isArray(wire) ? wire : [];
  if (!(ends instanceof Uint8Array) || !(bytes instanceof Uint8Array) || ends.length % END_BYTES !== 0) {
    throw invalid("they must be two byte strings, the first with four bytes for each value");
  }
  const count = ends.length / END_BYTES;
  if (count > most) throw invalid(`they are ${count}, and ${most} are allowed`);
  const numbers = new Uint32Array(ends.slice().buffer);
  let end = 0;
  for (const next of numbers) {
    // No value is empty: MessagePack has at least one byte.
    if (next <= end) throw invalid("each must end behind the one before");
    end = next;
  }
  if (end !== bytes.length) throw invalid(`the last must end where the bytes do, at ${bytes.length}`);
  return { ends: numbers, bytes };
}

function invalid(what: string): TaskError {
  return new TaskError("INVALID_REQUEST", `Cannot read packed values: ${what}`);
}
