/**
 * Worker slots, and the right to run that they stand for.
 *
 * A task that waits for its subtasks lends its slot; when what it waited for is there, it gets a slot back before any
 * new task starts. So one slot is enough for any depth of nesting.
 *
 * @module
 */

import { Fifo } from "../core/fifo.ts";

/** Counts slots; who holds one is known by the caller. */
export class Slots {
  /** How many tasks may run at once. */
  readonly total: number;
  #taken = 0;
  #lent = 0;
  #resuming = new Fifo<() => void>();

  /** `total` slots, all free. */
  constructor(total: number) {
    this.total = total;
  }

  /** Slots whose holders run. */
  get taken(): number {
    return this.#taken;
  }

  /** Tasks that have lent their slot and wait for subtasks. */
  get lent(): number {
    return this.#lent;
  }

  /** Tasks that may go on and wait only for a slot. */
  get resuming(): number {
    return this.#resuming.length;
  }

  /** True when a new task may take a slot: one is free and nobody waits to resume. */
  get hasRoom(): boolean {
    return this.#taken < this.total && this.#resuming.length === 0;
  }

  /** Takes a slot for a new task; look at {@linkcode Slots.hasRoom} first. */
  take(): void {
    this.#taken++;
  }

  /** A running task's slot becomes free for good. */
  release(): void {
    this.#taken--;
    this.#resumeNext();
  }

  /** A running task begins to wait: its slot is free until it resumes. */
  lend(): void {
    this.#lent++;
    this.#taken--;
    this.#resumeNext();
  }

  /** A waiting task may go on: `resumed` is called, at once or later, when it has a slot again. */
  resume(resumed: () => void): void {
    this.#resuming.push(resumed);
    this.#resumeNext();
  }

  /** A task that had lent its slot ended while it waited: it wants none back. */
  forgetLent(): void {
    this.#lent--;
  }

  #resumeNext(): void {
    while (this.#taken < this.total) {
      const resumed = this.#resuming.shift();
      if (resumed === undefined) return;
      this.#taken++;
      this.#lent--;
      resumed();
    }
  }
}
