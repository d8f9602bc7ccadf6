/**
 * Finds the row of a packed task, or result, by its id: a hash table in typed arrays, with which the garbage collector
 * has nothing to do. Open addressing with linear probing; a deletion moves up what would no longer be found (Knuth, The
 * Art of Computer Programming, volume 3, algorithm 6.4R), so that the table does not fill with what was.
 *
 * @module
 */

import { SHARDS } from "./sharded_map.ts";
import { UUID_WORDS } from "./uuid.ts";

const LEAST_SLOTS = 64;
const ROW_BITS = 8;

/** Most rows of a block. One that is left over keeps its block alive: 22 KiB. */
export const MAX_ROWS = 1 << ROW_BITS;

/** Something with rows. */
export interface Block {
  /** The id of each row, as four numbers; whatever else comes behind. */
  readonly numbers: Uint32Array;
  /** The index's own: the number of this block there, and how many of its rows are listed. */
  number: number;
  listed: number;
}

/** Where a row is. */
export interface Row<Rows extends Block> {
  readonly block: Rows;
  readonly row: number;
}

/** Rows by id. */
export class RowIndex<Rows extends Block> {
  /**
   * In parts: doubling one takes well below a millisecond when there are millions of rows. An entry is a block's number
   * and a row, plus one; 0 is an empty slot.
   */
  #shards: Uint32Array[] = Array.from({ length: SHARDS }, () => new Uint32Array(LEAST_SLOTS));
  #counts = new Uint32Array(SHARDS);
  #blocks: (Rows | null)[] = [];
  #freeNumbers: number[] = [];
  #size = 0;
  /** Ids come from outside: nobody shall choose them so that they all meet in one place. */
  #seed = crypto.getRandomValues(new Int32Array(1))[0];

  /** How many rows there are. */
  get size(): number {
    return this.#size;
  }

  /** Blocks of which a row is listed. */
  get blocks(): Rows[] {
    return this.#blocks.filter((block) => block !== null);
  }

  /** Where the row with this id is; undefined when it is not listed. */
  find(id: Uint32Array): Row<Rows> | undefined {
    const hash = this.#hash(id, 0);
    const slots = this.#shards[shardOf(id, 0)];
    const entry = slots[this.#slotOf(id, 0, hash, slots)];
    return entry === 0 ? undefined : { block: this.#blockOf(entry), row: rowOf(entry) };
  }

  /** Lists a row; its id is not listed yet. */
  add(block: Rows, row: number): void {
    const { numbers } = block;
    const at = row * UUID_WORDS;
    const hash = this.#hash(numbers, at);
    const shard = shardOf(numbers, at);
    // Half of it is empty at least: a search that fails is short too.
    if (2 * ++this.#counts[shard] > this.#shards[shard].length) this.#resize(shard, 2);
    const slots = this.#shards[shard];
    if (block.listed++ === 0) this.#admit(block);
    slots[this.#slotOf(numbers, at, hash, slots)] = (block.number << ROW_BITS | row) + 1;
    this.#size++;
  }

  /** Takes out a row that is listed. */
  delete(block: Rows, row: number): void {
    const { numbers } = block;
    const at = row * UUID_WORDS;
    const hash = this.#hash(numbers, at);
    const shard = shardOf(numbers, at);
    const slots = this.#shards[shard];
    this.#empty(slots, this.#slotOf(numbers, at, hash, slots));
    if (--block.listed === 0) this.#dismiss(block);
    this.#size--;
    const count = --this.#counts[shard];
    if (slots.length > LEAST_SLOTS && 8 * count < slots.length) this.#resize(shard, 1 / 2);
  }

  /** The rows whose ids end in this byte, as those of a shard of a `ShardedMap` do. */
  *rowsIn(shard: number): Generator<Row<Rows>, void> {
    for (const entry of this.#shards[shard]) if (entry !== 0) yield { block: this.#blockOf(entry), row: rowOf(entry) };
  }

  /** Takes out all. */
  clear(): void {
    for (const block of this.#blocks) if (block !== null) block.listed = 0;
    this.#shards = Array.from({ length: SHARDS }, () => new Uint32Array(LEAST_SLOTS));
    this.#counts.fill(0);
    this.#blocks = [];
    this.#freeNumbers = [];
    this.#size = 0;
  }

  /** The slot of an id, or the empty one where it would be. */
  #slotOf(numbers: Uint32Array, at: number, hash: number, slots: Uint32Array): number {
    const mask = slots.length - 1;
    for (let slot = hash & mask;; slot = slot + 1 & mask) {
      const entry = slots[slot];
      if (entry === 0 || isSameId(this.#blockOf(entry).numbers, rowOf(entry) * UUID_WORDS, numbers, at)) return slot;
    }
  }

  #empty(slots: Uint32Array, hole: number): void {
    const mask = slots.length - 1;
    for (let slot = hole + 1 & mask; slots[slot] !== 0; slot = slot + 1 & mask) {
      const fromHome = slot - this.#hashOf(slots[slot]) & mask;
      // Where a search for it passes the hole, it moves there.
      if (fromHome < (slot - hole & mask)) continue;
      slots[hole] = slots[slot];
      hole = slot;
    }
    slots[hole] = 0;
  }

  #resize(shard: number, factor: number): void {
    const slots = this.#shards[shard];
    const resized = new Uint32Array(slots.length * factor);
    const mask = resized.length - 1;
    for (const entry of slots) {
      if (entry === 0) continue;
      let slot = this.#hashOf(entry) & mask;
      while (resized[slot] !== 0) slot = slot + 1 & mask;
      resized[slot] = entry;
    }
    this.#shards[shard] = resized;
  }

  #admit(block: Rows): void {
    block.number = this.#freeNumbers.pop() ?? this.#blocks.length;
    this.#blocks[block.number] = block;
  }

  #dismiss(block: Rows): void {
    this.#blocks[block.number] = null;
    this.#freeNumbers.push(block.number);
  }

  #blockOf(entry: number): Rows {
    return this.#blocks[entry - 1 >>> ROW_BITS]!;
  }

  #hashOf(entry: number): number {
    return this.#hash(this.#blockOf(entry).numbers, rowOf(entry) * UUID_WORDS);
  }

  /** Every bit of an id counts in every bit of this: MurmurHash3 by Austin Appleby. */
  #hash(numbers: Uint32Array, at: number): number {
    let hash = this.#seed;
    for (let i = at; i < at + UUID_WORDS; i++) {
      const word = Math.imul(numbers[i], 0xcc9e2d51);
      hash ^= Math.imul(word << 15 | word >>> 17, 0x1b873593);
      hash = Math.imul(hash << 13 | hash >>> 19, 5) + 0xe6546b64 | 0;
    }
    hash = Math.imul(hash ^ hash >>> 16, 0x85ebca6b);
    hash = Math.imul(hash ^ hash >>> 13, 0xc2b2ae35);
    return (hash ^ hash >>> 16) >>> 0;
  }
}

/** From the last byte of the id, which is random. */
function shardOf(numbers: Uint32Array, at: number): number {
  return numbers[at + UUID_WORDS - 1] & SHARDS - 1;
}

function rowOf(entry: number): number {
  return entry - 1 & MAX_ROWS - 1;
}

function isSameId(a: Uint32Array, atA: number, b: Uint32Array, atB: number): boolean {
  // From the end: ids begin with the time.
  for (let i = UUID_WORDS - 1; i >= 0; i--) if (a[atA + i] !== b[atB + i]) return false;
  return true;
}
