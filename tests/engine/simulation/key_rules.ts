/**
 * What has to hold of limits by key: how many hold a key, how many start in which time, and who needs no unit of it. Rules
 * are those of the engine.
 *
 * @module
 */

import type { LimitPolicy } from "../../../core/key_limit.ts";
import type { Ancestor, Origin, TaskRecord } from "../../../engine/task.ts";
import type { Invariant } from "./invariants.ts";
import type { World } from "./world.ts";

/** Of the last key the figures change. */
const CHANGING = "changing";

/** Limits that tasks have. */
export const LIMITS: readonly LimitPolicy[] = [
  { key: "one", concurrency: 1, perSecond: null, burst: 1 },
  { key: "two", concurrency: 2, perSecond: null, burst: 1 },
  { key: "rate", concurrency: null, perSecond: 50, burst: 1 },
  { key: "both", concurrency: 1, perSecond: 20, burst: 3 },
  { key: CHANGING, concurrency: 1, perSecond: null, burst: 1 },
  { key: CHANGING, concurrency: 3, perSecond: 100, burst: 2 },
  { key: CHANGING, concurrency: null, perSecond: 10, burst: 1 },
];

/** What is remembered of the starts of tasks that name a key. */
export class KeyRules {
  #starts = new Map<string, number[]>();

  /** A worker is given a task: that is a start. "Never more than the burst, and what has come since." */
  started({ clock, violated }: Pick<World, "clock" | "violated">, { id, origin: { limit } }: TaskRecord): void {
    if (limit === null || limit.perSecond === null || limit.key === CHANGING) return;
    const { name, perSecond, burst } = limit;
    const starts = this.#starts.get(name) ?? [];
    this.#starts.set(name, starts);
    starts.push(clock.now());
    for (const [at, since] of starts.entries()) {
      const most = burst + perSecond * (clock.now() - since) / 1000 + 0.001;
      if (starts.length - at > most) violated(`task ${id} is one of ${starts.length - at} starts of ${name}`);
    }
  }

  /** A subtask was accepted: "a task below one that holds the key needs no unit", and no other. */
  requireRight(
    { programs, violated }: World,
    { id, origin }: Pick<TaskRecord, "id" | "origin">,
    parent: TaskRecord | null,
  ) {
    const asked = programs.limits.get(id);
    if (asked === undefined) {
      if (origin.limit !== null) violated(`task ${id} has a limit, and asked for none`);
      return;
    }
    if (origin.limit !== null && !origin.limit.passes) return;
    for (let at: Ancestor | null = parent; at !== null; at = at.parent) {
      if (programs.limits.get(at.id)?.key === asked.key) return;
    }
    violated(`task ${id} needs no unit, and none above it holds the key`);
  }
}

/** Those that wait for their keys: ready, in no queue, and no worker has them. */
export function limitedIn({ fates, queue, dispatcher, workers }: World): TaskRecord[] {
  const given = new Set([...workers].flatMap((worker) => worker.runs.map(({ task }) => task)));
  return [...fates.values()].filter(({ task, result }) => {
    const waits = result === null && task.state === "ready" && task.origin.limit !== null;
    return waits && !queue.waiting.has(task) && !given.has(task) && dispatcher.find(task.id) === task;
  }).map(({ task }) => task);
}

/** "Never more than so many hold a key", apart from those below one that holds it. */
export const keysAreHeldByFew: Invariant = ({ queue, workers }) => {
  const held = new Map<string, number>();
  const count = ({ limit }: Origin) => {
    if (limit === null || limit.passes || limit.concurrency === null || limit.key === CHANGING) return null;
    const others = held.get(limit.name) ?? 0;
    held.set(limit.name, others + 1);
    return others < limit.concurrency ? null : `${others + 1} tasks hold ${limit.name}`;
  };
  for (const { origin } of queue.waiting) {
    const problem = count(origin);
    if (problem !== null) return problem;
  }
  for (const worker of workers) {
    for (const { task } of worker.runs) {
      const problem = count(task.origin);
      if (problem !== null) return problem;
    }
  }
  return null;
};

/** What a key is said to have is there, and what waits for it has a reason to. */
export const keysAreCounted: Invariant = (world) => {
  const { dispatcher: { limits }, clock, fates } = world;
  const waiting = limitedIn(world);
  // Those that wait for their next start hold their keys.
  if (limits.tasks > waiting.length) return `${limits.tasks} tasks are said to wait for keys, and ${waiting.length} do`;
  const live = new Map<string, number>();
  for (const { task: { origin: { limit } }, result } of fates.values()) {
    if (result === null && limit !== null) live.set(limit.key, (live.get(limit.key) ?? 0) + 1);
  }
  for (const { key, held, waiting, nextInMs } of limits.first) {
    if (held + waiting > (live.get(key) ?? 0)) {
      return `${held} hold ${key} and ${waiting} wait for it: that is too many`;
    }
    if (held === 0 && nextInMs === null) return `${waiting} tasks wait for ${key}, and nobody holds it`;
    if (nextInMs !== null && nextInMs > 1000 + clock.now()) return `${waiting} tasks wait for ${key} for ever`;
  }
  return null;
};
