/**
 * A server that is paused starts nothing new. What runs goes on, and so does all that is submitted below it: a task that
 * waits for its subtasks would else hold its process until somebody resumes. What a finished task has left behind waits,
 * and so does what stands on a worker behind another task; one for which a process is being started begins.
 *
 * @module
 */

import type { Assignments } from "./assignments.ts";
import type { FairQueue } from "./fair_queue.ts";
import type { KnownTasks } from "./known_tasks.ts";
import type { QueueItem } from "./task.ts";

/** What pausing has to do with. */
export interface PausingParams {
  queue: Pick<FairQueue, "pause" | "resume">;
  tasks: Pick<KnownTasks, "get">;
  assignments: Pick<Assignments, "recallAll">;
  /** There may be something to start. */
  onResumed(): void;
}

/** Whether tasks begin. */
export class Pausing {
  #params: PausingParams;
  #since: number | null = null;

  constructor(params: PausingParams) {
    this.#params = params;
  }

  /** Since when nothing new starts: wall clock, milliseconds. Null while it does. */
  get since(): number | null {
    return this.#since;
  }

  /** Starts nothing new from `at` on; one that is paused already has been so for longer. */
  pause(at: number): void {
    if (this.#since !== null) return;
    this.#since = at;
    this.#params.queue.pause((item) => this.#comesFromRunning(item));
    this.#params.assignments.recallAll();
  }

  /** Starts what waits. */
  resume(): void {
    if (this.#since === null) return;
    this.#since = null;
    this.#params.queue.resume();
    this.#params.onResumed();
  }

  #comesFromRunning({ origin }: QueueItem): boolean {
    for (let above = origin.parent; above !== null; above = above.parent) {
      const state = this.#params.tasks.get(above.id)?.state;
      if (state === "running" || state === "waiting") return true;
    }
    return false;
  }
}
