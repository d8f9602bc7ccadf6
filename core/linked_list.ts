/**
 * A list whose items hold their own neighbours, so that taking one out from anywhere costs the same however long the
 * list is, and leaves no hole behind that somebody has to step over later.
 *
 * @module
 */

/** An item of at most one list at a time. Both fields are the list's own. */
export interface Linked<Item> {
  before: Item | null;
  after: Item | null;
}

/** A list in order of arrival. */
export class LinkedList<Item extends Linked<Item>> {
  #first: Item | null = null;
  #last: Item | null = null;

  /** The oldest item; null when there is none. */
  get first(): Item | null {
    return this.#first;
  }

  /** Adds at the end. */
  push(item: Item): void {
    item.before = this.#last;
    if (this.#last === null) this.#first = item;
    else this.#last.after = item;
    this.#last = item;
  }

  /** Adds at the front. */
  unshift(item: Item): void {
    item.after = this.#first;
    if (this.#first === null) this.#last = item;
    else this.#first.before = item;
    this.#first = item;
  }

  /** Adds in front of an item of this list. */
  insertBefore(item: Item, next: Item): void {
    if (next.before === null) return this.unshift(item);
    item.before = next.before;
    item.after = next;
    next.before.after = item;
    next.before = item;
  }

  /** Takes out an item of this list. */
  remove(item: Item): void {
    const { before, after } = item;
    if (before === null) this.#first = after;
    else before.after = after;
    if (after === null) this.#last = before;
    else after.before = before;
    // An item that is no longer needed must not keep those alive that came after it.
    item.before = item.after = null;
  }
}
