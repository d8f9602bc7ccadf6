/**
 * A snapshot of a server. It waits for nothing and holds nothing up.
 *
 * @module
 */

import type { KeyLimitsStatus, ServerStatus, WorkerStatus } from "../wire/server_status.ts";
import type { Slots } from "../engine/slots.ts";
import { cpuMs, rssBytes } from "../host/process_stats.ts";
import type { LimitsView } from "../engine/limits_view.ts";
import { ItemsRun } from "../engine/items_run.ts";
import type { TaskRun } from "../engine/task_run.ts";
import type { Worker } from "../engine/worker.ts";

/** Where the figures come from. */
export interface StatusSources extends Omit<ServerStatus, "workers" | "slots" | "uptimeMs"> {
  live: Iterable<Worker>;
  slotCounts: Slots;
  startedAt: number;
  now: number;
}

/** Puts the figures together. */
export function makeStatus(
  { live, slotCounts: { total, taken, lent }, startedAt, now, ...rest }: StatusSources,
): ServerStatus {
  return {
    ...rest,
    uptimeMs: now - startedAt,
    workers: Array.from(live, (worker) => workerStatus(worker, now)),
    slots: { total, taken, lent },
  };
}

/** The keys that tasks wait for, at a time of day. */
export function keyLimitsStatus({ keys, tasks, first }: LimitsView, wall: number): KeyLimitsStatus {
  return {
    keys,
    tasks,
    first: first.map(({ nextInMs, ...view }) => ({ ...view, nextAt: nextInMs === null ? null : wall + nextInMs })),
  };
}

function workerStatus(worker: Worker, now: number): WorkerStatus {
  const { pid, name, head } = worker;
  const ageMs = now - worker.startedAt;
  const cpu = pid === null ? null : cpuMs(pid);
  return {
    name,
    pid,
    ...(head === null ? nothing(worker) : head instanceof ItemsRun ? itemStatus(head) : taskStatus(head)),
    ageMs,
    cpu: cpu === null || ageMs <= 0 ? null : cpu / ageMs,
    rssBytes: pid === null ? null : rssBytes(pid),
  };
}

type Work = Pick<WorkerStatus, "taskId" | "taskName" | "state" | "depth">;

function nothing({ isEnding }: Worker): Work {
  return { taskId: null, taskName: null, state: isEnding ? "ending" : "idle", depth: 0 };
}

function taskStatus({ task: { id, profile, state, origin } }: TaskRun): Work {
  return { taskId: id, taskName: profile.name, state, depth: origin.depth };
}

/** Looking at it makes no task of it. */
function itemStatus({ block, from, startedAt }: ItemsRun): Work {
  const { name } = block.profile;
  return {
    taskId: block.idOf(from),
    taskName: name,
    state: startedAt > 0 ? "running" : "ready",
    depth: block.origin.depth,
  };
}
