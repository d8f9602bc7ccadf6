/**
 * The tasks of one unit in a thread, and in further ones where that dies.
 *
 * @module
 */

import { TaskCancelled, type TaskCrashed } from "../core/errors.ts";
import { failure, type Outcome, type Work } from "../queues/backend.ts";
import type { PushesToServer } from "../wire/message.ts";
import { Limits } from "./limits.ts";
import { type LocalTask, toLocalTask, toOutcome } from "./local_task.ts";
import type { Thread } from "./thread.ts";

/** Where threads come from and go to. */
export interface ThreadRunParams {
  takeThread(): Thread;
  /** All is settled; the thread may be used again, where it still lives. */
  onEnd(thread: Thread | null): void;
}

/** One unit at work. */
export class ThreadRun {
  #work: Work;
  #params: ThreadRunParams;
  #thread: Thread | null = null;
  /** Tasks that have not ended, by their index; the first one runs. */
  #left: [index: number, task: LocalTask][] = [];
  /** Of the task that runs. */
  #limits: Limits | null = null;
  #isCancelled = false;

  constructor(work: Work, params: ThreadRunParams) {
    this.#work = work;
    this.#params = params;
  }

  /** Gives all tasks to a thread. */
  start(): void {
    for (const [index, task] of this.#work.tasks.entries()) {
      try {
        this.#left.push([index, toLocalTask(task, this.#work.traits)]);
      } catch (error) {
        this.#work.settle(index, failure(error));
      }
    }
    this.#giveRest();
  }

  /** Nobody wants the results: what runs is told, and what has not begun ends with the thread. */
  cancel(): void {
    if (this.#isCancelled || this.#limits === null) return;
    this.#isCancelled = true;
    this.#limits.end(new TaskCancelled());
  }

  /** Ends the thread, and all that it had with it. */
  terminate(): void {
    this.#thread?.terminate();
    this.#thread = null;
    this.#isCancelled = true;
    this.#endCurrent(failure(new TaskCancelled()));
  }

  #giveRest(): void {
    if (this.#left.length === 0) return this.#params.onEnd(this.#thread);
    this.#thread ??= this.#params.takeThread();
    this.#thread.run(this.#left.map(([, { toRun }]) => toRun), {
      onOutcome: (taskId, outcome) => this.#onOutcome(taskId, outcome),
      onDeath: (error) => this.#onDeath(error),
    });
    this.#begin();
  }

  /** The time of a task runs from when the one before it has ended. */
  #begin(): void {
    const [, { options }] = this.#left[0];
    this.#limits = new Limits(options, {
      abort: (reason) => this.#thread?.abort(reason),
      giveUp: (reason) => {
        this.#thread?.terminate();
        this.#thread = null;
        this.#endCurrent(failure(reason));
      },
    });
  }

  #onOutcome(taskId: string, outcome: PushesToServer["outcome"]): void {
    const [, { toRun }] = this.#left[0];
    if (toRun.id !== taskId) return;
    const reason = this.#limits!.reason;
    this.#endCurrent(reason === null ? toOutcome(toRun.id, outcome) : failure(reason));
  }

  #onDeath(error: TaskCrashed): void {
    this.#thread = null;
    this.#endCurrent(failure(this.#limits!.reason ?? error));
  }

  /** Settles the task that runs; the next one runs already, or is given to another thread. */
  #endCurrent(outcome: Outcome): void {
    this.#limits?.close();
    this.#limits = null;
    const [index] = this.#left.shift()!;
    const rest = this.#isCancelled ? this.#left.splice(0) : [];
    if (rest.length > 0) {
      this.#thread?.terminate();
      this.#thread = null;
    }
    const isOver = this.#left.length === 0;
    // The thread is free before its place is: what is settled last lets the next unit start at once.
    if (isOver) this.#params.onEnd(this.#thread);
    else if (this.#thread === null) this.#giveRest();
    else this.#begin();
    this.#work.settle(index, outcome);
    for (const [index] of rest) this.#work.settle(index, failure(new TaskCancelled()));
  }
}
