/**
 * Fairness among the connections of one process: a read that finds bytes waiting is done at once, without a turn of the
 * event loop, so a side that sends without a break would be the only one heard.
 *
 * @module
 */

import type { ReaderTurns } from "../wire/peer_options.ts";
import type { SystemTurns } from "./system_turns.ts";

/** For so many milliseconds what comes in is dealt with before all else has a turn; all sides that have sent share them. */
const TURN_MS = 4;

/** The same for each while no more than one client is connected: a turn costs a third of a millisecond. */
const LONE_TURN_MS = 20;

/** Less work than this in a turn is not worth learning when the turn ends. */
const NOTEWORTHY_MS = 1;

/** So much has each side of a turn, however many they are. */
const LEAST_MS = 1;

/** A side with less work in a turn than this takes nobody's time. */
const SLIGHT_MS = 0.25;

/** Who works in the loop's turns. */
export class Sharers {
  /** Which turn it is. */
  turn = 0;
  #busyMs = 0;
  #now = 0;
  #before = 0;
  #isEndAwaited = false;

  /** Each of those that work has so many milliseconds of a turn. */
  get shareMs(): number {
    return Math.max(LEAST_MS, TURN_MS / Math.max(1, this.#now, this.#before));
  }

  /** One more works in this turn. */
  enter(): void {
    this.#now++;
  }

  /** Somebody has worked for so long in this turn. */
  worked(ms: number): void {
    this.#busyMs += ms;
    if (this.#isEndAwaited || this.#busyMs < NOTEWORTHY_MS) return;
    this.#isEndAwaited = true;
    // How long a read took does not tell whether it waited: collecting garbage takes time too. An immediate does.
    setImmediate(() => {
      this.#isEndAwaited = false;
      this.#busyMs = 0;
      this.#before = this.#now;
      this.#now = 0;
      this.turn++;
    });
  }
}

/** The turns of one connection, or of whoever else has much to do at once. */
export class Turns implements ReaderTurns {
  /** What was worked since the loop's turn began, and little that came before. */
  #busyMs = 0;
  #isCounted = false;
  #turn = 0;
  #system: Pick<SystemTurns, "next">;
  #isAlone: () => boolean;
  #sharers: Sharers;

  /** `isAlone` tells whether nobody else might wait; `sharers` are those of the process. */
  constructor(system: Pick<SystemTurns, "next">, isAlone: () => boolean, sharers = new Sharers()) {
    this.#system = system;
    this.#isAlone = isAlone;
    this.#sharers = sharers;
  }

  worked(ms: number): void {
    this.#begin();
    this.#busyMs += ms;
    if (!this.#isCounted && this.#busyMs >= SLIGHT_MS) {
      this.#isCounted = true;
      this.#sharers.enter();
    }
    this.#sharers.worked(ms);
  }

  get isOver(): boolean {
    this.#begin();
    return this.#busyMs > this.#sharers.shareMs && (this.#busyMs > LONE_TURN_MS || !this.#isAlone());
  }

  others(): Promise<void> {
    return this.#system.next();
  }

  /** What was worked in an earlier turn is over. */
  #begin(): void {
    if (this.#turn === this.#sharers.turn) return;
    this.#turn = this.#sharers.turn;
    this.#busyMs = 0;
    this.#isCounted = false;
  }
}
