/**
 * What the dispatchers of this folder share: the queues, whatever runs the tasks.
 *
 * @module
 */

import type { Task } from "../procedures/task.ts";
import type { Backend } from "./backend.ts";
import { QueueDispatcher } from "./queue_dispatcher.ts";
import type { ResultIterator } from "./result_iterator.ts";
import type { ExecuteOptions, QueueOptions, TaskDispatcher } from "./task_dispatcher.ts";
import type { TaskQueue } from "./task_queue.ts";

/** Base of the dispatchers that need no server to be running. */
export abstract class BaseDispatcher implements TaskDispatcher {
  #queues: QueueDispatcher;

  /**
   * A dispatcher over a backend.
   *
   * @ignore
   */
  constructor(backend: Backend, size: number) {
    this.#queues = new QueueDispatcher(backend, size);
  }

  /** Runs tasks, pulled as there is room for them, and gives their results. See {@linkcode TaskDispatcher.execute}. */
  execute<Data>(
    tasks: Iterable<Task<Data>> | AsyncIterable<Task<Data>>,
    options?: ExecuteOptions,
  ): ResultIterator<Data> {
    return this.#queues.execute(tasks, options);
  }

  /** A queue of its own. See {@linkcode TaskDispatcher.makeQueue}. */
  makeQueue<Data = unknown>(options?: QueueOptions): TaskQueue<Data> {
    return this.#queues.makeQueue(options);
  }

  /** Open queues; an `execute` that has not ended is one. */
  get numQueues(): number {
    return this.#queues.numQueues;
  }

  /** Tasks that no worker has taken yet. */
  get numTasks(): number {
    return this.#queues.numTasks;
  }

  /** Closes all queues, wakes all who wait, and ends what is at work. Closing twice is fine. */
  async close(): Promise<void> {
    await this.#queues.close();
  }

  /** Closes the dispatcher. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}
