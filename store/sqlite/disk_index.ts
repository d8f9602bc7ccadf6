/**
 * Where each unfinished task lies in the file, or is on its way to, by its id; and which tasks of which block are over
 * since it was last told.
 *
 * @module
 */

import { type Block as Indexed, type Row, RowIndex } from "../../core/row_index.ts";
import { packUuid, UUID_WORDS } from "../../core/uuid.ts";
import { bitBytes, countOf, fingerprintIn, hasBit, setBit } from "./blocks.ts";
import type { Change } from "./changes.ts";

/** A block in the file. */
export class DiskBlock implements Indexed {
  readonly id: number;
  readonly profile: number;
  readonly numbers: Uint32Array;
  number = 0;
  listed = 0;
  /** Those that are over; null for none. Means nothing once all are: most blocks have one task, and never have bits. */
  over: Uint8Array | null;
  left: number;
  /** While it is on its way. */
  arrival: Promise<void> | null = null;

  constructor(id: number, profile: number, rows: Uint32Array, over: Uint8Array | null = null) {
    this.id = id;
    this.profile = profile;
    this.numbers = rows;
    const count = countOf(rows);
    this.left = count;
    this.over = over;
    if (over !== null) { for (let row = 0; row < count; row++) if (hasBit(over, row)) this.left--; }
  }

  /** Whether the task in this row is over. Only while some are not. */
  isOver(row: number): boolean {
    return this.over !== null && hasBit(this.over, row);
  }
}

/** Blocks by the ids of their tasks. */
export class DiskIndex {
  #rows = new RowIndex<DiskBlock>();
  #touched = new Set<DiskBlock>();
  /** Blocks on their way. */
  #arriving = 0;
  #lastId = 0;
  #id = new Uint32Array(UUID_WORDS);
  #onEmpty: (block: DiskBlock) => void;

  /** `onEmpty` hears of blocks that have gone. */
  constructor(onEmpty: (block: DiskBlock) => void) {
    this.#onEmpty = onEmpty;
  }

  /** Adds what was read and is not over. What another block has already is over here. */
  takeUp(block: DiskBlock): void {
    this.#lastId = Math.max(this.#lastId, block.id);
    for (let row = 0, count = countOf(block.numbers); row < count; row++) {
      if (block.isOver(row)) continue;
      const at = row * UUID_WORDS;
      if (this.#rows.find(block.numbers.subarray(at, at + UUID_WORDS)) === undefined) this.#rows.add(block, row);
      else this.#end(block, row);
    }
  }

  /** A number for the next block. */
  nextId(): number {
    return ++this.#lastId;
  }

  /** Adds a block that is on its way. None of its tasks is here. */
  add(block: DiskBlock, arrival: Promise<void>): void {
    block.arrival = arrival;
    this.#arriving++;
    for (let row = 0, count = countOf(block.numbers); row < count; row++) this.#rows.add(block, row);
  }

  /** It is there. */
  arrive(block: DiskBlock): void {
    block.arrival = null;
    this.#arriving--;
  }

  /** It has not arrived, and will not. */
  withdraw(block: DiskBlock): void {
    this.#arriving--;
    for (let row = 0, count = countOf(block.numbers); row < count; row++) this.#rows.delete(block, row);
  }

  /** Where a task is; undefined when it is not here. */
  find(id: string): Row<DiskBlock> | undefined {
    return packUuid(id, this.#id) ? this.#rows.find(this.#id) : undefined;
  }

  /** True for a task that is on its way. */
  isArriving(id: string): boolean {
    return this.arrivalOf(id) !== undefined;
  }

  /** Resolves when a task that is on its way is there; undefined for any other. */
  arrivalOf(id: string): Promise<void> | undefined {
    return this.#arriving > 0 ? this.find(id)?.block.arrival ?? undefined : undefined;
  }

  /** A task is over. */
  delete(id: string): void {
    const found = this.find(id);
    if (found === undefined) return;
    this.#rows.delete(found.block, found.row);
    this.#end(found.block, found.row);
  }

  /** What is to be written since the last time. */
  takeChanges(): Change[] {
    const changes: Change[] = [];
    for (const { id, over, left } of this.#touched) changes.push(["over", id, left === 0 ? null : over]);
    this.#touched.clear();
    return changes;
  }

  #end(block: DiskBlock, row: number): void {
    this.#touched.add(block);
    if (--block.left === 0) return this.#onEmpty(block);
    block.over ??= new Uint8Array(bitBytes(countOf(block.numbers)));
    setBit(block.over, row);
  }
}

/** What was submitted as the task in this row. */
export function fingerprintAt({ block, row }: Row<DiskBlock>): number {
  return fingerprintIn(block.numbers, row);
}
