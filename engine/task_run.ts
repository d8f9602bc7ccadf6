/**
 * One run of one task, on a worker.
 *
 * A task that returned is settled at once. A task that is ended (time, cancel, stop) is settled when the worker's
 * process is gone: who sees `TaskTimeout` knows that nothing of the task goes on.
 *
 * @module
 */

import { type TaskError, TaskTimeout } from "../core/errors.ts";
import type { Outcome } from "../core/outcome.ts";
import type { TaskRecord } from "./task.ts";
import { failure } from "./failure.ts";
import type { Caller } from "./caller.ts";
import type { Worker } from "./worker.ts";

/**
 * What a run has to do with its worker's slot. A worker that is given several tasks has one slot for them all, which
 * passes from each to the next: only the one that runs has it.
 */
export type SlotState = "none" | "held" | "lent" | "resuming";

/** A run. */
export class TaskRun {
  readonly task: TaskRecord;
  readonly worker: Worker;
  /** Monotonic milliseconds at which the task began; 0 while it waits behind others on its worker. */
  startedAt = 0;
  /** Owned by the assignments and the waiting book. */
  slot: SlotState = "none";
  /** It can go on only when its stream brings something. Owned by the waiting book. */
  isPaused = false;
  /** Made when the task first calls the server. */
  caller: Caller | null = null;
  /** Decided from outside: how the task is to be settled, whatever it does. */
  verdict: Outcome | null = null;
  /** The task is to end, and not this attempt alone. */
  isLast = false;
  /** It is over, and nothing is told to it any more; the task may have another attempt. Owned by the assignments. */
  isOver = false;
  /** It is over, and the task has another attempt. The same. */
  isRepeated = false;
  /** The task returned or raised by itself. */
  hasReturned = false;
  /**
   * The process runs this one. Not known of an item that was taken out from among others for somebody who asked: the
   * process may be further on, and have told nothing of it yet.
   */
  isKnown = true;

  constructor(task: TaskRecord, worker: Worker) {
    this.task = task;
    this.worker = worker;
  }

  /** As one of what a worker has: one task. */
  get length(): number {
    return 1;
  }

  /** True unless the task returned or raised by itself. */
  get wasEnded(): boolean {
    return !this.hasReturned;
  }

  /** Monotonic milliseconds at which the task's time is over; it runs from its begin. */
  get deadlineAt(): number {
    return this.startedAt + this.task.origin.timeoutMs;
  }

  /** The task's time is over. */
  timeOut(): void {
    const { timeoutMs } = this.task.origin;
    this.blame(new TaskTimeout(`The task ran longer than its limit of ${timeoutMs} ms`, timeoutMs));
  }

  /** Ends what the process runs: this, where that is known; else the process, and this runs again, alone. */
  blame(error: TaskError, graceMs?: number): void {
    if (this.isKnown) this.end("failed", error, graceMs);
    else this.worker.kill();
  }

  /**
   * Ends the run: the task's signal aborts, after a grace the process is killed, and when it is gone the task is
   * settled with this error. The first call decides how; a later one with a shorter grace hurries it along.
   */
  end(status: "failed" | "cancelled", error: TaskError, graceMs?: number): void {
    const isFirst = this.verdict === null;
    this.verdict ??= failure(status, error);
    this.isLast ||= status === "cancelled";
    this.worker.end(this, isFirst, graceMs);
  }
}
