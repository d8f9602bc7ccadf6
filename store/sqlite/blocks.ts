/**
 * Tasks of one submission as they lie in the file: a block is some of them in a row, with ids, fingerprints and where the
 * arguments of each end in `rows`, as `engine/task_block.ts` has them in memory, and the arguments one behind the other.
 *
 * @module
 */

import { packUuid, UUID_WORDS } from "../../core/uuid.ts";
import { MAX_ROWS } from "../../core/row_index.ts";
import type { Submitted } from "../../engine/task_store.ts";

/** Arguments of a block, unless one task alone has more. */
const MAX_INPUT_BYTES = 65_536;

/** Numbers for each task: its id, the two halves of its fingerprint, and where its arguments end. */
export const COLUMNS = UUID_WORDS + 3;

const LOW = 2 ** 32;

/** Some tasks, in the form in which they are written. */
export interface Block {
  readonly rows: Uint32Array;
  readonly inputs: Uint8Array;
}

/**
 * Puts tasks into blocks, in order. The arguments are copied.
 *
 * @throws {TypeError} for an id that is no UUID.
 */
export function toBlocks(tasks: readonly Submitted[], fingerprints: readonly number[]): Block[] {
  const blocks: Block[] = [];
  for (let from = 0, to = 0; from < tasks.length; from = to) {
    let bytes = 0;
    for (; to < tasks.length && to - from < MAX_ROWS; to++) {
      const { length } = tasks[to][1];
      if (to > from && bytes + length > MAX_INPUT_BYTES) break;
      bytes += length;
    }
    blocks.push(toBlock(tasks, fingerprints, from, to, bytes));
  }
  return blocks;
}

const words = new Uint32Array(UUID_WORDS);

function toBlock(
  tasks: readonly Submitted[],
  fingerprints: readonly number[],
  from: number,
  to: number,
  bytes: number,
): Block {
  const count = to - from;
  // No view is made of these here, or in the batch: those of a task alone lie in the heap until somebody asks for one.
  const rows = new Uint32Array(count * COLUMNS);
  const inputs = new Uint8Array(bytes);
  for (let row = 0, end = 0; row < count; row++) {
    const [id, input] = tasks[from + row];
    if (!packUuid(id, words)) throw new TypeError(`Cannot keep task ${id}: it must be a UUID`);
    rows.set(words, row * UUID_WORDS);
    rows[count * UUID_WORDS + row] = fingerprints[from + row] / LOW;
    rows[count * (UUID_WORDS + 1) + row] = fingerprints[from + row];
    inputs.set(input, end);
    rows[count * (UUID_WORDS + 2) + row] = end += input.length;
  }
  return { rows, inputs };
}

/** The arguments of each task. Views, but for those of one alone. */
export function inputsIn(rows: Uint32Array, inputs: Uint8Array): Uint8Array[] {
  const count = countOf(rows);
  if (count === 1) return [inputs];
  const views: Uint8Array[] = [];
  for (let at = count * (UUID_WORDS + 2), start = 0; at < rows.length; at++) {
    views.push(inputs.subarray(start, start = rows[at]));
  }
  return views;
}

/** The rows of a task alone. */
export function rowsOf(id: string, fingerprint: number, inputBytes: number): Uint32Array {
  const rows = new Uint32Array(COLUMNS);
  packUuid(id, words);
  rows.set(words);
  rows.set([fingerprint / LOW, fingerprint, inputBytes], UUID_WORDS);
  return rows;
}

/** Where the arguments of the task in this row are among those of all, and how many bytes. */
export function inputPlace(rows: Uint32Array, row: number): [start: number, length: number] {
  const ends = countOf(rows) * (UUID_WORDS + 2);
  const start = row === 0 ? 0 : rows[ends + row - 1];
  return [start, rows[ends + row] - start];
}

/** How many tasks there are. */
export function countOf(rows: Uint32Array): number {
  return rows.length / COLUMNS;
}

/** The fingerprint of the task in this row. */
export function fingerprintIn(rows: Uint32Array, row: number): number {
  const count = countOf(rows);
  return rows[count * UUID_WORDS + row] * LOW + rows[count * (UUID_WORDS + 1) + row];
}

/** Bytes of all arguments. */
export function inputBytesOf(rows: Uint32Array): number {
  return rows.length === 0 ? 0 : rows[rows.length - 1];
}

/** True when these can be rows: whole, and of arguments that lie one behind the other. */
export function areRows(rows: Uint32Array): boolean {
  const count = countOf(rows);
  if (!Number.isInteger(count) || count < 1 || count > MAX_ROWS) return false;
  const ends = rows.subarray(count * (UUID_WORDS + 2));
  return ends.every((end, row) => row === 0 || end >= ends[row - 1]);
}

/** Whether a bit is set. */
export function hasBit(bits: Uint8Array, row: number): boolean {
  return (bits[row >> 3] & 1 << (row & 7)) !== 0;
}

/** Sets a bit. */
export function setBit(bits: Uint8Array, row: number): void {
  bits[row >> 3] |= 1 << (row & 7);
}

/** Bytes that hold a bit for each of these rows. */
export function bitBytes(count: number): number {
  return count + 7 >> 3;
}
