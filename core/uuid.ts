/**
 * Task ids: UUID version 7 (RFC 9562), made by whoever submits, ordered by time.
 *
 * @module
 */

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));
const random = new Uint8Array(16 * 256);
let next = random.length;

/** A new id; random bytes are drawn a page at a time, because each draw is a system call. */
export function uuidv7(): string {
  if (next === random.length) {
    crypto.getRandomValues(random);
    next = 0;
  }
  const r = random.subarray(next, next += 16);
  const now = Date.now();
  const high = Math.floor(now / 0x10000).toString(16).padStart(8, "0");
  const low = (now & 0xffff).toString(16).padStart(4, "0");
  const a = HEX[0x70 | r[6] & 0x0f] + HEX[r[7]];
  const b = HEX[0x80 | r[8] & 0x3f] + HEX[r[9]];
  return `${high}-${low}-${a}-${b}-${HEX[r[10]]}${HEX[r[11]]}${HEX[r[12]]}${HEX[r[13]]}${HEX[r[14]]}${HEX[r[15]]}`;
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** True for the text form of a UUID, of any version, in lower case. */
export function isUuid(text: unknown): text is string {
  return typeof text === "string" && text.length === 36 && UUID.test(text);
}
