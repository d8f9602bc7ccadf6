/**
 * The one timer of a server: every deadline is an entry in a heap, and the clock is asked to wake the ticker for the
 * earliest of them.
 *
 * @module
 */

import type { Clock } from "./clock.ts";
import { type Due, DueHeap } from "./heap.ts";

/** Something to be done at a time; cancel it with {@linkcode Ticker.cancel}. */
export interface Alarm extends Due {
  readonly fire: () => void;
}

/** Fires what is due. */
export class Ticker {
  readonly clock: Clock;
  #alarms = new DueHeap<Alarm>();
  #unschedule: (() => void) | null = null;
  #scheduledFor = Infinity;

  constructor(clock: Clock) {
    this.clock = clock;
  }

  /** A clock whose timers are alarms of this ticker. */
  get alarms(): Clock {
    const { now, wall } = this.clock;
    return {
      now: now.bind(this.clock),
      wall: wall.bind(this.clock),
      schedule: (delayMs, callback) => {
        const alarm = this.after(delayMs, callback);
        return () => this.cancel(alarm);
      },
    };
  }

  /** Calls back after `ms` milliseconds, once. */
  after(ms: number, fire: () => void): Alarm {
    // It would stand before all others for ever.
    if (Number.isNaN(ms)) throw new RangeError("Cannot set an alarm: the milliseconds are NaN");
    const alarm: Alarm = { at: this.clock.now() + ms, index: -1, fire };
    this.#alarms.push(alarm);
    this.#reschedule();
    return alarm;
  }

  /** Takes an alarm back; does nothing when it has fired. */
  cancel(alarm: Alarm | null): void {
    // The timer is left alone: waking once for nothing is cheaper than setting it anew for each cancelled alarm.
    if (alarm !== null) this.#alarms.remove(alarm);
    if (this.#alarms.length === 0) this.#reschedule();
  }

  /** Fires all that is due at `now` and schedules the next wake-up. */
  tick(now: number): void {
    this.#scheduledFor = Infinity;
    for (let alarm = this.#alarms.peek(); alarm !== undefined && alarm.at <= now; alarm = this.#alarms.peek()) {
      this.#alarms.remove(alarm);
      alarm.fire();
    }
    this.#reschedule();
  }

  /** Forgets everything. */
  stop(): void {
    // One by one, so that each knows that it is out: it may still be cancelled by whoever holds it.
    for (let alarm = this.#alarms.peek(); alarm !== undefined; alarm = this.#alarms.peek()) this.#alarms.remove(alarm);
    this.#reschedule();
  }

  #reschedule(): void {
    const at = this.#alarms.peek()?.at ?? Infinity;
    if (at === this.#scheduledFor || (at > this.#scheduledFor && at !== Infinity)) return;
    this.#unschedule?.();
    this.#unschedule = null;
    this.#scheduledFor = at;
    if (at === Infinity) return;
    this.#unschedule = this.clock.schedule(at - this.clock.now(), () => this.tick(this.clock.now()));
  }
}
