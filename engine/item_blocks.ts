/**
 * Blocks of items by the ids of their groups and items, in the order of their numbers: a map may come in thousands.
 *
 * @module
 */

import { numberOf, prefixOf } from "../core/item_id.ts";
import { ShardedMap } from "../core/sharded_map.ts";
import type { ItemBlock } from "./item_block.ts";

/** Where an item is. */
export interface ItemPlace {
  readonly block: ItemBlock;
  readonly row: number;
}

/** Blocks that overlap nowhere. */
export class ItemBlocks {
  #byPrefix = new ShardedMap<ItemBlock[]>();

  /** All of them. */
  *[Symbol.iterator](): Generator<ItemBlock, void> {
    for (const blocks of this.#byPrefix.values()) yield* blocks;
  }

  /** The groups in one shard, each with its blocks. */
  groupsIn(shard: number): Iterable<readonly ItemBlock[]> {
    return this.#byPrefix.valuesIn(shard);
  }

  /** Those of a group, by its id or that of an item. */
  of(id: string): readonly ItemBlock[] {
    return this.#byPrefix.get(prefixOf(id)) ?? [];
  }

  /** Where the item with this id is; undefined when it is in none of them. */
  locate(id: string): ItemPlace | undefined {
    if (this.#byPrefix.size === 0) return undefined;
    const block = this.#upTo(id, numberOf(id));
    const row = block?.rowOf(id) ?? -1;
    return row < 0 ? undefined : { block: block!, row };
  }

  /** The block of a group that begins with this number; undefined when there is none. */
  startingAt(groupId: string, firstNumber: number): ItemBlock | undefined {
    const block = this.#upTo(groupId, firstNumber);
    return block?.firstNumber === firstNumber ? block : undefined;
  }

  /** True when one of so many numbers, from this one on, is that of an item that is here. */
  hasAny(groupId: string, firstNumber: number, count: number): boolean {
    const blocks = this.of(groupId);
    const at = placeIn(blocks, firstNumber);
    const [before, after] = [blocks[at - 1], blocks[at]];
    return before !== undefined && before.firstNumber + before.count > firstNumber ||
      after !== undefined && after.firstNumber < firstNumber + count;
  }

  /** Adds one, none of whose numbers is here. */
  add(block: ItemBlock): void {
    const blocks = this.#byPrefix.get(block.prefix) ?? [];
    blocks.splice(placeIn(blocks, block.firstNumber), 0, block);
    this.#byPrefix.set(block.prefix, blocks);
  }

  /** Takes one out; does nothing when it is not here. */
  remove(block: ItemBlock): void {
    const blocks = this.#byPrefix.get(block.prefix) ?? [];
    const at = placeIn(blocks, block.firstNumber) - 1;
    if (blocks[at] === block) blocks.splice(at, 1);
    if (blocks.length === 0) this.#byPrefix.delete(block.prefix);
  }

  /** The last that begins with this number or a lower one. */
  #upTo(id: string, number: number): ItemBlock | undefined {
    const blocks = this.of(id);
    return blocks[placeIn(blocks, number) - 1];
  }
}

/** Where among blocks one would stand that begins with this number, behind one that does. */
function placeIn(blocks: readonly ItemBlock[], firstNumber: number): number {
  let [low, high] = [0, blocks.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (blocks[middle].firstNumber <= firstNumber) low = middle + 1;
    else high = middle;
  }
  return low;
}
