/**
 * A batch on its way to the thread that writes it, and back into what is written. The bytes of all that comes in numbers,
 * which are blocks and what becomes of results, are one piece: each by itself costs the server's thread a microsecond and
 * more, of which a batch may have ten thousand.
 *
 * @module
 */

import type { Batch, Change, NewBlock, PackedBatch } from "./changes.ts";

/** Numbers of each block. */
const BLOCK_HEAD = 5;

const ID_BYTES = 16;

/** Kinds of changes, in their order. */
const OTHER = 0;
const RESULT = 1;
const TAKEN = 2;

type ResultChange = Extract<Change, readonly ["result", ...unknown[]]>;
type TakenChange = Extract<Change, readonly ["taken", ...unknown[]]>;

/** Puts the bytes of all blocks, and of all that is said of results, into one piece. */
export function packBatch({ always, blocks }: Batch): PackedBatch {
  let rowBytes = 0;
  let bytes = 0;
  for (const [, , , rows, inputs] of blocks) {
    rowBytes += rows.byteLength;
    bytes += rows.byteLength + inputs.length;
  }
  const kinds = new Uint8Array(always.length);
  const blockBytes = bytes;
  let resultCount = 0;
  for (const [at, change] of always.entries()) {
    if (change[0] === "result") {
      kinds[at] = RESULT;
      resultCount++;
      bytes += ID_BYTES + change[4].length;
    } else if (change[0] === "taken") {
      kinds[at] = TAKEN;
      bytes += ID_BYTES;
    }
  }
  const packed = new Uint8Array(bytes);
  const [heads, origins] = packBlocks(blocks, packed, rowBytes);
  const [others, results, abouts] = packChanges(always, kinds, resultCount, packed, blockBytes);
  return { others, kinds, results, abouts, heads, origins, bytes: packed };
}

function packBlocks(
  blocks: readonly NewBlock[],
  packed: Uint8Array,
  rowBytes: number,
): [heads: Float64Array, origins: string[]] {
  const heads = new Float64Array(blocks.length * BLOCK_HEAD);
  const origins: string[] = [];
  const numbers = new Uint32Array(packed.buffer, 0, rowBytes / 4);
  let [atRows, atInputs, head] = [0, rowBytes, 0];
  for (const [id, profile, origin, rows, inputs] of blocks) {
    // What was submitted together lies together.
    if (origins.length === 0 || origins[origins.length - 1] !== origin) origins.push(origin);
    heads[head++] = id;
    heads[head++] = profile;
    heads[head++] = origins.length - 1;
    heads[head++] = rows.length;
    heads[head++] = inputs.length;
    numbers.set(rows, atRows);
    packed.set(inputs, atInputs);
    atRows += rows.length;
    atInputs += inputs.length;
  }
  return [heads, origins];
}

function packChanges(
  always: readonly Change[],
  kinds: Uint8Array,
  resultCount: number,
  packed: Uint8Array,
  from: number,
): [others: Change[], results: Float64Array, abouts: string[]] {
  const others: Change[] = [];
  const results = new Float64Array(2 * resultCount);
  const abouts: string[] = [];
  let at = from;
  for (const [number, change] of always.entries()) {
    if (kinds[number] === OTHER) others.push(change);
    else {
      packed.set((change as ResultChange | TakenChange)[1], at);
      at += ID_BYTES;
    }
    if (kinds[number] !== RESULT) continue;
    const [, , profile, about, payload] = change as ResultChange;
    results[2 * abouts.length] = profile;
    results[2 * abouts.length + 1] = payload.length;
    abouts.push(about);
    packed.set(payload, at);
    at += payload.length;
  }
  return [others, results, abouts];
}

/** The batch again. Views. */
export function unpackBatch({ others, kinds, results, abouts, heads, origins, bytes }: PackedBatch): Batch {
  const blocks: NewBlock[] = [];
  let atRows = 0;
  let atInputs = 0;
  for (let at = 0; at < heads.length; at += BLOCK_HEAD) atInputs += heads[at + 3] * 4;
  for (let at = 0; at < heads.length; at += BLOCK_HEAD) {
    const [id, profile, origin, numbers, inputBytes] = heads.subarray(at, at + BLOCK_HEAD);
    const rows = new Uint32Array(bytes.buffer, bytes.byteOffset + atRows, numbers);
    blocks.push([id, profile, origins[origin], rows, bytes.subarray(atInputs, atInputs + inputBytes)]);
    atRows += numbers * 4;
    atInputs += inputBytes;
  }
  let at = atInputs;
  const next = (length: number) => bytes.subarray(at, at += length);
  let [other, result] = [0, 0];
  const always = Array.from(kinds, (kind): Change => {
    if (kind === OTHER) return others[other++];
    const id = next(ID_BYTES);
    if (kind === TAKEN) return ["taken", id];
    const payload = next(results[2 * result + 1]);
    return ["result", id, results[2 * result], abouts[result++], payload];
  });
  return { always, blocks };
}
