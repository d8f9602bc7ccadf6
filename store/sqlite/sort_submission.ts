/**
 * What a submission has that is new to a store, and what is there already.
 *
 * @module
 */

import { fingerprint } from "../../engine/fingerprint.ts";
import type { Origin } from "../../engine/task.ts";
import { duplicateTask, type Submitted } from "../../engine/task_store.ts";
import type { UnfinishedTasks } from "../unfinished_tasks.ts";
import { type DiskIndex, fingerprintAt } from "./disk_index.ts";

/** Where tasks and results may be. */
export interface Known {
  readonly disk: DiskIndex;
  readonly tasks: UnfinishedTasks;
  /** How a task ended, while that is kept. */
  result(id: string): { readonly fingerprint: number } | undefined;
}

/** The tasks of a submission; those that are there and wait, or are over, are none of these. */
export interface Sorted {
  readonly fresh: readonly Submitted[];
  /** Of the fresh ones. */
  readonly fingerprints: readonly number[];
  /** In the file, and let go of since. */
  readonly released: readonly Submitted[];
  /** Some are on their way to the disk by another submission: these say what becomes of them. */
  readonly arrivals: ReadonlySet<Promise<void>>;
}

const NONE: ReadonlySet<Promise<void>> = new Set();

/**
 * Sorts them.
 *
 * @throws {TaskError} `DUPLICATE_TASK`.
 */
export function sortSubmission(origin: Origin, tasks: readonly Submitted[], known: Known): Sorted {
  const fresh: Submitted[] = [];
  const fingerprints: number[] = [];
  const released: Submitted[] = [];
  let arrivals: Set<Promise<void>> | null = null;
  // Most submissions are of one task.
  const seen = tasks.length > 1 ? new Map<string, number>() : null;
  for (const task of tasks) {
    const [id, input] = task;
    const own = fingerprint(origin.profile, input);
    const there = known.disk.find(id);
    const waits = known.tasks.has(id);
    const other = there === undefined
      ? seen?.get(id) ?? (waits ? known.tasks.fingerprintOf(id) : known.result(id)?.fingerprint)
      : fingerprintAt(there);
    if (other !== undefined && other !== own) throw duplicateTask(id);
    if (there !== undefined && there.block.arrival !== null) (arrivals ??= new Set()).add(there.block.arrival);
    else if (there !== undefined && !waits) released.push(task);
    else if (other === undefined) {
      seen?.set(id, own);
      fresh.push(task);
      fingerprints.push(own);
    }
  }
  return { fresh, fingerprints, released, arrivals: arrivals ?? NONE };
}
