/**
 * Fairness among the connections of one process: a read that finds bytes waiting is done at once, without a turn of the
 * event loop, so a side that sends without a break would be the only one heard.
 *
 * @module
 */

import type { ReaderTurns } from "../wire/peer_options.ts";
import type { SystemTurns } from "./system_turns.ts";

/** For so many milliseconds what one side sends is dealt with before all else has a turn. */
const TURN_MS = 4;

/** The same while no more than one client is connected: a turn costs a third of a millisecond. */
const LONE_TURN_MS = 20;

/** Less work than this in a turn is not worth learning when the turn ends. */
const NOTEWORTHY_MS = 1;

/** The turns of one connection. */
export class Turns implements ReaderTurns {
  /** What was worked since the loop's turn began, and little that came before. */
  #busyMs = 0;
  #isEndAwaited = false;
  #system: Pick<SystemTurns, "next">;
  #isAlone: () => boolean;

  /** `isAlone` tells whether nobody else might wait. */
  constructor(system: Pick<SystemTurns, "next">, isAlone: () => boolean) {
    this.#system = system;
    this.#isAlone = isAlone;
  }

  worked(ms: number): void {
    this.#busyMs += ms;
    if (this.#isEndAwaited || this.#busyMs < NOTEWORTHY_MS) return;
    this.#isEndAwaited = true;
    // How long a read took does not tell whether it waited: collecting garbage takes time too. An immediate does.
    setImmediate(() => {
      this.#isEndAwaited = false;
      this.#busyMs = 0;
    });
  }

  get isOver(): boolean {
    return this.#busyMs > TURN_MS && (this.#busyMs > LONE_TURN_MS || !this.#isAlone());
  }

  others(): Promise<void> {
    return this.#system.next();
  }
}
