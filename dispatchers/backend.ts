/**
 * Where tasks run, as queues see it.
 *
 * @module
 */

import type { Task, TaskOptions } from "../procedures/task.ts";

/** How a task ended, for the one who asked for it. */
export type Outcome =
  | { readonly status: "succeeded"; readonly value: unknown }
  | { readonly status: "failed"; readonly error: unknown };

/** What the units of one queue have in common. */
export interface QueueTraits {
  /** Options that go behind those of the task. */
  readonly options: TaskOptions;
  /** Tasks that one worker runs, one after the other; null: as many as pay off, where that can be told. */
  readonly chunkSize: number | null;
}

/** Tasks that are run by one worker, one after the other. */
export interface Work {
  readonly tasks: readonly Task[];
  readonly traits: QueueTraits;
  /** How many of them have no outcome. */
  readonly left: number;
  /** When they were pushed, where one of them is to have begun by some time: see `client/start_limit.ts`. */
  readonly asked: number;
  /** To be called once for each index, in any order, also of work that was cancelled. */
  settle(index: number, outcome: Outcome): void;
}

/** What runs tasks. */
export interface Backend {
  /** Units that are to be at work at the same time; may change. */
  readonly parallelism: number;
  /** Runs the tasks. Never throws: what goes wrong is the outcome of each. */
  start(work: Work): void;
  /** Nobody wants the results any more: these are all that one queue has at work. */
  cancel(works: readonly Work[]): void;
  /** Whoever takes the results waits for some: what was gathered to go together goes now. */
  hurry?(): void;
  /** Ends what is at work, and settles it. Called once, as the last of all. */
  close(): Promise<void>;
}

/** The outcome of a task that failed. */
export function failure(error: unknown): Outcome {
  return { status: "failed", error };
}
