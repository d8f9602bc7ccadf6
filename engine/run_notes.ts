/**
 * What is remembered of the runs of a task beyond the one that there is: how many of its attempts failed, and how often its
 * process or its server ended while it ran. Of durable tasks the store is told, so that the next server goes on with it.
 *
 * @module
 */

import { type Later, whenThere } from "../core/later.ts";
import type { Outcome } from "../core/outcome.ts";
import { failure } from "./failure.ts";
import { poisoned, serverLost } from "./lost_servers.ts";
import { type QueueItem, TaskRecord } from "./task.ts";
import type { RunsSoFar, TaskStore } from "./task_store.ts";

/** What notes need. */
export interface RunNotesParams {
  store: Pick<TaskStore, "fetch" | "note" | "written">;
  /** So often may the process of a task, or its server, end while it runs, until it is run no more. */
  maxCrashes: number;
}

interface Counts {
  readonly failed: number;
  readonly crashes: number;
}

const NONE: Counts = { failed: 0, crashes: 0 };

/** Notes by task. */
export class RunNotes {
  #params: RunNotesParams;
  #counts = new WeakMap<TaskRecord, Counts>();
  /** Tasks that are to run once at most, and of which the store knows that they may have begun. */
  #announced = new WeakSet<TaskRecord>();

  constructor(params: RunNotesParams) {
    this.#params = params;
  }

  /**
   * Has a task made ready that is next: its arguments are here, and one that is not to run again when its server is lost is
   * known to be about to run. At once, where all that is so.
   *
   * @throws {TaskError} in its answer: the store cannot say so now.
   */
  prepare(task: TaskRecord): Later<void> {
    const { store } = this.#params;
    const { durable, onServerLoss } = task.origin;
    if (onServerLoss !== "fail" || !durable || this.#announced.has(task)) return store.fetch(task);
    this.#announced.add(task);
    this.#note(task, { attempt: task.attempt + 1, isRunning: true });
    const written = whenThere(store.written(), () => store.fetch(task));
    if (!(written instanceof Promise)) return;
    return written.catch((error) => {
      this.waits(task);
      throw error;
    });
  }

  /** A run begins. */
  began(task: TaskRecord): void {
    this.#note(task, { isRunning: true });
  }

  /** What was about to run waits again, or is left to the next server; `nextInMs` is how long its next attempt waits. */
  waits(task: TaskRecord, nextInMs: number | null = null): void {
    this.#announced.delete(task);
    this.#note(task, { isRunning: false, nextInMs });
  }

  /** A server that stops lets go of what waits: that it was about to run does not hold for the next one. */
  release(item: QueueItem): void {
    if (item instanceof TaskRecord && this.#announced.has(item)) this.waits(item);
  }

  /** An attempt has failed that counts; gives how many there are of them. */
  failed(task: TaskRecord): number {
    const { failed, crashes } = this.#of(task);
    this.#counts.set(task, { failed: failed + 1, crashes });
    return failed + 1;
  }

  /** Its process ended while it ran, and nobody had asked for that. Gives what it ends with where it was once too often. */
  crashed(task: TaskRecord): Outcome | null {
    const { failed, crashes } = this.#of(task);
    this.#counts.set(task, { failed, crashes: crashes + 1 });
    return this.#poisoned(crashes + 1);
  }

  /** Goes on with what an earlier server has noted; gives what the task ends with where it is not to run again. */
  takeUp(task: TaskRecord, { attempt, failed, crashes, isRunning }: RunsSoFar): Outcome | null {
    task.attempt = attempt;
    // It ran when that server ended without a word.
    const all = crashes + (isRunning ? 1 : 0);
    this.#counts.set(task, { failed, crashes: all });
    if (!isRunning) return null;
    return task.origin.onServerLoss === "fail" ? failure("failed", serverLost()) : this.#poisoned(all);
  }

  #poisoned(crashes: number): Outcome | null {
    return crashes < this.#params.maxCrashes ? null : failure("failed", poisoned(crashes));
  }

  #note(task: TaskRecord, runs: Partial<RunsSoFar> & Pick<RunsSoFar, "isRunning">): void {
    if (!task.origin.durable) return;
    this.#params.store.note(task, { attempt: task.attempt, nextInMs: null, ...this.#of(task), ...runs });
  }

  #of(task: TaskRecord): Counts {
    return this.#counts.get(task) ?? NONE;
  }
}
