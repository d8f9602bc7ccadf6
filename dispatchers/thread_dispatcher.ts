/**
 * Tasks in threads of this process.
 *
 * @module
 */

import type { Backend, Work } from "../queues/backend.ts";
import { requireKnown } from "../core/require_known.ts";
import { parseSize, requirePositive } from "../queues/options.ts";
import { BaseDispatcher } from "./base_dispatcher.ts";
import { Thread } from "./thread.ts";
import { ThreadRun } from "./thread_run.ts";

/** Options of a {@linkcode ThreadDispatcher}. */
export interface ThreadDispatcherOptions {
  /** Threads, at most; each is started when it is first needed. @default {number of processors} */
  numWorkers?: number;
  /** Tasks, or chunks of them, that may wait for a thread. @default {1000} */
  size?: number;
}

/**
 * Runs tasks in threads (Web Workers) of this process: they start quicker than processes and share what the process
 * has loaded. **No sandbox**: tasks have the permissions of this process, whatever theirs are. A task that is out of time
 * and does not yield keeps its processor busy until this process ends; its thread is replaced. Tasks cannot submit
 * subtasks.
 *
 * @example
 * ```ts
 * import { ThreadDispatcher } from "./mod.ts";
 * import { task } from "../mod.ts";
 *
 * await using dispatcher = new ThreadDispatcher({ numWorkers: 2 });
 * const tasks = [1, 2, 3].map((n) => task((x: number) => x * x, n));
 * const squares = await Array.fromAsync(dispatcher.execute(tasks, { ordered: true }));
 * console.assert(String(squares) === "1,4,9");
 * ```
 */
export class ThreadDispatcher extends BaseDispatcher {
  /**
   * A dispatcher; nothing is started yet.
   *
   * @throws {RangeError} for a value out of range. @throws {TypeError} for an option that is none.
   */
  constructor(options: ThreadDispatcherOptions = {}) {
    requireKnown(options, ["numWorkers", "size"]);
    const { numWorkers = navigator.hardwareConcurrency, size } = options;
    requirePositive("numWorkers", numWorkers);
    super(new ThreadBackend(numWorkers), parseSize(size));
  }
}

class ThreadBackend implements Backend {
  readonly parallelism: number;
  #idle: Thread[] = [];
  #runs = new Map<Work, ThreadRun>();

  constructor(numWorkers: number) {
    this.parallelism = numWorkers;
  }

  start(work: Work): void {
    const run = new ThreadRun(work, {
      takeThread: () => this.#idle.pop() ?? new Thread(),
      onEnd: (thread) => {
        this.#runs.delete(work);
        if (thread === null) return;
        this.#idle.push(thread);
        // A task may have left something in it that ends it later.
        thread.rest(() => this.#idle.splice(this.#idle.indexOf(thread), 1));
      },
    });
    this.#runs.set(work, run);
    run.start();
  }

  cancel(work: Work): void {
    this.#runs.get(work)?.cancel();
  }

  close(): Promise<void> {
    for (const run of [...this.#runs.values()]) run.terminate();
    for (const thread of this.#idle.splice(0)) thread.terminate();
    return Promise.resolve();
  }
}
