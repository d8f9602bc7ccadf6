/**
 * Values as bytes: MessagePack, with extensions for what structured clone carries besides plain data, and for some
 * objects of the platform more. Cycles, functions and symbols are refused; an object met twice arrives as two. Of class
 * instances and null-prototype objects the own enumerable fields travel, and so does what was set on a list, Map, Set,
 * Date, RegExp or URL; of bytes and typed arrays the elements only. docs/values.md has the table.
 *
 * @module
 */

import type { DecodeBudget } from "./decode_budget.ts";
import { Decoder } from "./decoder.ts";
import { DEFAULT_MAX_DEPTH, Encoder, type WriteLimits } from "./encoder.ts";
import type { PackedValues } from "./packed_values.ts";

export { TooLarge } from "./byte_buffer.ts";
export { Encoder, type WriteLimits } from "./encoder.ts";
export { registerError, resultError, sendableError, thrownError } from "./error_codec.ts";

/** Limits of {@linkcode encode} and {@linkcode decode}. */
export interface CodecLimits {
  /**
   * How many levels of arrays, objects, maps, sets and errors a value may nest.
   *
   * @default {256}
   */
  maxDepth?: number;
}

/** Options of {@linkcode encode}. */
export interface EncodeOptions extends CodecLimits {
  /** What the value may come to. @default {no limit} */
  limits?: WriteLimits;
  /** It is a list that this package has made, with nothing set on it besides. @default {false} */
  isOwnList?: boolean;
}

/** Options for the list of a call's arguments. */
const OWN_LIST: EncodeOptions = Object.freeze({ isOwnList: true });

/** Options of {@linkcode decode}. */
export interface DecodeOptions extends CodecLimits {
  /**
   * Lets each Uint8Array in the result be a view of the message instead of a copy: faster, but it keeps the whole
   * message in memory, and changes with it.
   *
   * @default {false}
   */
  views?: boolean;
  /** How much may be made of bytes of a less trusted side. @default {what they hold} */
  budget?: DecodeBudget;
}

const shared = new Encoder();
let sharedIsBusy = false;

/**
 * The bytes of a value.
 *
 * @throws {NotSendable} if the value or something in it cannot be sent; its `path`, such as `$.items[3].fn`, says where
 * @throws {TooLarge} as soon as it is more than the limits allow
 */
export function encode(value: unknown, options: EncodeOptions = {}): Uint8Array<ArrayBuffer> {
  const { maxDepth = DEFAULT_MAX_DEPTH, limits, isOwnList } = options;
  // A getter on the value may call encode() itself, in the middle of this one.
  if (sharedIsBusy || maxDepth !== DEFAULT_MAX_DEPTH) {
    const encoder = new Encoder(undefined, maxDepth);
    encoder.write(value, limits, isOwnList);
    return encoder.take();
  }
  sharedIsBusy = true;
  try {
    shared.write(value, limits, isOwnList);
    return shared.take();
  } finally {
    shared.clear();
    sharedIsBusy = false;
  }
}

/** The bytes of the list of a call's arguments. @throws as {@linkcode encode} */
export function encodeArguments(args: readonly unknown[]): Uint8Array<ArrayBuffer> {
  return encode(args, OWN_LIST);
}

/**
 * The value of bytes from {@linkcode encode}, or from any other MessagePack encoder.
 *
 * @throws {TaskError} with the code `MALFORMED_MESSAGE` if the bytes are anything but exactly one value, and with that
 * of the budget if they hold more than it allows
 */
export function decode(bytes: Uint8Array, options: DecodeOptions = {}): unknown {
  const { maxDepth = DEFAULT_MAX_DEPTH, views = false, budget } = options;
  return new Decoder(plainBytes(bytes), maxDepth, views, budget).read();
}

/**
 * The values of a list, such as an `ItemBatch`: the budget is that of each. All together may be little more, since
 * items travel together only while they are small.
 *
 * @throws {TaskError} as {@linkcode decode}
 */
export function decodeItems(bytes: Uint8Array, budget: DecodeBudget): unknown[] {
  return new Decoder(plainBytes(bytes), DEFAULT_MAX_DEPTH, false, budget).readItems();
}

/** Reads values that lie one behind the other, each by itself. */
export class PackedReader {
  readonly #ends: Uint32Array;
  readonly #decoder: Decoder;

  /** Each may hold as much as the budget allows. */
  constructor({ ends, bytes }: PackedValues, budget?: DecodeBudget) {
    this.#ends = ends;
    this.#decoder = new Decoder(plainBytes(bytes), DEFAULT_MAX_DEPTH, false, budget);
  }

  /**
   * One of the values.
   *
   * @throws {TaskError} as {@linkcode decode}; the others can be read all the same.
   */
  read(index: number): unknown {
    return this.#decoder.readBetween(index === 0 ? 0 : this.#ends[index - 1], this.#ends[index]);
  }
}

/** Subclasses, Node's Buffer above all, have a slice() that does not copy. */
function plainBytes(bytes: Uint8Array): Uint8Array {
  return bytes.constructor === Uint8Array ? bytes : new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
