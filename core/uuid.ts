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

const DASH = 45;

/** Numbers that hold a UUID. */
export const UUID_WORDS = 4;

/** What a hexadecimal digit stands for, by its code; {@linkcode NO_DIGIT} for anything that is no digit in lower case. */
const DIGITS = new Uint8Array(128);
const NO_DIGIT = 0x10;
DIGITS.fill(NO_DIGIT);
for (let digit = 0; digit < 16; digit++) DIGITS[digit.toString(16).charCodeAt(0)] = digit;

/** Puts a UUID's bits into four numbers. False when the text is none; the numbers are of no use then. */
export function packUuid(text: string, into: Uint32Array): boolean {
  if (text.length !== 36) return false;
  let seen = 0;
  let digits = 0;
  let word = 0;
  for (let at = 0; at < 36; at++) {
    const code = text.charCodeAt(at);
    if (at === 8 || at === 13 || at === 18 || at === 23) {
      if (code !== DASH) return false;
      continue;
    }
    const digit = code < 128 ? DIGITS[code] : NO_DIGIT;
    seen |= digit;
    word = word << 4 | digit;
    if ((++digits & 7) === 0) into[(digits >> 3) - 1] = word;
  }
  return seen < NO_DIGIT;
}

/** The text of a UUID that was packed, from a place on. */
export function unpackUuid(words: Uint32Array, at: number): string {
  const [a, b, c, d] = [words[at], words[at + 1], words[at + 2], words[at + 3]];
  return `${hex(a >>> 16)}${hex(a)}-${hex(b >>> 16)}-${hex(b)}-${hex(c >>> 16)}-${hex(c)}${hex(d >>> 16)}${hex(d)}`;
}

function hex(word: number): string {
  return HEX[word >>> 8 & 0xff] + HEX[word & 0xff];
}
