/**
 * Items that come from somebody else's iterator: any that `for await` takes, however it behaves. One place asks it for
 * more and lets go of it.
 *
 * @module
 */

import type { Later } from "./later.ts";
import { showValue } from "./show_value.ts";

/**
 * Turns of the microtask queue for which whoever lets go of a source waits for its end: an async generator that stands at
 * a `yield` runs its finally blocks in fewer, one that is in the middle of something may never come back from it.
 */
const TURNS_TO_END = 12;

/** One iterator, asked for one item at a time. */
export class Source<Item = unknown> {
  /** Its items come later: `next` gives promises. */
  readonly isAsync: boolean;
  #iterator: Iterator<Item> | AsyncIterator<Item>;
  #isOver = false;

  /**
   * Begins to read what is iterable, as an async iterable where it is both.
   *
   * @throws {TypeError} for what is no iterable. @throws what the iterable itself raises.
   */
  constructor(items: Iterable<Item> | AsyncIterable<Item>) {
    const { [Symbol.asyncIterator]: later, [Symbol.iterator]: now } = Object(items);
    this.isAsync = later !== undefined && later !== null;
    const make: unknown = this.isAsync ? later : now;
    const iterator: unknown = typeof make === "function" ? Reflect.apply(make, items, []) : undefined;
    if (!isObject(iterator)) throw new TypeError(`Cannot read the items: ${showValue(items)} is no iterable`);
    this.#iterator = iterator as Iterator<Item>;
  }

  /**
   * What comes next, in a promise from a source that is async; behind an end or an error nothing is to be asked for.
   *
   * @throws what the source raises, and a {@linkcode TypeError} for what is no step of an iterator.
   */
  next(): Later<IteratorResult<Item, unknown>> {
    try {
      const step = this.#iterator.next();
      // No async function, which is a promise more for each item.
      if (this.isAsync) return Promise.resolve(step).then(this.#taken, this.#failed);
      return this.#taken(step as IteratorResult<Item, unknown>);
    } catch (error) {
      this.#isOver = true;
      if (this.isAsync) return Promise.reject(error);
      throw error;
    }
  }

  /**
   * Nothing more is wanted. A source that has not come to its end is told, and what it does then is its own affair: this
   * resolves when it has ended, or has not done so at once, and never fails.
   */
  leave(): Promise<void> {
    if (this.#isOver) return Promise.resolve();
    this.#isOver = true;
    return Promise.race([endOf(this.#iterator), someTurns()]);
  }

  #taken = (step: IteratorResult<Item, unknown>): IteratorResult<Item, unknown> => {
    if (!isObject(step)) {
      this.#isOver = true;
      throw new TypeError(
        `Cannot read the items: next() of their iterator gave ${showValue(step)}, which is no object`,
      );
    }
    if (step.done) this.#isOver = true;
    return step;
  };

  #failed = (error: unknown): never => {
    this.#isOver = true;
    throw error;
  };
}

/** The items of a sync iterable for a `for` loop that may be left, by an error too, whatever the iterable does then. */
export function* itemsOf<Item>(items: Iterable<Item>): Generator<Item, undefined, undefined> {
  // Of one that is an async iterable as well.
  const source = new Source({ [Symbol.iterator]: () => items[Symbol.iterator]() });
  try {
    for (let step = source.next() as IteratorResult<Item>; !step.done; step = source.next() as IteratorResult<Item>) {
      yield step.value;
    }
  } finally {
    void source.leave();
  }
}

async function endOf(iterator: Iterator<unknown> | AsyncIterator<unknown>): Promise<void> {
  try {
    await iterator.return?.();
  } catch {
    // What a source raises when it is left interests nobody any more.
  }
}

async function someTurns(): Promise<void> {
  for (let turn = 0; turn < TURNS_TO_END; turn++) await null;
}

function isObject(value: unknown): boolean {
  return typeof value === "object" ? value !== null : typeof value === "function";
}
