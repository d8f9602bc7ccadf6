/**
 * No worker idles while work waits, also when that stands behind another task on a busy worker: it is taken back.
 *
 * Tasks are given to a worker many at a time while they take microseconds. When one of them takes long, those behind it
 * are wanted elsewhere; but only once it has taken long, since quick ones are over before they could be taken back.
 *
 * @module
 */

import type { Alarm, Ticker } from "../core/ticker.ts";
import type { WorkerRun } from "./items_run.ts";
import type { Worker } from "./worker.ts";

/** A task that has run for so many milliseconds takes long. */
const LONG_MS = 5;

/** What taking back needs. */
export interface RecallParams {
  ticker: Ticker;
  workers: Iterable<Worker>;
  /** True while a worker could run more than there is in the queue. */
  mayHelp(): boolean;
}

/** Takes back what stands behind long tasks while there are workers without any. */
export class Recall {
  #params: RecallParams;
  #alarm: Alarm | null = null;
  /** The run behind which all was asked back; what is given to the worker later stands behind another. */
  #asked = new WeakMap<Worker, WorkerRun>();

  constructor(params: RecallParams) {
    this.#params = params;
  }

  /** There may be workers without work: looks when the first of the busy ones has taken long. */
  consider(): void {
    if (this.#alarm !== null) return;
    const { ticker } = this.#params;
    const dueAt = this.#next();
    if (dueAt === Infinity) return;
    this.#alarm = ticker.after(Math.max(0, dueAt - ticker.clock.now()), () => this.#look());
  }

  #look(): void {
    this.#alarm = null;
    const { ticker, workers, mayHelp } = this.#params;
    if (!mayHelp()) return;
    for (const worker of workers) {
      if (!this.#isWanted(worker) || worker.head!.startedAt + LONG_MS > ticker.clock.now()) continue;
      this.#asked.set(worker, worker.head!);
      worker.recall();
    }
    this.consider();
  }

  /** When the first of those has taken long, behind which something waits. */
  #next(): number {
    let dueAt = Infinity;
    for (const worker of this.#params.workers) {
      if (this.#isWanted(worker)) dueAt = Math.min(dueAt, worker.head!.startedAt + LONG_MS);
    }
    return dueAt;
  }

  #isWanted(worker: Worker): boolean {
    return worker.waiting > 0 && worker.head !== this.#asked.get(worker);
  }
}
