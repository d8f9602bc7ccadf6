/**
 * A batch on its way to the thread that writes it, and back into what is written.
 *
 * @module
 */

import type { Batch, NewBlock, PackedBatch } from "./changes.ts";

/** Numbers of each block. */
const HEAD = 5;

/** Puts the bytes of all blocks into one piece. */
export function packBatch({ always, blocks }: Batch): PackedBatch {
  const heads = new Float64Array(blocks.length * HEAD);
  const origins: string[] = [];
  const numberOf = new Map<string, number>();
  let rowBytes = 0;
  let bytes = 0;
  for (const [at, [id, profile, origin, rows, inputs]] of blocks.entries()) {
    let number = numberOf.get(origin);
    if (number === undefined) numberOf.set(origin, number = origins.push(origin) - 1);
    heads.set([id, profile, number, rows.length, inputs.length], at * HEAD);
    rowBytes += rows.byteLength;
    bytes += rows.byteLength + inputs.length;
  }
  const packed = new Uint8Array(bytes);
  const numbers = new Uint32Array(packed.buffer, 0, rowBytes / 4);
  let [atRows, atInputs] = [0, rowBytes];
  for (const [, , , rows, inputs] of blocks) {
    numbers.set(rows, atRows);
    packed.set(inputs, atInputs);
    atRows += rows.length;
    atInputs += inputs.length;
  }
  return { always, heads, origins, bytes: packed };
}

/** The blocks again. Views. */
export function unpackBatch({ always, heads, origins, bytes }: PackedBatch): Batch {
  const blocks: NewBlock[] = [];
  let atRows = 0;
  let atInputs = 0;
  for (let at = 0; at < heads.length; at += HEAD) atInputs += heads[at + 3] * 4;
  for (let at = 0; at < heads.length; at += HEAD) {
    const [id, profile, origin, numbers, inputBytes] = heads.subarray(at, at + HEAD);
    const rows = new Uint32Array(bytes.buffer, bytes.byteOffset + atRows, numbers);
    blocks.push([id, profile, origins[origin], rows, bytes.subarray(atInputs, atInputs + inputBytes)]);
    atRows += numbers * 4;
    atInputs += inputBytes;
  }
  return { always, blocks };
}
