/**
 * A binary heap of deadlines whose entries know their own index, so that one can be taken out of the middle in
 * O(log n). The idea is beanstalkd's `heap.c`.
 *
 * @module
 */

/** Something due at a time. The heap owns `index`; -1 means that it is not in the heap. */
export interface Due {
  /** Monotonic milliseconds. */
  readonly at: number;
  index: number;
}

/** Entries by their time, earliest first. */
export class DueHeap<T extends Due> {
  #entries: T[] = [];

  /** How many are in it. */
  get length(): number {
    return this.#entries.length;
  }

  /** The earliest entry, left where it is. */
  peek(): T | undefined {
    return this.#entries[0];
  }

  /** Adds an entry. */
  push(entry: T): void {
    entry.index = this.#entries.length;
    this.#entries.push(entry);
    this.#up(entry.index);
  }

  /** Takes an entry out; does nothing when it is not in the heap. */
  remove(entry: T): void {
    const index = entry.index;
    if (index < 0) return;
    entry.index = -1;
    const last = this.#entries.pop()!;
    if (last === entry) return;
    this.#entries[index] = last;
    last.index = index;
    this.#up(index);
    this.#down(last.index);
  }

  #up(index: number): void {
    while (index > 0) {
      const above = (index - 1) >> 1;
      if (this.#entries[above].at <= this.#entries[index].at) return;
      this.#swap(index, above);
      index = above;
    }
  }

  #down(index: number): void {
    for (;;) {
      const left = 2 * index + 1;
      if (left >= this.#entries.length) return;
      const right = left + 1;
      const least = right < this.#entries.length && this.#entries[right].at < this.#entries[left].at ? right : left;
      if (this.#entries[index].at <= this.#entries[least].at) return;
      this.#swap(index, least);
      index = least;
    }
  }

  #swap(a: number, b: number): void {
    const first = this.#entries[a];
    const second = this.#entries[b];
    this.#entries[a] = second;
    this.#entries[b] = first;
    second.index = a;
    first.index = b;
  }
}
