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

/** What items are made of. */
export interface Listening<Wire, Item> {
  /** Makes an item of what is pushed. */
  read(wire: Wire): Item;
  /** How many a push stands for, where they are counted: those behind can be asked for. */
  countOf?(wire: Wire): number;
  /** Made in the place of items that were lost ahead of this one. @default {nothing} */
  gap?(missing: number, next: Wire): Wire;
}

/** What was pushed and not taken. */
export class Listener<Wire, Item> implements Supply<Item> {
  readonly subscription: number;
  #body: Calls["subscribe"]["body"];
  #listening: Listening<Wire, Item>;
  #onLeft: (isOver: boolean) => void;
  #items = new Fifo<Wire>();
  /** How many have come since the beginning. */
  #count = 0;
  /** Lost, ahead of those that are there. */
  #missing = 0;
  #end: "end" | { error: unknown } | null = null;
  #wake: () => void = () => {};

  /** `onLeft` hears whether it is known that nothing more will come. */
  constructor(
    body: Calls["subscribe"]["body"],
    listening: Listening<Wire, Item>,
    onLeft: (isOver: boolean) => void,
  ) {
    this.subscription = body.subscription;
    this.#body = body;
    this.#listening = listening;
    this.#onLeft = onLeft;
  }

  /** What it subscribes with, be it for the first time or over a new connection. */
  get body(): Calls["subscribe"]["body"] {
    const isCounted = this.#body.taskId !== null && this.#listening.countOf !== undefined;
    return isCounted ? { ...this.#body, from: this.#count } : this.#body;
  }

  /** These have come. */
  push(items: readonly Wire[]): void {
    for (const item of items) {
      this.#items.push(item);
      this.#count += this.#countOf(item);
    }
    while (this.#items.length > MAX_BEHIND) this.#missing += this.#countOf(this.#items.shift()!);
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
    if (this.#items.length > 0) return { done: false, value: this.#listening.read(this.#next()) };
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

  #next(): Wire {
    const missing = this.#missing;
    const { gap } = this.#listening;
    if (missing === 0 || gap === undefined) return this.#items.shift()!;
    this.#missing = 0;
    const next = this.#items.shift()!;
    this.#items.unshift(next);
    return gap(missing, next);
  }

  #countOf(item: Wire): number {
    return this.#listening.countOf?.(item) ?? 1;
  }
}
