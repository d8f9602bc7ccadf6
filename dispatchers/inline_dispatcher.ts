/**
 * Tasks in the very thread that asks for them, one after the other: for debugging.
 *
 * @module
 */

import { TaskCancelled } from "../core/errors.ts";
import type { Task } from "../procedures/task.ts";
import { type Backend, failure, type Outcome, type Work } from "../queues/backend.ts";
import { requireKnown } from "../core/require_known.ts";
import { parseSize } from "../queues/options.ts";
import { LocalMessenger } from "../workers/inside/local_messenger.ts";
import { runLocally } from "../workers/inside/run_locally.ts";
import { BaseDispatcher } from "./base_dispatcher.ts";
import { Limits } from "./limits.ts";
import { toLocalTask, toOutcome } from "./local_task.ts";

/** Options of an {@linkcode InlineDispatcher}. */
export interface InlineDispatcherOptions {
  /** Tasks, or chunks of them, that may wait. @default {1000} */
  size?: number;
}

/**
 * Runs tasks in this very thread, one after the other, so that a debugger and a profiler see them. Values and errors are
 * as anywhere else. Nothing holds a task that never yields, and the task has the permissions of this process; one that
 * does not end when its time is over is left behind.
 *
 * @example
 * ```ts
 * import { InlineDispatcher } from "./mod.ts";
 * import { task } from "../mod.ts";
 *
 * await using dispatcher = new InlineDispatcher();
 * const results = await Array.fromAsync(dispatcher.execute([1, 2, 3].map((n) => task((x: number) => x * x, n))));
 * console.assert(String(results) === "1,4,9");
 * ```
 */
export class InlineDispatcher extends BaseDispatcher {
  /**
   * A dispatcher; nothing is started yet.
   *
   * @throws {RangeError} for a size out of range. @throws {TypeError} for an option that is none.
   */
  constructor(options: InlineDispatcherOptions = {}) {
    requireKnown(options, ["size"]);
    super(new InlineBackend(), parseSize(options.size));
  }
}

class InlineBackend implements Backend {
  readonly parallelism = 1;
  #current: { work: Work; limits: Limits } | null = null;
  #cancelled = new WeakSet<Work>();
  #last: Promise<void> = Promise.resolve();

  start(work: Work): void {
    this.#last = this.#runAll(work);
  }

  cancel(work: Work): void {
    this.#cancelled.add(work);
    if (this.#current?.work === work) this.#current.limits.end(new TaskCancelled());
  }

  /** What runs was cancelled; it ends, or its grace does. */
  close(): Promise<void> {
    return this.#last;
  }

  async #runAll(work: Work): Promise<void> {
    for (const [index, task] of work.tasks.entries()) {
      const outcome = this.#cancelled.has(work) ? failure(new TaskCancelled()) : await this.#run(work, task);
      work.settle(index, outcome);
    }
  }

  async #run(work: Work, task: Task): Promise<Outcome> {
    let limits: Limits | null = null;
    try {
      const { toRun, options } = toLocalTask(task, work.traits);
      const messenger = new LocalMessenger(toRun.id);
      const { promise: givenUp, reject } = Promise.withResolvers<never>();
      limits = new Limits(options, { abort: (reason) => messenger.abort(reason), giveUp: reject });
      this.#current = { work, limits };
      const outcome = toOutcome(toRun.id, await Promise.race([runLocally(toRun, messenger), givenUp]));
      return limits.reason === null ? outcome : failure(limits.reason);
    } catch (error) {
      return failure(error);
    } finally {
      limits?.close();
      this.#current = null;
    }
  }
}
