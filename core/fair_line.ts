/**
 * Items in line by whose they are: those of one stand in the order in which they came, and all take turns, so that
 * nobody's backlog is another's wait.
 *
 * @module
 */

/** A line; all that it does costs the same however many items wait. */
export class FairLine<Item> {
  /** Whoever has the next turn first. None of the lines is empty. */
  #lines = new Map<unknown, Set<Item>>();
  #whose = new Map<Item, unknown>();

  /** How many items wait. */
  get size(): number {
    return this.#whose.size;
  }

  /** Adds an item behind those of the same; each stands here once. */
  push(item: Item, whose: unknown): void {
    this.#whose.set(item, whose);
    const line = this.#lines.get(whose);
    if (line === undefined) this.#lines.set(whose, new Set([item]));
    else line.add(item);
  }

  /** Takes the item whose turn it is; undefined when none waits. */
  shift(): Item | undefined {
    for (const [whose, line] of this.#lines) {
      const [item] = line;
      this.delete(item);
      // The others have their turns first.
      if (this.#lines.delete(whose)) this.#lines.set(whose, line);
      return item;
    }
    return undefined;
  }

  /** Takes an item out; false when it does not wait here. */
  delete(item: Item): boolean {
    if (!this.#whose.has(item)) return false;
    const whose = this.#whose.get(item);
    this.#whose.delete(item);
    const line = this.#lines.get(whose)!;
    line.delete(item);
    if (line.size === 0) this.#lines.delete(whose);
    return true;
  }

  /** All that waits, in the order in which it came. */
  [Symbol.iterator](): IterableIterator<Item> {
    return this.#whose.keys();
  }

  /** Lets all of it go. */
  clear(): void {
    this.#lines.clear();
    this.#whose.clear();
  }
}
