/**
 * Items of one map that a worker was given together, none of which anybody has asked for by itself: they begin, end and
 * come back in numbers. As soon as one of them matters alone (it is cancelled, its time is over, it calls the server, its
 * process dies) it gets a {@linkcode TaskRun} of its own, and the others go on as they are.
 *
 * @module
 */

import type { TaskError } from "../core/errors.ts";
import type { ItemBlock } from "./item_block.ts";
import type { SlotState, TaskRun } from "./task_run.ts";
import type { Worker } from "./worker.ts";

/** Items that are to be given to a worker. */
export interface ItemRows {
  readonly block: ItemBlock;
  /** The number of this run of each, from 1. */
  readonly attempt: number;
  /** The first row, and the one behind the last. */
  readonly from: number;
  readonly to: number;
}

/** Items that a worker has. */
export class ItemsRun implements ItemRows {
  readonly block: ItemBlock;
  readonly attempt: number;
  /** The outcome of each is told before the next begins. */
  readonly isCareful: boolean;
  readonly worker: Worker;
  /** The first that has no outcome; it runs, when these are the first of the worker. */
  from: number;
  to: number;
  /** Monotonic milliseconds at which that one began, as far as is known: when the outcome of the one before came. */
  startedAt = 0;
  /** Owned by the assignments. */
  slot: SlotState = "none";

  constructor({ block, attempt, from, to }: ItemRows, worker: Worker, isCareful = block.isCareful) {
    this.block = block;
    this.attempt = attempt;
    this.isCareful = isCareful;
    this.from = from;
    this.to = to;
    this.worker = worker;
  }

  /** How many have no outcome. */
  get length(): number {
    return this.to - this.from;
  }

  /** Monotonic milliseconds at which the first one's time is over. */
  get deadlineAt(): number {
    return this.startedAt + this.block.origin.timeoutMs;
  }

  /** A part of these, as they are. */
  part(from: number, to: number): ItemsRun {
    return new ItemsRun({ block: this.block, attempt: this.attempt, from, to }, this.worker, this.isCareful);
  }

  /** The time of the one that runs is over. */
  timeOut(): void {
    if (this.isCareful) this.worker.current!.timeOut();
    else this.worker.kill();
  }

  /**
   * Ends the one that runs, where it is known which that is. Where it is not, since outcomes of others may not have
   * left, their process is ended, and all run again in one that tells of each before it begins with the next.
   */
  blame(error: TaskError, graceMs?: number): void {
    if (this.isCareful) this.worker.current!.blame(error, graceMs);
    else this.worker.kill();
  }
}

/** What a worker has: a task, or items of a map. */
export type WorkerRun = TaskRun | ItemsRun;
