/**
 * A map that grows to millions of entries in small steps: a `Map` of a million copies all of them at once each time that
 * it doubles, and everything else waits for a tenth of a second.
 *
 * @module
 */

/** Each holds a few thousand entries when there are a million: doubling one takes well below a millisecond. */
export const SHARDS = 256;

/** A map by task id. Ids end in random hexadecimal digits, which say where an entry is. */
export class ShardedMap<Value> {
  #shards: Map<string, Value>[] = Array.from({ length: SHARDS }, () => new Map());
  #size = 0;

  /** How many entries there are. */
  get size(): number {
    return this.#size;
  }

  /** The value under this id; undefined when there is none. */
  get(id: string): Value | undefined {
    return this.#shards[shardOf(id)].get(id);
  }

  /** True when there is a value under this id. */
  has(id: string): boolean {
    return this.#shards[shardOf(id)].has(id);
  }

  /** Puts a value under this id, in place of the one before. */
  set(id: string, value: Value): void {
    const shard = this.#shards[shardOf(id)];
    const before = shard.size;
    shard.set(id, value);
    this.#size += shard.size - before;
  }

  /** Removes what is under this id. True when there was something. */
  delete(id: string): boolean {
    const isGone = this.#shards[shardOf(id)].delete(id);
    if (isGone) this.#size--;
    return isGone;
  }

  /** The values in one of the {@linkcode SHARDS}, by its number. */
  valuesIn(shard: number): IterableIterator<Value> {
    return this.#shards[shard].values();
  }

  /** All values, in no order that means anything. */
  *values(): Generator<Value> {
    for (const shard of this.#shards) yield* shard.values();
  }
}

/** From the last two characters. Any id has a shard; hexadecimal ones spread evenly. */
export function shardOf(id: string): number {
  return digit(id.charCodeAt(id.length - 2)) << 4 | digit(id.charCodeAt(id.length - 1));
}

/** 0 to 15 for a hexadecimal digit; NaN, for an id without as many characters, becomes 0. */
function digit(code: number): number {
  return code + 9 * (code >> 6) & 15;
}
