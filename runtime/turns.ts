/**
 * Fairness among the connections of one process: a read that finds bytes waiting is done at once, without a turn of the
 * event loop, so a side that sends without a break would be the only one heard.
 *
 * @module
 */

import type { ReaderTurns } from "../wire/peer.ts";

/** For so many milliseconds what one side sends is dealt with before all else has a turn. */
const TURN_MS = 4;

/** The same while nobody else is connected: a turn costs the one that waits a millisecond or two. */
const LONE_TURN_MS = 20;

/** A read that took longer than this many milliseconds has waited, and all else had its turn. */
const WAITED_MS = 0.2;

/** The turns of one connection. */
export class Turns implements ReaderTurns {
  #busyMs = 0;
  #isAlone: () => boolean;

  /** `isAlone` tells whether there is no other connection of this kind. */
  constructor(isAlone: () => boolean) {
    this.#isAlone = isAlone;
  }

  worked(ms: number): void {
    this.#busyMs += ms;
  }

  read(ms: number): void {
    if (ms > WAITED_MS) this.#busyMs = 0;
  }

  get isOver(): boolean {
    return this.#busyMs > TURN_MS && (this.#busyMs > LONE_TURN_MS || !this.#isAlone());
  }

  others(): Promise<void> {
    this.#busyMs = 0;
    // A timer: an immediate comes before most of what others wait for.
    return new Promise((resolve) => setTimeout(resolve));
  }
}
