/**
 * How often tasks have run that are not over, on its way into the file and out of it. Of a task that begins and ends between
 * two batches nothing is written.
 *
 * @module
 */

import { unpackUuid } from "../../core/uuid.ts";
import type { RunsSoFar } from "../../engine/task_store.ts";
import type { Change, KeptRuns } from "./changes.ts";
import { idBytes } from "./stored_results.ts";
import { numbersOf } from "./sums.ts";

type About = readonly [
  attempt: number,
  failed: number,
  crashes: number,
  isRunning: 0 | 1,
  /** How long the next attempt was to wait, and the time of day at which that is over. */
  next: readonly [ms: number, at: number] | null,
];

/** Runs of tasks by their ids. */
export class DiskRuns {
  /** What is to be written. */
  #fresh = new Map<string, About>();
  /** Tasks of which the file has something. */
  #written = new Set<string>();

  /** Of a task this holds from now on; `now` is the time of day. */
  put(id: string, { attempt, failed, crashes, isRunning, nextInMs }: RunsSoFar, now: number): void {
    const next = nextInMs === null ? null : [nextInMs, now + nextInMs] as const;
    const about: About = [attempt, failed, crashes, isRunning ? 1 : 0, next];
    this.#fresh.set(id, about);
  }

  /** A task is over; gives what is to be written of that. */
  end(id: string): Change[] {
    this.#fresh.delete(id);
    return this.#written.delete(id) ? [["runs", idBytes(id), null]] : [];
  }

  /** What is to be written since the last time. */
  takeChanges(): Change[] {
    const changes: Change[] = [];
    for (const [id, about] of this.#fresh) {
      changes.push(["runs", idBytes(id), JSON.stringify(about)]);
      this.#written.add(id);
    }
    this.#fresh.clear();
    return changes;
  }

  /** Takes up what was kept of a task. Somebody may have set the clock since: it waits no longer than it was to. */
  takeUp({ id: bytes, about }: KeptRuns, now: number): { id: string; runs: RunsSoFar } {
    const id = unpackUuid(numbersOf(bytes), 0);
    this.#written.add(id);
    const [attempt, failed, crashes, isRunning, next] = JSON.parse(about) as About;
    const nextInMs = next === null ? null : Math.min(next[0], Math.max(0, next[1] - now));
    return { id, runs: { attempt, failed, crashes, isRunning: isRunning === 1, nextInMs } };
  }
}
