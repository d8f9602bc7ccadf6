/** The book of schedules over a clock that a test turns, and what it has submitted. */
import { Ticker } from "../../core/ticker.ts";
import type { Answer } from "../../core/later.ts";
import { Schedules } from "../../engine/schedules.ts";
import type { Calendar, KeptSchedule, Schedule, ScheduleSpec } from "../../engine/schedule.ts";
import { FakeClock } from "./fake_clock.ts";

export const HOUR = 3_600_000;
export const DAY = 24 * HOUR;

/** A run that was submitted. */
export interface BookRun {
  readonly name: string;
  readonly id: string;
  /** When it was due. */
  readonly at: number;
  readonly answer: Answer<void>;
}

/** Each day at this hour, by UTC. */
export function daily(hour: number): Calendar {
  return (after) => Math.floor((after - hour * HOUR) / DAY + 1) * DAY + hour * HOUR;
}

export class ScheduleBook {
  readonly clock: FakeClock;
  readonly runs: BookRun[] = [];
  readonly missed: [from: number, to: number, caughtUp: number][] = [];
  /** The last value of each schedule that a store would have. */
  readonly kept = new Map<string, KeptSchedule>();
  readonly schedules: Schedules;
  /** What becomes of a run that is submitted. */
  onSubmit: (run: BookRun) => void = ({ answer }) => answer.give();

  constructor(clock = new FakeClock()) {
    this.clock = clock;
    this.schedules = new Schedules({
      ticker: new Ticker(clock),
      submit: ({ name, last }, id, answer) => {
        const run = { name, id, at: last!.at, answer };
        this.runs.push(run);
        this.onSubmit(run);
      },
      onChanged: (schedule, isGone) => {
        if (isGone) this.kept.delete(schedule.name);
        else this.kept.set(schedule.name, schedule);
      },
      onMissed: (_schedule, ...missed) => void this.missed.push(missed),
    });
  }

  /** Sets one; `calendar` stands for what a cron text means. */
  set(name: string, spec: Partial<ScheduleSpec>, calendar: Calendar | null = null, bytes = 0): Schedule {
    const all = { cron: calendar && "cron", timeZone: "UTC", everyMs: null, overlap: "skip", catchUp: "one" } as const;
    const task = { submission: new Uint8Array(), input: new Uint8Array(bytes), name: "task" };
    return this.schedules.set({
      clientKey: { name: "", weight: 1 },
      name,
      spec: { ...all, ...spec },
      task,
      cron: calendar,
    });
  }

  get(name: string): Schedule {
    return this.schedules.get("", name)!;
  }

  /** Turns the clock to this time of day, from where it is. */
  advanceTo(wall: number): void {
    this.clock.advance(wall - this.clock.wall());
  }

  /** Ends the unfinished run that was submitted first. */
  end(id: string): void {
    this.schedules.ended(id, "succeeded");
    this.clock.advance(0);
  }

  /** When the runs were due. */
  get times(): number[] {
    return this.runs.map(({ at }) => at);
  }
}
