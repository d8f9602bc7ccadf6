/**
 * A first-in-first-out line in an array with a moving head; `Array.shift` is linear on long arrays.
 *
 * @module
 */

/** The smallest head worth cutting off; a line that is empty keeps no more room than that. */
const COMPACT_AT = 1024;

/** A line of items. */
export class Fifo<T> {
  /** Behind the tail there may be room that is used again: a line that is often empty makes no array each time. */
  #items: (T | undefined)[] = [];
  #head = 0;
  #tail = 0;

  /** How many items stand in the line. */
  get length(): number {
    return this.#tail - this.#head;
  }

  /** The front, left where it is; undefined when empty. */
  peek(): T | undefined {
    return this.#items[this.#head];
  }

  /** Adds at the end. */
  push(item: T): void {
    this.#items[this.#tail++] = item;
  }

  /** Puts back at the front what was taken from there. */
  unshift(item: T): void {
    if (this.#head > 0) {
      this.#items[--this.#head] = item;
      return;
    }
    this.#items.unshift(item);
    this.#tail++;
  }

  /** Takes from the front; undefined when empty. */
  shift(): T | undefined {
    if (this.#head === this.#tail) return undefined;
    const item = this.#items[this.#head];
    this.#items[this.#head++] = undefined;
    if (this.#head === this.#tail) {
      if (this.#items.length > COMPACT_AT) this.#items = [];
      this.#head = this.#tail = 0;
    } else if (this.#head >= COMPACT_AT && this.#head * 2 >= this.#tail) {
      this.#items = this.#items.slice(this.#head, this.#tail);
      this.#tail -= this.#head;
      this.#head = 0;
    }
    return item;
  }

  /** From the front to the end, all left where they are. */
  *[Symbol.iterator](): Generator<T> {
    for (let at = this.#head; at < this.#tail; at++) yield this.#items[at] as T;
  }

  /** Keeps only the items that pass. */
  retain(passes: (item: T) => boolean): void {
    this.#items = this.#items.slice(this.#head, this.#tail).filter((item) => passes(item as T));
    this.#head = 0;
    this.#tail = this.#items.length;
  }
}
