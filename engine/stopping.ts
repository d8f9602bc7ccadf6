/**
 * The end of a server, as far as tasks go: nothing new is taken, what waits is handed back, what runs ends or is killed,
 * and it is known when nothing is left.
 *
 * @module
 */

import { TaskKilledByQuitSignal } from "../core/errors.ts";
import type { Admission } from "./admission.ts";
import type { Assignments } from "./assignments.ts";
import type { HandingBack } from "./handing_back.ts";
import { serverLost } from "./lost_servers.ts";
import type { KnownTasks } from "./known_tasks.ts";
import type { UniqueKeys } from "./unique_keys.ts";

/** What stopping has to do with. */
export interface StoppingParams {
  admission: Admission;
  assignments: Assignments;
  handingBack: HandingBack;
  tasks: KnownTasks;
  uniques: Pick<UniqueKeys, "stop">;
}

/** Stops, and tells when that is done. */
export class Stopping {
  #params: StoppingParams;
  /** Tasks of clients that this has ended: they have no outcome. */
  #ended = new Set<string>();
  #idleWaiters: (() => void)[] = [];
  #onFetched: () => void = () => {};

  constructor(params: StoppingParams) {
    this.#params = params;
  }

  /** Takes nothing new from clients and lets go of what waits; tasks that run may still submit what they need to end. */
  drain(): void {
    const { admission, assignments, handingBack, uniques } = this.#params;
    admission.quiet();
    uniques.stop();
    assignments.endIdle();
    assignments.unrestAll();
    handingBack.begin("drain");
    // What waits on a worker's side, behind what runs there, waits too.
    assignments.recallAll();
    // Subtasks that waited for their next start are in the queue now, and nothing else need happen any more.
    assignments.startReady();
    this.checkIdle();
  }

  /** Ends all that runs, and lets go of what waits. */
  killAll(graceMs: number): void {
    const { assignments, handingBack, uniques } = this.#params;
    uniques.stop();
    assignments.unrestAll();
    handingBack.begin("now");
    const error = new TaskKilledByQuitSignal();
    for (const run of assignments.current) {
      const { task } = run;
      // A stream cannot begin again behind what its consumer has; a subtask does so where the store has it.
      const beginsAgain = (task.parent === null || task.origin.durable) && !task.profile.stream;
      const isLost = task.origin.durable && task.origin.onServerLoss === "fail";
      if (beginsAgain && !isLost && run.verdict === null) this.#ended.add(task.id);
      run.end("failed", isLost ? serverLost() : error, graceMs);
    }
    this.checkIdle();
  }

  /** True, once, for a task whose end is no outcome: its client submits it again to the next server. */
  takesOutcome(id: string): boolean {
    return this.#ended.delete(id);
  }

  /** Calls back when no task is unfinished and no process alive. */
  whenIdle(onIdle: () => void): void {
    this.#idleWaiters.push(onIdle);
    this.checkIdle();
  }

  /** Calls back when no result is kept any more: all were fetched. */
  whenFetched(onFetched: () => void): void {
    this.#onFetched = onFetched;
    this.checkFetched();
  }

  /** A task is over, or a process gone. */
  checkIdle(): void {
    const { tasks, assignments } = this.#params;
    if (tasks.unfinished > 0 || assignments.workers.size > 0) return;
    for (const idle of this.#idleWaiters.splice(0)) idle();
  }

  /** Results may have gone: acknowledged, discarded, expired. */
  checkFetched(): void {
    if (this.#params.tasks.kept === 0) this.#onFetched();
  }
}
