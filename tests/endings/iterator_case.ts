/** An iterator in the middle of its life: what every one of them has to do when it is left, and when its owner ends. */

/** An iterator that is open, has given what there was, and now has nothing to give. */
export interface OpenIterator extends AsyncDisposable {
  readonly iterator: AsyncIterator<unknown> & AsyncIterable<unknown>;
  /** Resolves once what it held is let go: a task and its slot, its source, its place with a server. */
  released(): Promise<void>;
  /** Ends what it reads from for good; where there is such an act that its user can do. */
  end?(): Promise<void>;
  /** What comes next goes to whoever reads on; where more than one may read. */
  readOn?(): Promise<{ readonly got: unknown; readonly expected: unknown }>;
}

/** One way to get an iterator. */
export interface IteratorCase {
  readonly name: string;
  open(): Promise<OpenIterator>;
}

/** Async iterables with an item or more that never come to an end by themselves, and know whether they were left. */
export class IdleSource<Item> implements AsyncIterableIterator<Item> {
  readonly left: Promise<void>;
  #items: Item[];
  #leave: () => void;

  constructor(items: Item[]) {
    this.#items = items;
    ({ promise: this.left, resolve: this.#leave } = Promise.withResolvers<void>());
  }

  next(): Promise<IteratorResult<Item>> {
    const value = this.#items.shift();
    return value === undefined ? new Promise(() => {}) : Promise.resolve({ done: false, value });
  }

  return(): Promise<IteratorResult<Item>> {
    this.#leave();
    return Promise.resolve({ done: true, value: undefined });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}

/** Fails rather than hangs. The tests wait for nothing but what is promised; this is for the day it is not kept. */
export async function soon<T>(what: string, promise: Promise<T>): Promise<T> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error(`${what} has not settled within 10 s`)), 10_000);
  return await Promise.race([promise, late.promise]).finally(() => clearTimeout(timer));
}
