/**
 * The line of schedules by their due times, and the one alarm for all of them. It goes off when the first of them is due,
 * and once a minute at least: nothing tells a program that the computer has slept, or that its clock was set, so it looks
 * at the clock.
 *
 * @module
 */

import type { Clock } from "../core/clock.ts";
import { DueHeap } from "../core/heap.ts";
import type { Alarm, Ticker } from "../core/ticker.ts";
import { LATE_MS, type ScheduleEntry } from "./schedule_entry.ts";

/** The ticker that the alarm is one of. */
export type ScheduleTicker = Pick<Ticker, "after" | "cancel"> & { readonly clock: Pick<Clock, "now" | "wall"> };

/** What the alarm has done. */
export interface LineHooks {
  /** The clock was set back by so much, and it is this time now. */
  onSetBack(by: number, wall: number): void;
  /** It is this time, and something may be due. */
  onTime(wall: number): void;
}

/** Schedules in the order of their due times. */
export class ScheduleLine {
  #ticker: ScheduleTicker;
  #hooks: LineHooks;
  /** By the wall clock. */
  #due = new DueHeap<ScheduleEntry>();
  #alarm: Alarm | null = null;
  /** When the clock was looked at last. */
  #look: { readonly wall: number; readonly now: number };

  constructor(ticker: ScheduleTicker, hooks: LineHooks) {
    this.#ticker = ticker;
    this.#hooks = hooks;
    this.#look = { wall: ticker.clock.wall(), now: ticker.clock.now() };
  }

  /** When the first of them is due; null when none is. */
  get nextAt(): number | null {
    return this.#due.peek()?.at ?? null;
  }

  /** Takes a schedule out of its place; what changes its due time puts it back. */
  remove(entry: ScheduleEntry): void {
    this.#due.remove(entry);
  }

  /** Puts a schedule that has no place into its own, where it is due at some time. */
  add(entry: ScheduleEntry): void {
    if (entry.value.nextAt !== null) this.#due.push(entry);
  }

  /** The first that is due at this time, left in its place. */
  firstDue(wall: number): ScheduleEntry | null {
    const first = this.#due.peek();
    return first === undefined || first.at > wall ? null : first;
  }

  /** The time of day. */
  lookAtClock(): number {
    const { clock } = this.#ticker;
    const before = this.#look;
    const { wall, now } = this.#look = { wall: clock.wall(), now: clock.now() };
    if (wall < before.wall) this.#hooks.onSetBack(before.wall + (now - before.now) - wall, wall);
    return wall;
  }

  /** Sets the alarm anew: for at once, or for what comes first. */
  arm(isAtOnce: boolean): void {
    this.disarm();
    const { nextAt } = this;
    if (nextAt === null && !isAtOnce) return;
    const untilFirst = isAtOnce ? 0 : Math.max(0, nextAt! - this.#ticker.clock.wall());
    this.#alarm = this.#ticker.after(Math.min(untilFirst, LATE_MS), () => {
      this.#alarm = null;
      this.#hooks.onTime(this.lookAtClock());
    });
  }

  /** Sets no alarm any more. */
  disarm(): void {
    this.#ticker.cancel(this.#alarm);
    this.#alarm = null;
  }
}
