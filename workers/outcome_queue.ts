/**
 * Outcomes between a run and who reads them, in the items' order or as they come.
 *
 * @module
 */

import { Fifo } from "../core/fifo.ts";
import type { ItemOutcome } from "./pool_run.ts";

/** An outcome, and about how large it is, encoded. */
export interface SizedOutcome {
  readonly outcome: ItemOutcome;
  readonly bytes: number;
}

/** Read by one reader. */
export class OutcomeQueue {
  #isOrdered: boolean;
  #ready = new Fifo<SizedOutcome>();
  /** Those that are ahead of the next in order. */
  #early = new Map<number, SizedOutcome>();
  #next = 0;
  /** Lets the reader look again; set by it. */
  wake: () => void = () => {};

  constructor(isOrdered: boolean) {
    this.#isOrdered = isOrdered;
  }

  /** Takes one in. */
  add(index: number, outcome: SizedOutcome): void {
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
    this.wake();
  }

  /** The next, or undefined when it is not there. */
  shift(): SizedOutcome | undefined {
    return this.#ready.shift();
  }
}
