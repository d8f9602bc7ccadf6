/**
 * Task ids: UUID version 7 (RFC 9562), made by whoever submits, ordered by time. In large numbers they are kept as four
 * 32-bit numbers each.
 *
 * @module
 */

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));
const random = new Uint8Array(10 * 256);
let next = random.length;
/** The first half of the ids of this millisecond. */
let prefix = { ms: -1, text: "" };

/** A new id; random bytes are drawn a page at a time, because each draw is a system call. */
export function uuidv7(): string {
  if (next === random.length) {
    crypto.getRandomValues(random);
    next = 0;
  }
  const at = next;
  next += 10;
  const hex = (i: number) => HEX[random[at + i]];
  const a = HEX[0x70 | random[at] & 0x0f] + hex(1);
  const b = HEX[0x80 | random[at + 2] & 0x3f] + hex(3);
  return `${prefixOf(Date.now())}-${a}-${b}-${hex(4)}${hex(5)}${hex(6)}${hex(7)}${hex(8)}${hex(9)}`;
}

function prefixOf(ms: number): string {
  if (ms !== prefix.ms) {
    const high = Math.floor(ms / 0x10000).toString(16).padStart(8, "0");
    const low = (ms & 0xffff).toString(16).padStart(4, "0");
    prefix = { ms, text: `${high}-${low}` };
  }
  return prefix.text;
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** True for the text form of a UUID, of any version, in lower case. */
export function isUuid(text: unknown): text is string {
  return typeof text === "string" && text.length === 36 && UUID.test(text);
}

/** Numbers that hold a UUID. */
export const UUID_WORDS = 4;

/** Puts a UUID's bits into four numbers. False when the text is none; the numbers are of no use then. */
export function packUuid(text: string, into: Uint32Array): boolean {
  if (text.length !== 36) return false;
  seen = 0;
  into[0] = readDigits(text, 0) << 16 | readDigits(text, 4);
  into[1] = readDigits(text, 9) << 16 | readDigits(text, 14);
  into[2] = readDigits(text, 19) << 16 | readDigits(text, 24);
  into[3] = readDigits(text, 28) << 16 | readDigits(text, 32);
  return seen < NO_DIGIT && text.charCodeAt(8) === DASH && text.charCodeAt(13) === DASH &&
    text.charCodeAt(18) === DASH && text.charCodeAt(23) === DASH;
}

/** The text of a UUID that was packed, from a place on. */
export function unpackUuid(words: Uint32Array, at: number): string {
  writeDigits(words[at] >>> 16, 0);
  writeDigits(words[at], 4);
  writeDigits(words[at + 1] >>> 16, 9);
  writeDigits(words[at + 1], 14);
  writeDigits(words[at + 2] >>> 16, 19);
  writeDigits(words[at + 2], 24);
  writeDigits(words[at + 3] >>> 16, 28);
  writeDigits(words[at + 3], 32);
  // In one piece: text that is put together is copied by the first map that it is a key of.
  return (decoder ??= new TextDecoder()).decode(characters);
}

const DASH = 45;
const DIGITS = new TextEncoder().encode("0123456789abcdef");
/** What a digit stands for, by its code. */
const VALUES = new Uint8Array(128);
const NO_DIGIT = 0x10;
VALUES.fill(NO_DIGIT);
DIGITS.forEach((code, value) => VALUES[code] = value);

const characters = new Uint8Array(36).fill(DASH);
let decoder: TextDecoder | null = null;
/** All values that were read, and codes beyond the table's, one over the other. */
let seen = 0;

function readDigits(text: string, at: number): number {
  const [a, b, c, d] = [text.charCodeAt(at), text.charCodeAt(at + 1), text.charCodeAt(at + 2), text.charCodeAt(at + 3)];
  const [p, q, r, s] = [VALUES[a & 127], VALUES[b & 127], VALUES[c & 127], VALUES[d & 127]];
  seen |= p | q | r | s | (a | b | c | d) & ~127;
  return p << 12 | q << 8 | r << 4 | s;
}

function writeDigits(word: number, at: number): void {
  characters[at] = DIGITS[word >>> 12 & 15];
  characters[at + 1] = DIGITS[word >>> 8 & 15];
  characters[at + 2] = DIGITS[word >>> 4 & 15];
  characters[at + 3] = DIGITS[word & 15];
}
