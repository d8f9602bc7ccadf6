/**
 * The time of a simulation, and what happens in it besides what the server's ticker does.
 *
 * @module
 */

import { type Due, DueHeap } from "../../../core/heap.ts";
import type { FakeClock } from "../../helpers/fake_clock.ts";

interface Entry extends Due {
  readonly act: () => void;
}

/** What is to happen, in order of time. */
export class Agenda {
  readonly clock: FakeClock;
  #entries = new DueHeap<Entry>();

  constructor(clock: FakeClock) {
    this.clock = clock;
  }

  /** When something happens next, the ticker's alarms included. */
  get nextAt(): number {
    return Math.min(this.#entries.peek()?.at ?? Infinity, ...this.clock.timers);
  }

  /** When something happens next that is not an alarm of the ticker's. */
  get nextActAt(): number {
    return this.#entries.peek()?.at ?? Infinity;
  }

  /** Has something happen. */
  at(at: number, act: () => void): void {
    this.#entries.push({ at, index: -1, act });
  }

  /** Has something happen so many milliseconds from now. */
  after(ms: number, act: () => void): void {
    this.at(this.clock.now() + ms, act);
  }

  /** Goes on to what happens next: one act, or what the ticker has due. */
  step(): void {
    const entry = this.#entries.peek();
    const timerAt = Math.min(...this.clock.timers);
    if (entry === undefined || timerAt <= entry.at) {
      this.clock.advance(Math.max(0, timerAt - this.clock.now()));
      return;
    }
    this.clock.advance(Math.max(0, entry.at - this.clock.now()));
    this.#entries.remove(entry);
    entry.act();
  }
}

/** One direction of a connection: what is sent arrives late, and in order. */
export class Wire {
  #agenda: Agenda;
  #latencyMs: () => number;
  #sent: (() => void)[] = [];
  #lastAt = 0;

  constructor(agenda: Agenda, latencyMs: () => number) {
    this.#agenda = agenda;
    this.#latencyMs = latencyMs;
  }

  /** `arrive` happens on the other side. */
  send(arrive: () => void): void {
    this.#sent.push(arrive);
    this.#lastAt = Math.max(this.#lastAt, this.#agenda.clock.now() + this.#latencyMs());
    this.#agenda.at(this.#lastAt, () => this.#sent.shift()!());
  }
}
