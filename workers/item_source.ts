/**
 * Where the items of a run come from.
 *
 * @module
 */

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

/**
 * A source in the form in which a run uses it. `onReady` and `onError` are for those that come later.
 *
 * @throws {TypeError} for what is no source.
 */
export function openSource(
  source: PoolSource<unknown>,
  events: { onReady(): void; onError(error: unknown): void },
): ItemSource {
  if (typeof source === "function") return new FeedSource(source);
  if (typeof source === "object" && source !== null) {
    if (Symbol.iterator in source) return new SyncSource(source);
    if (Symbol.asyncIterator in source) return new AsyncSource(source, events);
  }
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
    if (!Array.isArray(args)) throw new TypeError("Cannot use what the source gave: it must be a list of arguments");
    return { item: args, args };
  }

  close(): void {
    this.#isOver = true;
  }
}

class SyncSource implements ItemSource {
  left: number;
  #iterator: Iterator<unknown>;
  #isOver = false;

  constructor(items: Iterable<unknown>) {
    this.left = Array.isArray(items) ? items.length : Infinity;
    this.#iterator = items[Symbol.iterator]();
  }

  pull(): Pulled | null {
    if (this.#isOver) return null;
    const { done, value } = this.#iterator.next();
    if (done) {
      this.#isOver = true;
      return null;
    }
    this.left--;
    return { item: value, args: [value] };
  }

  close(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    try {
      this.#iterator.return?.();
    } catch {
      // What it throws now is nobody's business any more; it may even be what calls this.
    }
  }
}

class AsyncSource implements ItemSource {
  readonly left = Infinity;
  #iterator: AsyncIterator<unknown>;
  #events: { onReady(): void; onError(error: unknown): void };
  #next: IteratorResult<unknown> | null = null;
  #isPulling = false;
  #isOver = false;

  constructor(items: AsyncIterable<unknown>, events: { onReady(): void; onError(error: unknown): void }) {
    this.#iterator = items[Symbol.asyncIterator]();
    this.#events = events;
  }

  pull(): Pulled | "later" | null {
    if (this.#isOver) return null;
    if (this.#next === null) {
      if (!this.#isPulling) void this.#pullNext();
      return "later";
    }
    const { done, value } = this.#next;
    this.#next = null;
    this.#isOver = done === true;
    return done ? null : { item: value, args: [value] };
  }

  close(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    // What it throws now is nobody's business any more.
    this.#iterator.return?.().catch(() => {});
  }

  async #pullNext(): Promise<void> {
    this.#isPulling = true;
    try {
      this.#next = await this.#iterator.next();
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
