/**
 * One schedule among the others: its value, where it stands in the line of due times, and its runs.
 *
 * @module
 */

import type { Due } from "../core/heap.ts";
import { dealWith, lastDueTimes, nextFresh } from "./due_times.ts";
import { type Calendar, everyCalendar, type KeptSchedule, type Schedule } from "./schedule.ts";
import { MAX_WAITING_RUNS, ScheduleRuns } from "./schedule_runs.ts";

/** What is later than this was missed. The clock is looked at as often. */
export const LATE_MS = 60_000;

/** What is due. */
export interface DueNow {
  /** What is to run, ascending; may be nothing. */
  readonly times: readonly number[];
  /** The first and the last of due times of which some were missed; null when none was. */
  readonly missed: readonly [from: number, to: number] | null;
}

/** A schedule; the line of due times has the earliest first. */
export class ScheduleEntry implements Due {
  index = -1;
  readonly runs = new ScheduleRuns();
  value: Schedule;
  /** The due times of a cron text. */
  cron: Calendar | null;
  /** Nothing was passed over since the latest range of due times that were dealt with. */
  #isNext = false;

  constructor(value: Schedule, cron: Calendar | null) {
    this.value = value;
    this.cron = cron;
  }

  /** All that the next life of the server needs. */
  get kept(): KeptSchedule {
    return { ...this.value, ...this.runs.left };
  }

  /** When it is due, by the wall clock. */
  get at(): number {
    return this.value.nextAt ?? Infinity;
  }

  /** The next due time is the first one behind this time. */
  scheduleBehind(wall: number): void {
    this.#isNext = false;
    this.change({ nextAt: this.value.isPaused ? null : this.#freshBehind(wall) });
  }

  /** Somebody has set the clock back by so much. */
  setBack(by: number, wall: number): void {
    const { spec, anchorAt, nextAt } = this.value;
    if (spec.everyMs === null) this.scheduleBehind(wall);
    // As much time is left as before.
    else this.change({ anchorAt: anchorAt - by, nextAt: nextAt === null ? null : nextAt - by });
  }

  /** It was kept, and it is this time now: where somebody has set the clock back meanwhile it is not to wait for as much. */
  goOn(wall: number): void {
    const { spec, nextAt } = this.value;
    if (nextAt === null || nextAt <= wall) return;
    if (spec.everyMs === null) this.scheduleBehind(wall);
    else if (nextAt - wall > spec.everyMs) this.setBack(nextAt - wall - spec.everyMs, wall);
  }

  /** Takes what was due up to now; the next due time lies behind it. */
  takeDue(wall: number): DueNow {
    const { spec, nextAt, dealtWith } = this.value;
    const first = nextAt!;
    const most = spec.catchUp === "all" ? MAX_WAITING_RUNS : 1;
    const found = lastDueTimes((after) => this.#freshBehind(after), first - 1, wall, most);
    const last = found[found.length - 1];
    const isLate = wall - last > LATE_MS;
    const times = isLate && spec.catchUp === "none" ? [] : found;
    // Those of `everyMs` are never found a second time: they move with a clock that is set back.
    if (times.length > 0 && spec.everyMs === null) {
      this.change({ dealtWith: dealWith(dealtWith, times[0], last, this.#isNext && times[0] === first) });
    }
    this.#isNext = times.length > 0;
    this.change({ nextAt: this.#freshBehind(wall) });
    return { times, missed: wall - first > LATE_MS ? [first, last] : null };
  }

  /** The same schedule, in part another. */
  change(change: Partial<Schedule>): void {
    this.value = { ...this.value, ...change };
  }

  #freshBehind(after: number): number | null {
    const { spec, anchorAt, dealtWith } = this.value;
    return nextFresh(this.cron ?? everyCalendar(spec.everyMs!, anchorAt), dealtWith, after);
  }
}
