/**
 * Processes whose tasks wait for subtasks or for what a stream brings: they run nothing, and nobody else can have them.
 *
 * @module
 */

import { TaskError } from "../core/errors.ts";
import type { TaskRecord } from "./task.ts";
import type { TaskRun } from "./task_run.ts";

/** Who has most of them. */
export interface Holder {
  readonly owner: string;
  readonly count: number;
  /** The one of its runs that began last: what is lost with it is the least. */
  readonly latest: TaskRun;
  /** How many another has. */
  countOf(owner: string): number;
}

/** True for a run that waits, and has lent its slot. */
export function isHeld({ slot, verdict }: TaskRun): boolean {
  return slot === "lent" && verdict === null;
}

/** The client with the most of these runs; null when there are none. */
export function heaviest(held: readonly TaskRun[]): Holder | null {
  const counts = new Map<string, number>();
  for (const { task: { origin: { owner } } } of held) counts.set(owner, (counts.get(owner) ?? 0) + 1);
  const [first] = [...counts].sort(([, one], [, other]) => other - one);
  if (first === undefined) return null;
  const [owner, count] = first;
  const latest = held.filter(({ task }) => task.origin.owner === owner)
    .reduce((one, other) => other.startedAt >= one.startedAt ? other : one);
  return { owner, count, latest, countOf: (other) => counts.get(other) ?? 0 };
}

/**
 * All processes are taken, and `next` wants one: whoever has most of them waiting for something pays. Its latest run is
 * ended, and gives its process up in a moment. False when nobody is to pay for this task but its own client.
 */
export function makePay(runs: Iterable<TaskRun>, next: Pick<TaskRecord, "origin">, maxProcesses: number): boolean {
  const payer = heaviest(Array.from(runs).filter(isHeld));
  const { owner } = next.origin;
  if (payer === null || payer.count <= payer.countOf(owner)) return false;
  payer.latest.end("failed", processLimit(maxProcesses), 0);
  return true;
}

/** What a task ends with when there can be no process. */
export function processLimit(maxProcesses: number): TaskError {
  return new TaskError(
    "PROCESS_LIMIT",
    `Cannot start the task: all ${maxProcesses} processes that there may be wait for subtasks or for what a stream brings; nest less deep, read the streams that are open, or raise maxProcesses`,
  );
}
