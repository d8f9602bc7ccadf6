/**
 * Where the items of a run come from.
 *
 * @module
 */

import { isThenable } from "../core/notify.ts";
import { showValue } from "../core/show_value.ts";
import { Source } from "../core/source.ts";
import type { PersistentWorker } from "./persistent_worker.ts";

/** Items, one after the other, or a function that gives the arguments for a worker, or null when there are no more. */
export type PoolSource<Item> = Iterable<Item> | AsyncIterable<Item> | PoolFeed;

/** Gives the arguments of the next call to a worker; null when there are no more, for any worker. */
// deno-lint-ignore no-explicit-any
export type PoolFeed = (worker: PersistentWorker<any[], any>) => unknown[] | null;

/** What is to be done: the arguments of a call, and the item that they stand for. */
export interface Pulled {
  readonly item: unknown;
  readonly args: readonly unknown[];
}

/** The next item; `"later"` when it is not there yet, and `onReady` will be called; null behind the last. */
export interface ItemSource {
  pull(worker: PersistentWorker): Pulled | "later" | null;
  /** How many are left, where that is known. */
  readonly left: number;
  /** Nobody wants the rest. */
  close(): void;
}

/** What a source tells of items that come later. */
export interface SourceEvents {
  onReady(): void;
  onError(error: unknown): void;
}

/**
 * A source in the form in which a run uses it.
 *
 * @throws {TypeError} for what is no source.
 */
export function openSource(
  source: PoolSource<unknown>,
  events: SourceEvents,
): ItemSource {
  if (typeof source === "function") return new FeedSource(source);
  if (isIterable(source)) return new IteratorSource(source, events);
  throw new TypeError("Cannot run over what is no source: give an iterable, or a function that gives arguments");
}

class FeedSource implements ItemSource {
  readonly left = Infinity;
  #feed: PoolFeed;
  #isOver = false;

  constructor(feed: PoolFeed) {
    this.#feed = feed;
  }

  pull(worker: PersistentWorker): Pulled | null {
    const args = this.#isOver ? null : this.#feed(worker);
    if (args === null || args === undefined) {
      this.#isOver = true;
      return null;
    }
    if (!Array.isArray(args)) {
      // Nobody waits for what a promise of them comes to, which must not end the program.
      if (isThenable(args)) Promise.resolve(args).catch(() => {});
      throw new TypeError(
        `Cannot use what the source gave: it must be a list of arguments, and no promise of one: current value is ${
          showValue(args)
        }`,
      );
    }
    return { item: args, args };
  }

  close(): void {
    this.#isOver = true;
  }
}

class IteratorSource implements ItemSource {
  left: number;
  #source: Source;
  #events: SourceEvents;
  #next: IteratorResult<unknown, unknown> | null = null;
  #isPulling = false;
  #isOver = false;

  constructor(items: Iterable<unknown> | AsyncIterable<unknown>, events: SourceEvents) {
    this.left = Array.isArray(items) ? items.length : Infinity;
    this.#source = new Source(items);
    this.#events = events;
  }

  pull(): Pulled | "later" | null {
    if (this.#isOver) return null;
    if (!this.#source.isAsync) return this.#pulled(this.#source.next() as IteratorResult<unknown, unknown>);
    const next = this.#next;
    this.#next = null;
    if (next !== null) return this.#pulled(next);
    if (!this.#isPulling) void this.#pullNext();
    return "later";
  }

  close(): void {
    this.#isOver = true;
    void this.#source.leave();
  }

  #pulled({ done, value }: IteratorResult<unknown, unknown>): Pulled | null {
    this.#isOver = done === true;
    if (done) return null;
    this.left--;
    return { item: value, args: [value] };
  }

  async #pullNext(): Promise<void> {
    this.#isPulling = true;
    try {
      this.#next = await this.#source.next();
    } catch (error) {
      this.#isOver = true;
      this.#events.onError(error);
      return;
    } finally {
      this.#isPulling = false;
    }
    this.#events.onReady();
  }
}

function isIterable(source: unknown): source is Iterable<unknown> | AsyncIterable<unknown> {
  return source !== null && source !== undefined &&
    (Symbol.asyncIterator in Object(source) || Symbol.iterator in Object(source));
}
