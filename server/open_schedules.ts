/**
 * Puts a server's schedules together: the book, what submits their runs, and what the log says of them.
 *
 * @module
 */

import { Schedules } from "../engine/schedules.ts";
import type { Ticker } from "../core/ticker.ts";
import type { TaskStore } from "../engine/task_store.ts";
import { endsWithServer } from "./schedule_requests.ts";
import { type StoredSchedule, StoredSchedules } from "./stored_schedules.ts";
import { ScheduledRuns, type ScheduledRunsParams } from "./scheduled_runs.ts";

/** What schedules have to do with. */
export interface OpenSchedulesParams extends Omit<ScheduledRunsParams, "onEnded"> {
  ticker: Ticker;
  store: Pick<TaskStore, "keepSchedule">;
}

/** The schedules of a server: none at first, see {@linkcode restoreSchedules}. */
export function openSchedules({ ticker, store, ...params }: OpenSchedulesParams): Schedules {
  const stored = params.keepsTasks ? new StoredSchedules(store) : null;
  const runs = new ScheduledRuns({ ...params, onEnded: (...ended) => schedules.ended(...ended) });
  const schedules = new Schedules({
    ticker,
    submit: (...run) => runs.submit(...run),
    onChanged(schedule, isGone) {
      stored?.onChanged(schedule, isGone);
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

/** Goes on with those that an earlier server has left, once the store has given what it kept of their runs. */
export function restoreSchedules(
  schedules: Schedules,
  kept: readonly StoredSchedule[],
  store: Pick<TaskStore, "has" | "peek" | "letterOf">,
): void {
  for (const { value, cron } of kept) {
    // What is not to outlive a server is gone with it, and does not run a second time.
    const isGone = endsWithServer(value.task);
    schedules.restore(value, cron, (id) => {
      if (store.has(id)) return "unfinished";
      const status = store.peek(id)?.status ?? store.letterOf(id)?.result.status;
      return status ?? (isGone ? "cancelled" : null);
    });
  }
}

function isoOf(ms: number): string {
  return new Date(ms).toISOString();
}
