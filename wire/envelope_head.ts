/**
 * The name at the head of an envelope whose rest has not arrived: whether a payload is to be expected in it.
 *
 * @module
 */

import { Kind } from "./message.ts";

/** More than the longest head: kind, call id of 9 bytes, and a name of a length that a name with payloads has. */
export const HEAD_BYTES = 32;

const LIST_OF = 0x90;
const TEXT_OF = 0xa0;
const LONGEST_NAME = 15;

/** Bytes that each form of a whole number takes, from 0xcc to 0xd3. */
const NUMBER_BYTES = [1, 2, 4, 8, 1, 2, 4, 8];

/** The command of a call, or the topic of a push; null for anything else, and for what is no envelope. */
export function nameOf(head: Uint8Array): string | null {
  let at = 2;
  if (head[0] === LIST_OF + 4 && head[1] === Kind.call) at += numberBytes(head[at]);
  else if (head[0] !== LIST_OF + 3 || head[1] !== Kind.push) return null;
  const length = head[at] - TEXT_OF;
  if (!(length >= 0 && length <= LONGEST_NAME) || at + 1 + length > head.length) return null;
  return String.fromCharCode(...head.subarray(at + 1, at + 1 + length));
}

function numberBytes(code: number): number {
  return 1 + (NUMBER_BYTES[code - 0xcc] ?? 0);
}
