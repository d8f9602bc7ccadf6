/**
 * The MessagePack extension types of the wire, and how the ones without nested values are packed. Unpacking takes bytes
 * from outside: it throws on anything that packing would not have made. PROTOCOL.md repeats the numbers.
 */

/** Dates; the type that the MessagePack specification itself defines. */
export const EXT_TIMESTAMP = -1;
/** One byte: 0 is undefined, 1 an invalid Date. */
export const EXT_CONSTANT = 0;
/** A string with lone surrogates, which UTF-8 cannot express: its UTF-16 code units, little endian. */
export const EXT_STRING16 = 1;
/** A sign byte, then the magnitude, big endian, without leading zeros. */
export const EXT_BIGINT = 2;
/** Keys and values in turn, up to the end of the extension. */
export const EXT_MAP = 3;
/** Values up to the end of the extension. */
export const EXT_SET = 4;
/** An array with holes: its length, then index and value in turn, indexes ascending. */
export const EXT_SPARSE = 5;
/** One byte for the class (see {@linkcode binaryClassOf}), then the bytes, elements little endian. */
export const EXT_BINARY = 6;
/** Source and flags. */
export const EXT_REGEXP = 7;
/** The href. */
export const EXT_URL = 8;
/** Class name, name, message, stack or nil, {@linkcode ERROR_HAS_CAUSE} bits, what they announce, then the fields. */
export const EXT_ERROR = 9;
/** A value, then keys and values of what was set on it besides, in turn. */
export const EXT_BESIDE = 10;
/** The name of a class, see `named_values.ts`, and one value to make it of. */
export const EXT_NAMED = 11;

export const CONSTANT_UNDEFINED = 0;
export const CONSTANT_INVALID_DATE = 1;

/** Bit in an error: a cause follows. */
export const ERROR_HAS_CAUSE = 1;
/** Bit in an error: the array of an AggregateError's `errors` follows. */
export const ERROR_HAS_ERRORS = 2;

const UINT32 = 2 ** 32;
/** Seconds in a 64-bit timestamp have 34 bits. */
const UINT34 = 2 ** 34;

/** A valid date, in the shortest of the three timestamp formats. */
export function packDate(date: Date): Uint8Array {
  const ms = date.getTime();
  const seconds = Math.floor(ms / 1000);
  const nanoseconds = (ms - seconds * 1000) * 1e6;
  if (seconds < 0 || seconds >= UINT34) {
    const view = new DataView(new ArrayBuffer(12));
    view.setUint32(0, nanoseconds);
    view.setBigInt64(4, BigInt(seconds));
    return new Uint8Array(view.buffer);
  }
  if (nanoseconds === 0 && seconds < UINT32) {
    const view = new DataView(new ArrayBuffer(4));
    view.setUint32(0, seconds);
    return new Uint8Array(view.buffer);
  }
  const view = new DataView(new ArrayBuffer(8));
  view.setUint32(0, nanoseconds * 4 + Math.floor(seconds / UINT32));
  view.setUint32(4, seconds % UINT32);
  return new Uint8Array(view.buffer);
}

/** The date of a timestamp; what is finer than a millisecond is dropped. */
export function unpackDate(payload: Uint8Array): Date {
  const view = new DataView(payload.buffer, payload.byteOffset, payload.byteLength);
  let seconds: number;
  let nanoseconds = 0;
  if (payload.length === 4) {
    seconds = view.getUint32(0);
  } else if (payload.length === 8) {
    const high = view.getUint32(0);
    nanoseconds = high >>> 2;
    seconds = (high & 3) * UINT32 + view.getUint32(4);
  } else if (payload.length === 12) {
    nanoseconds = view.getUint32(0);
    seconds = Number(view.getBigInt64(4));
  } else {
    throw new Error(`a timestamp has 4, 8 or 12 bytes, not ${payload.length}`);
  }
  const date = new Date(seconds * 1000 + Math.floor(nanoseconds / 1e6));
  if (nanoseconds >= 1e9 || Number.isNaN(date.getTime())) throw new Error("the timestamp is out of range");
  return date;
}

