/**
 * The limits of one run where no process can be killed: its signal aborts, and after a grace nobody waits for it.
 *
 * @module
 */

import { onAbort } from "../core/abort.ts";
import { systemClock } from "../core/clock.ts";
import { TaskCancelled, TaskTimeout } from "../core/errors.ts";
import type { TaskOptions } from "../procedures/task.ts";

/** Time that a task has to end by itself once its signal has aborted, in milliseconds. */
const GRACE_MS = 500;

/** The limits themselves. */
export type TaskLimits = Pick<TaskOptions, "timeoutMs" | "signal">;

/** What limits act on. */
export interface LimitedRun {
  /** Aborts the signal of the task. */
  abort(reason: Error): void;
  /** The task has not ended in its grace. */
  giveUp(reason: Error): void;
}

/** Time limit and signal of one run. */
export class Limits {
  #run: LimitedRun;
  #timers: (() => void)[] = [];
  #letGo: () => void;
  #reason: Error | null = null;

  constructor({ timeoutMs, signal }: TaskLimits, run: LimitedRun) {
    this.#run = run;
    this.#letGo = onAbort(signal, () => this.end(new TaskCancelled()));
    if (timeoutMs === undefined) return;
    this.#after(timeoutMs, () => this.end(new TaskTimeout(`The task ran longer than ${timeoutMs} ms`, timeoutMs)));
  }

  /** Why the task is to end; null while it may run. */
  get reason(): Error | null {
    return this.#reason;
  }

  /** Ends the run, for one reason only. */
  end(reason: Error): void {
    if (this.#reason !== null) return;
    this.#reason = reason;
    this.#run.abort(reason);
    this.#after(GRACE_MS, () => this.#run.giveUp(reason));
  }

  /** The run has ended. */
  close(): void {
    for (const cancel of this.#timers) cancel();
    this.#letGo();
  }

  #after(ms: number, act: () => void): void {
    this.#timers.push(systemClock.schedule(ms, act));
  }
}
