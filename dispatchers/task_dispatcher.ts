/**
 * What all dispatchers have in common: code that takes a {@linkcode TaskDispatcher} runs its tasks on a server, in
 * processes, in threads or right here, unchanged.
 *
 * @module
 */

import type { Task } from "../procedures/task.ts";
import type { ResultIterator } from "./result_iterator.ts";
import type { TaskQueue } from "./task_queue.ts";

/** Units that a dispatcher lets wait, and that a queue holds, unless told otherwise. */
export const DEFAULT_SIZE = 1000;

/** Options of `execute`. */
export interface ExecuteOptions {
  /** Give the results in the order of the tasks instead of as they come. @default {false} */
  ordered?: boolean;
  /**
   * Tasks that are given to a worker as one and run there one after the other. Each keeps its own outcome. More than
   * one pays off for tasks that take less than a few milliseconds. `"auto"`: as many as pay off, by measured durations,
   * where processes run them. A chunk that is not full leaves when its async iterable pauses. @default {1}
   */
  chunkSize?: number | "auto";
  /**
   * Longest wait of one `next()` in milliseconds, for a slow task as for slow tasks to come; 0 does not wait. When it is
   * over, `next()` throws `WaitTimeout`, nothing is lost and the next call goes on. @default {no limit}
   */
  timeoutMs?: number;
  /** Chunks that are waiting, at work, or have results that were not taken, at most. @default {1000} */
  queueSize?: number;
  /** Ends it with the signal's reason. */
  signal?: AbortSignal;
  /** Show on standard error how many results were taken, where that is a terminal. @default {false} */
  progress?: boolean;
}

/** Options of `makeQueue`. */
export interface QueueOptions {
  /**
   * Tasks that are at work or have a result that was not popped, at most; others wait. A push waits for room when as
   * many wait behind them as the dispatcher's `size`. @default {1000}
   */
  size?: number;
}

/** How long a push or a pop waits. */
export interface QueueWaitOptions {
  /** Longest wait in milliseconds; 0 does not wait. @default {no limit} */
  timeoutMs?: number;
  /** Ends the wait with its reason: nothing is pushed, or consumed. */
  signal?: AbortSignal;
}

/** Runs tasks and gives their results. */
export interface TaskDispatcher extends AsyncDisposable {
  /**
   * Runs tasks, pulled from the iterable as there is room for them, and gives their results. Each task gives one
   * result, or has its error raised from one `next()`: the iterator goes on behind that. What is no task is a
   * `TypeError` in its place. When the iterable itself throws, that is raised behind all results.
   *
   * @throws {DispatcherClosed} @throws {RangeError} for an option out of range. @throws {TypeError} for one that is none.
   */
  execute<Data>(
    tasks: Iterable<Task<Data>> | AsyncIterable<Task<Data>>,
    options?: ExecuteOptions,
  ): ResultIterator<Data>;
  /**
   * A queue of its own: what is pushed into it comes out of it, and of no other.
   *
   * @throws {DispatcherClosed} @throws {RangeError} for an option out of range. @throws {TypeError} for one that is none.
   */
  makeQueue<Data = unknown>(options?: QueueOptions): TaskQueue<Data>;
  /** Open queues; an `execute` that has not ended is one. */
  readonly numQueues: number;
  /** Tasks that wait to be taken. */
  readonly numTasks: number;
  /** Closes all queues, wakes all who wait, and ends what is at work. Closing twice is fine. */
  close(): Promise<void>;
}
