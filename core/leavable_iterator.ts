/**
 * The one async iterator that can be left while it is read. An async generator cannot: its `return()` stands in line
 * behind a `next()` that waits, for as long as that waits.
 *
 * @module
 */

import { Fifo } from "./fifo.ts";
import type { Later } from "./later.ts";

/**
 * Where the items of one iterator come from. An item is taken for a reader who is there, so that none is lost to one who
 * has left.
 */
export interface Supply<Item> {
  /**
   * The next item, or the end; null when neither has come.
   *
   * @throws what stands in the place of the next item: it is the end, unless the iterator {@linkcode Reading.goesOn}.
   */
  take(): IteratorResult<Item, undefined> | null;
  /** `take` gave null: calls `wake` once that has changed, outside of this call. Called again only after that. */
  wait(wake: () => void): void;
  /** Nothing more is taken, as the reader has left, or was given the end: lets go of all that is held. Called once. */
  leave(): void | Promise<void>;
}

/** How a supply is read. */
export interface Reading {
  /** Behind an error there may be further items. @default {false} */
  readonly goesOn?: boolean;
}

/** Reads a supply, which is opened by the first `next()`. What `leave` of it gives is awaited by `return()` alone. */
export class LeavableIterator<Item> implements AsyncGenerator<Item, undefined, undefined> {
  #open: () => Later<Supply<Item>>;
  #goesOn: boolean;
  #supply: Supply<Item> | null = null;
  #state: "new" | "opening" | "open" | "over" = "new";
  /** Calls of `next()` that wait, oldest first. */
  #readers = new Fifo<PromiseWithResolvers<IteratorResult<Item, undefined>>>();

  /** `open` is called once, and not for an iterator that is left before it is read. What it throws the reader gets. */
  constructor(open: () => Later<Supply<Item>>, { goesOn = false }: Reading = {}) {
    this.#open = open;
    this.#goesOn = goesOn;
  }

  /** As of an async generator, whose place it takes: whoever tells them by that does not see a difference. */
  get [Symbol.toStringTag](): string {
    return "AsyncGenerator";
  }

  /** The next item. Several may wait: each gets its own, in the order of the calls. */
  next(): Promise<IteratorResult<Item, undefined>> {
    if (this.#state === "over") return Promise.resolve(end());
    const reader = Promise.withResolvers<IteratorResult<Item, undefined>>();
    this.#readers.push(reader);
    if (this.#state === "new") this.#begin();
    // With others before it the supply has been asked to wake this up.
    else if (this.#state === "open" && this.#readers.length === 1) this.#serve();
    return reader.promise;
  }

  /** Leaves: whoever waits gets the end at once. */
  async return(): Promise<IteratorResult<Item, undefined>> {
    await this.#end();
    return end();
  }

  /** Leaves, and fails. */
  async throw(error: unknown): Promise<IteratorResult<Item, undefined>> {
    await this.#end();
    throw error;
  }

  /** Itself. */
  [Symbol.asyncIterator](): this {
    return this;
  }

  /** Leaves. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#end();
  }

  #begin(): void {
    this.#state = "opening";
    try {
      const supply = this.#open();
      if (supply instanceof Promise) supply.then((supply) => this.#opened(supply), (error) => this.#fail(error));
      else this.#opened(supply);
    } catch (error) {
      this.#fail(error);
    }
  }

  #opened(supply: Supply<Item>): void {
    if (this.#state === "over") return unheard(supply.leave());
    this.#supply = supply;
    this.#state = "open";
    this.#serve();
  }

  /** Called by the supply while somebody waits; one that calls too often does no harm. */
  #serve = (): void => {
    const supply = this.#supply;
    while (this.#state === "open" && this.#readers.length > 0) {
      let step: IteratorResult<Item, undefined> | null;
      try {
        step = supply!.take();
      } catch (error) {
        this.#raise(error);
        continue;
      }
      if (step === null) return supply!.wait(this.#serve);
      if (step.done) return unheard(this.#end());
      this.#readers.shift()!.resolve(step);
    }
  };

  #raise(error: unknown): void {
    if (!this.#goesOn) return this.#fail(error);
    this.#readers.shift()?.reject(error);
  }

  /** The first of those that wait gets the error, the others the end. */
  #fail(error: unknown): void {
    this.#readers.shift()?.reject(error);
    unheard(this.#end());
  }

  #end(): void | Promise<void> {
    if (this.#state === "over") return;
    this.#state = "over";
    for (let reader = this.#readers.shift(); reader !== undefined; reader = this.#readers.shift()) {
      reader.resolve(end());
    }
    const supply = this.#supply;
    this.#supply = null;
    return supply?.leave();
  }
}

/** An object of its own for each: it belongs to who gets it. */
function end(): IteratorReturnResult<undefined> {
  return { done: true, value: undefined };
}

/** The reader has all that it gets: how the rest ends interests nobody. */
function unheard(leaving: void | Promise<void>): void {
  leaving?.catch(() => {});
}