/** A string's code units as they are. */
export function packString16(text: string): Uint8Array {
  const view = new DataView(new ArrayBuffer(text.length * 2));
  for (let i = 0; i < text.length; i++) view.setUint16(i * 2, text.charCodeAt(i), true);
  return new Uint8Array(view.buffer);
}

/** The string of these code units. */
export function unpackString16(payload: Uint8Array): string {
  if (payload.length % 2 !== 0) throw new Error("UTF-16 text has an even number of bytes");
  const view = new DataView(payload.buffer, payload.byteOffset, payload.byteLength);
  // In chunks, because the arguments of one call live on the stack.
  const chunks: string[] = [];
  for (let at = 0; at < payload.length; at += 8192) {
    const units: number[] = [];
    for (let i = at; i < Math.min(at + 8192, payload.length); i += 2) units.push(view.getUint16(i, true));
    chunks.push(String.fromCharCode(...units));
  }
  return chunks.join("");
}

/** A bigint of any size. Hexadecimal, because it is the one text form that converts in linear time both ways. */
export function packBigInt(value: bigint): Uint8Array {
  const digits = (value < 0n ? -value : value).toString(16);
  const hex = digits.length % 2 === 0 ? digits : `0${digits}`;
  const packed = new Uint8Array(1 + hex.length / 2);
  packed[0] = value < 0n ? 1 : 0;
  packed.subarray(1).setFromHex(hex);
  return packed;
}

/** The bigint of a sign and a magnitude. */
export function unpackBigInt(payload: Uint8Array): bigint {
  if (payload.length < 2 || payload[0] > 1) throw new Error("a bigint has a sign byte, 0 or 1, and a magnitude");
  const magnitude = BigInt(`0x${payload.subarray(1).toHex()}`);
  return payload[0] === 1 ? -magnitude : magnitude;
}

interface BinaryClass {
  new (buffer: ArrayBuffer): ArrayBufferView;
  BYTES_PER_ELEMENT?: number;
}

/** The class byte is the place in this list, so the order is part of the protocol. 0 stands for ArrayBuffer itself. */
const BINARY_CLASSES: readonly (BinaryClass | typeof ArrayBuffer)[] = [
  ArrayBuffer,
  DataView,
  Int8Array,
  Uint8ClampedArray,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
  BigInt64Array,
  BigUint64Array,
  Float16Array,
  Float32Array,
  Float64Array,
];

/** The class byte of a buffer or view. Uint8Array has none: it is MessagePack's own bin. */
export function binaryClassOf(value: ArrayBufferView | ArrayBuffer): number {
  return BINARY_CLASSES.findIndex((candidate) => value instanceof candidate);
}

/**
 * Turns elements from the platform's byte order into the wire's, or back, in place. The wire is little endian and so is
 * every platform that Deno supports: this is here so that the format cannot become "whatever the sender is".
 */
export function swapToLittleEndian(bytes: Uint8Array, binaryClass: number): void {
  const platformIsLittleEndian = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;
  if (platformIsLittleEndian) return;
  const size = (BINARY_CLASSES[binaryClass] as BinaryClass).BYTES_PER_ELEMENT ?? 1;
  for (let at = 0; at < bytes.length; at += size) bytes.subarray(at, at + size).reverse();
}

/** The buffer or view of a class byte and the bytes after it; always on memory of its own, so it is aligned. */
export function unpackBinary(payload: Uint8Array): ArrayBuffer | ArrayBufferView {
  const binaryClass = payload[0];
  const found = payload.length > 0 ? BINARY_CLASSES[binaryClass] : undefined;
  if (found === undefined) throw new Error("the class of a buffer is unknown");
  // The constructor copies into a buffer of exactly this size, which slice() does not where bytes are a Buffer's.
  const copy = new Uint8Array(payload.subarray(1));
  swapToLittleEndian(copy, binaryClass);
  // A length that is no multiple of the element size makes the view's constructor throw.
  return found === ArrayBuffer ? copy.buffer : new (found as BinaryClass)(copy.buffer);
}
