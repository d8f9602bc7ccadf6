/**
 * A snapshot of a server. It waits for nothing and holds nothing up.
 *
 * @module
 */

import type { ServerStatus, WorkerStatus } from "../wire/server_status.ts";
import type { Slots } from "../core/slots.ts";
import { cpuMs, rssBytes } from "./process_stats.ts";
import type { TaskRun } from "./task_run.ts";

/** Where the figures come from. */
export interface StatusSources extends Omit<ServerStatus, "workers" | "slots" | "uptimeMs"> {
  runs: Iterable<TaskRun>;
  slotCounts: Slots;
  startedAt: number;
  now: number;
}

/** Puts the figures together. */
export function makeStatus(
  { runs, slotCounts: { total, taken, lent }, startedAt, now, ...rest }: StatusSources,
): ServerStatus {
  return {
    ...rest,
    uptimeMs: now - startedAt,
    workers: Array.from(runs, (run) => workerStatus(run, now)),
    slots: { total, taken, lent },
  };
}

function workerStatus(run: TaskRun, now: number): WorkerStatus {
  const { task, pid, name } = run;
  const ageMs = now - run.startedAt;
  const cpu = pid === null ? null : cpuMs(pid);
  return {
    name,
    pid,
    taskId: task.id,
    taskName: task.profile.name,
    state: task.state,
    depth: task.depth,
    ageMs,
    cpu: cpu === null || ageMs <= 0 ? null : cpu / ageMs,
    rssBytes: pid === null ? null : rssBytes(pid),
  };
}
