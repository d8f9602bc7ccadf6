/**
 * Puts a server's schedules together: the book, what submits their runs, and what the log says of them.
 *
 * @module
 */

import { Schedules } from "../engine/schedules.ts";
import type { Ticker } from "../core/ticker.ts";
import { ScheduledRuns, type ScheduledRunsParams } from "./scheduled_runs.ts";

/** What schedules have to do with. */
export interface OpenSchedulesParams extends Omit<ScheduledRunsParams, "onEnded"> {
  ticker: Ticker;
}

/** The schedules of a server: none at first. */
export function openSchedules({ ticker, ...params }: OpenSchedulesParams): Schedules {
  const runs = new ScheduledRuns({ ...params, onEnded: (...ended) => schedules.ended(...ended) });
  const schedules = new Schedules({
    ticker,
    submit: (...run) => runs.submit(...run),
    onChanged(schedule, isGone) {
      if (!isGone) return;
      runs.forget(schedule);
      const keyName = schedule.clientKey.name;
      if (schedules.list(keyName).length === 0) runs.leave(keyName);
    },
    onMissed({ name }, from, to, caughtUp) {
      const times = from === to ? `its time ${isoOf(from)}` : `times from ${isoOf(from)} to ${isoOf(to)}`;
      params.log.write("Server", "warning", `The schedule "${name}" has missed ${times}: ${caughtUp} run now`);
    },
  });
  return schedules;
}

function isoOf(ms: number): string {
  return new Date(ms).toISOString();
}
