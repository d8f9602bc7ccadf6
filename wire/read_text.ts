/** Up to this many bytes a loop beats a call of the text decoder, which costs the time of about a hundred. */
const SHORT_TEXT = 100;

/** Longer keys are rarely repeated ones. */
const LONGEST_CACHED_KEY = 32;

/** A power of two. */
const CACHED_KEYS = 512;

/** Made when it is first needed: most tasks' processes never do. */
let utf8: TextDecoder | undefined;

// Arguments for String.fromCharCode(), one array for each length: apply() on a fresh array would cost twice the time.
// Shared by all calls, which is safe as nothing else runs between filling one and using it.
const units: number[][] = [];

/** Keys seen lately, ASCII only, so that a key's characters can be compared with bytes. Holds 16 KiB at most. */
const keys: string[] = new Array(CACHED_KEYS).fill("");

/**
 * The text of UTF-8 bytes.
 *
 * @throws {TypeError} if they are not valid UTF-8
 */
export function readText(bytes: Uint8Array, start: number, end: number): string {
  const length = end - start;
  if (length > SHORT_TEXT) return decodeUtf8(bytes.subarray(start, end));
  const filled = units[length] ??= new Array(length).fill(0);
  let seen = 0;
  for (let i = 0; i < length; i++) seen |= filled[i] = bytes[start + i];
  if (seen > 0x7f) return decodeUtf8(bytes.subarray(start, end));
  return String.fromCharCode.apply(null, filled);
}

/**
 * As {@linkcode readText}, for keys of objects: the same few come again and again.
 *
 * @throws {TypeError} if the bytes are not valid UTF-8
 */
export function readKey(bytes: Uint8Array, start: number, end: number): string {
  const length = end - start;
  if (length > LONGEST_CACHED_KEY || length === 0) return readText(bytes, start, end);
  const hash = length * 7 + bytes[start] * 31 + bytes[start + (length >> 1)] * 5 + bytes[end - 1] * 67;
  const slot = hash & (CACHED_KEYS - 1);
  const known = keys[slot];
  if (known.length === length) {
    let i = 0;
    while (i < length && known.charCodeAt(i) === bytes[start + i]) i++;
    if (i === length) return known;
  }
  const key = readText(bytes, start, end);
  // As many characters as bytes: ASCII.
  if (key.length === length) keys[slot] = key;
  return key;
}

function decodeUtf8(bytes: Uint8Array): string {
  // ignoreBOM: a leading U+FEFF is the sender's, not a mark of this encoding.
  utf8 ??= new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  return utf8.decode(bytes);
}
