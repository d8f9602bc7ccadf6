/**
 * A worker that runs its target once.
 *
 * @module
 */

import type { TaskData } from "../procedures/task.ts";
import { BaseWorker } from "./base_worker.ts";
import { resolveWorkerOptions, type WorkerOptions } from "./worker_options.ts";

/**
 * Runs a target once, in a process, a thread, this thread, or on a server; the handle is the same for all.
 *
 * @example
 * ```ts
 * import { Worker } from "./mod.ts";
 *
 * await using worker = await Worker.create({ kind: "process", target: (x: number) => x * x, args: [2] });
 * await worker.wait();
 * console.assert(worker.result === 4);
 * ```
 */
export class Worker<Result = unknown> extends BaseWorker<Result> {
  /**
   * Makes a worker and starts it; when this resolves its target runs.
   *
   * @throws {TypeError} for an option that is none. @throws {RangeError} for an unknown kind.
   * @throws {TaskError} when the target cannot be called, found or loaded, or the worker cannot be started.
   * @throws {NotSendable} for arguments that cannot be sent.
   * @throws {TaskTimeout} when it has not started within `timeoutMs`; the reason of `signal`. Nothing of it runs then.
   */
  static async create<Args extends unknown[], Return>(
    options: WorkerOptions<Args, Return>,
  ): Promise<Worker<TaskData<Return>>> {
    const worker = new Worker<TaskData<Return>>(resolveWorkerOptions(options as WorkerOptions<never[]>, false));
    await worker.beginWithin(options);
    return worker;
  }

  /** @ignore */
  protected override onItem(): void {
    // It yields nothing by itself.
  }

  /** @ignore */
  protected override onEnded(): void {
    // The base keeps all there is.
  }
}
