/**
 * A snapshot of a server. It waits for nothing and holds nothing up.
 *
 * @module
 */

import type { ServerStatus, WorkerStatus } from "../wire/server_status.ts";
import type { Slots } from "../engine/slots.ts";
import { cpuMs, rssBytes } from "../host/process_stats.ts";
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

function workerStatus(worker: Worker, now: number): WorkerStatus {
  const { pid, name, current } = worker;
  const ageMs = now - worker.startedAt;
  const cpu = pid === null ? null : cpuMs(pid);
  return {
    name,
    pid,
    taskId: current?.task.id ?? null,
    taskName: current?.task.profile.name ?? null,
    state: current?.task.state ?? (worker.isEnding ? "ending" : "idle"),
    depth: current?.task.origin.depth ?? 0,
    ageMs,
    cpu: cpu === null || ageMs <= 0 ? null : cpu / ageMs,
    rssBytes: pid === null ? null : rssBytes(pid),
  };
}
