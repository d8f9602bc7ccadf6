/**
 * Which run has a worker's slot. A busy worker has one, which passes from each of its tasks to the next; the run that has
 * it may be over while the worker's process is not.
 *
 * @module
 */

import type { Slots } from "./slots.ts";
import type { WorkerRun } from "./items_run.ts";
import type { Waiting } from "./waiting.ts";
import type { Worker } from "./worker.ts";

/** The slots of busy workers. */
export class SlotHolders {
  #slots: Slots;
  #waiting: Waiting;
  #holders = new Map<Worker, WorkerRun>();

  constructor(slots: Slots, waiting: Waiting) {
    this.#slots = slots;
    this.#waiting = waiting;
  }

  /** The run has the slot that was taken for its worker. */
  hold(run: WorkerRun): void {
    run.slot = "held";
    this.#holders.set(run.worker, run);
  }

  /** The run that a worker's slot is held by, and not lent; undefined for none. */
  heldBy(worker: Worker): WorkerRun | undefined {
    const run = this.#holders.get(worker);
    return run?.slot === "held" ? run : undefined;
  }

  /** A run is over: its slot goes on to the next task of the same worker, if there is one. */
  passOn(run: WorkerRun): void {
    const next = run.worker.head;
    if (next === null || run.slot === "none") return;
    if (run.slot !== "held") {
      // It returned while it was waiting, and the next begins before it could be taken back.
      this.#waiting.release(run);
      this.#slots.take();
    }
    run.slot = "none";
    this.hold(next);
  }

  /** One of several items has a run of its own, and the slot with it where it was theirs. */
  split(items: WorkerRun, into: readonly WorkerRun[]): void {
    const [first] = into;
    if (first === items || this.#holders.get(items.worker) !== items) return;
    first.slot = items.slot;
    items.slot = "none";
    this.#holders.set(items.worker, first);
  }

  /** The worker runs nothing any more. */
  release(worker: Worker): void {
    const run = this.#holders.get(worker);
    // Before the slot goes on: it may come right back to this worker.
    this.#holders.delete(worker);
    if (run !== undefined) this.#waiting.release(run);
  }
}
