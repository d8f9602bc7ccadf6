/**
 * A set of ids, of which there may be few or a million: a `Set` of half a million moves all of them at once when it grows,
 * and everything else waits for 20 ms. Few lie in one, since most that await anything await few.
 *
 * @module
 */

import { shardOf, SHARDS } from "./sharded_map.ts";

/** More than these lie in {@linkcode SHARDS} parts. */
const FEW = 4096;

/** The part of a `Set` that is needed of ids. */
export interface IdSet extends Iterable<string> {
  readonly size: number;
  has(id: string): boolean;
  add(id: string): unknown;
  delete(id: string): boolean;
}

/** Ids. */
export class GrowingSet implements IdSet {
  #few = new Set<string>();
  /** Null while there are few; until all have gone since there were many. */
  #shards: Set<string>[] | null = null;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  has(id: string): boolean {
    return this.#partOf(id).has(id);
  }

  add(id: string): void {
    const part = this.#partOf(id);
    const before = part.size;
    part.add(id);
    this.#size += part.size - before;
    if (this.#shards === null && this.#size > FEW) this.#spread();
  }

  delete(id: string): boolean {
    const wasThere = this.#partOf(id).delete(id);
    if (wasThere && --this.#size === 0) this.#shards = null;
    return wasThere;
  }

  *[Symbol.iterator](): Generator<string, undefined> {
    for (const part of this.#shards ?? [this.#few]) yield* part;
  }

  #partOf(id: string): Set<string> {
    return this.#shards === null ? this.#few : this.#shards[shardOf(id)];
  }

  #spread(): void {
    const shards = Array.from({ length: SHARDS }, () => new Set<string>());
    for (const id of this.#few) shards[shardOf(id)].add(id);
    this.#shards = shards;
    this.#few = new Set();
  }
}
