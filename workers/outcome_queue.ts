/**
 * Outcomes between a run and who reads them, in the items' order or as they come.
 *
 * @module
 */

import { Fifo } from "../core/fifo.ts";
import type { ItemOutcome } from "./pool_run.ts";

/** Read by one reader. */
export class OutcomeQueue {
  #isOrdered: boolean;
  #ready = new Fifo<ItemOutcome>();
  /** Those that are ahead of the next in order. */
  #early = new Map<number, ItemOutcome>();
  #next = 0;
  #wake: (() => void) | null = null;

  constructor(isOrdered: boolean) {
    this.#isOrdered = isOrdered;
  }

  /** Takes one in. */
  add(index: number, outcome: ItemOutcome): void {
    if (this.#isOrdered && index !== this.#next) {
      this.#early.set(index, outcome);
      return;
    }
    this.#ready.push(outcome);
    this.#next++;
    for (let early = this.#early.get(this.#next); early !== undefined; early = this.#early.get(this.#next)) {
      this.#early.delete(this.#next++);
      this.#ready.push(early);
    }
    this.#wake?.();
  }

  /** Lets the reader look again. */
  wake(): void {
    this.#wake?.();
  }

  /** The next, or undefined when it is not there. */
  shift(): ItemOutcome | undefined {
    return this.#ready.shift();
  }

  /** Resolves when something has come. */
  changed(): Promise<void> {
    return new Promise((resolve) => this.#wake = resolve);
  }
}
