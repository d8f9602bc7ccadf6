/**
 * Task ids: UUID version 7 (RFC 9562), made by whoever submits, ordered by time.
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
