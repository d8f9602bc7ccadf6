/**
 * A first-in-first-out line in an array with a moving head; `Array.shift` is linear on long arrays.
 *
 * @module
 */

/** The smallest head worth cutting off. */
const COMPACT_AT = 1024;

/** A line of items. */
export class Fifo<T> {
  #items: (T | undefined)[] = [];
  #head = 0;

  /** How many items stand in the line. */
  get length(): number {
    return this.#items.length - this.#head;
  }

  /** The front, left where it is; undefined when empty. */
  peek(): T | undefined {
    return this.#items[this.#head];
  }

  /** Adds at the end. */
  push(item: T): void {
    this.#items.push(item);
  }

  /** Puts back at the front what was taken from there. */
  unshift(item: T): void {
    if (this.#head > 0) this.#items[--this.#head] = item;
    else this.#items.unshift(item);
  }

  /** Takes from the front; undefined when empty. */
  shift(): T | undefined {
    if (this.#head === this.#items.length) return undefined;
    const item = this.#items[this.#head];
    this.#items[this.#head++] = undefined;
    if (this.#head === this.#items.length) {
      this.#items = [];
      this.#head = 0;
    } else if (this.#head >= COMPACT_AT && this.#head * 2 >= this.#items.length) {
      this.#items = this.#items.slice(this.#head);
      this.#head = 0;
    }
    return item;
  }

  /** From the front to the end, all left where they are. */
  *[Symbol.iterator](): Generator<T> {
    for (let at = this.#head; at < this.#items.length; at++) yield this.#items[at] as T;
  }

  /** Keeps only the items that pass. */
  retain(passes: (item: T) => boolean): void {
    this.#items = this.#items.slice(this.#head).filter((item) => passes(item as T));
    this.#head = 0;
  }
}
