/**
 * Tasks in threads of this process.
 *
 * @module
 */

import { requireKnown } from "../core/require_known.ts";
import { requireWhole } from "../core/require_number.ts";
import { parseSize } from "./options.ts";
import { BaseDispatcher } from "./base_dispatcher.ts";
import { LocalBackend } from "./local_backend.ts";
import type { StartPlace } from "./place.ts";

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
 * and does not yield keeps its processor busy until this process ends; its thread is replaced. A task
 * that waits for subtasks keeps its thread; those that run meanwhile have threads of their own.
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
    requireWhole("numWorkers", numWorkers);
    super(new LocalBackend({ numWorkers, start: startThere, isStoppable: true }), parseSize(size));
  }
}

/** Loaded when a task runs: every process of a task whose module defines tasks loads this file. */
const startThere: StartPlace = async (onConnected) => {
  const { startThread } = await import("../host/thread_carrier.ts");
  return await startThread({ options: { name: "palpable" }, onConnected }, "tasks");
};
