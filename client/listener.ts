/**
 * One that listens to logs or progress. Its memory is bounded: one that does not keep up loses the oldest items.
 *
 * @module
 */

import { Fifo } from "../core/fifo.ts";
import type { Supply } from "../core/leavable_iterator.ts";
import type { Calls } from "../wire/message.ts";

/** Items that it may be behind. */
const MAX_BEHIND = 10_000;

/** What was pushed and not taken. */
export class Listener<Wire, Item> implements Supply<Item> {
  /** What it subscribes with. */
  readonly body: Calls["subscribe"]["body"];
  #read: (wire: Wire) => Item;
  #onLeft: (isOver: boolean) => void;
  #items = new Fifo<Wire>();
  #end: "end" | { error: unknown } | null = null;
  #wake: () => void = () => {};

  /** `read` makes an item of what is pushed; `onLeft` hears whether it is known that nothing more will come. */
  constructor(body: Calls["subscribe"]["body"], read: (wire: Wire) => Item, onLeft: (isOver: boolean) => void) {
    this.body = body;
    this.#read = read;
    this.#onLeft = onLeft;
  }

  /** These have come. */
  push(items: readonly Wire[]): void {
    for (const item of items) this.#items.push(item);
    while (this.#items.length > MAX_BEHIND) this.#items.shift();
    this.#wake();
  }

  /** Nothing more will come. */
  end(): void {
    this.#end ??= "end";
    this.#wake();
  }

  /** Nothing more will come, because of this. */
  fail(error: unknown): void {
    this.#end ??= { error };
    this.#wake();
  }

  take(): IteratorResult<Item, undefined> | null {
    if (this.#items.length > 0) return { done: false, value: this.#read(this.#items.shift()!) };
    if (this.#end === null) return null;
    if (this.#end !== "end") throw this.#end.error;
    return { done: true, value: undefined };
  }

  wait(wake: () => void): void {
    this.#wake = wake;
  }

  leave(): void {
    this.#onLeft(this.#end !== null);
  }
}
