/**
 * The messenger of a task that runs without a server: in a thread, or in the thread that asked for it.
 *
 * @module
 */

import { TaskError } from "../../core/errors.ts";
import type { Messenger } from "../../procedures/messenger.ts";
import type { TaskCaller } from "../../procedures/task_caller.ts";
import { LazyCaller } from "./lazy_caller.ts";

/** Logs to the console; knows nobody to submit subtasks to. */
export class LocalMessenger extends LazyCaller implements Messenger {
  userState: unknown = undefined;
  readonly worker = null;
  readonly taskId: string;
  readonly attempt = 1;
  /** No task is opened as a stream here. */
  readonly inbox: AsyncIterable<unknown> = (async function* () {})();
  #controller = new AbortController();

  constructor(taskId: string) {
    super();
    this.taskId = taskId;
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Aborts the task's signal. */
  abort(reason: unknown): void {
    this.#controller.abort(reason);
  }

  load(): Promise<TaskCaller> {
    return Promise.reject(
      new TaskError(
        "NOT_ALLOWED",
        "Cannot submit tasks or query results from a task that runs without a server: use a ProcessDispatcher or a Client",
      ),
    );
  }

  debug(...values: unknown[]): void {
    console.debug(...values);
  }

  info(...values: unknown[]): void {
    console.info(...values);
  }

  warning(...values: unknown[]): void {
    console.warn(...values);
  }

  error(...values: unknown[]): void {
    console.error(...values);
  }

  print(...values: unknown[]): void {
    console.log(...values);
  }

  /** Nobody listens. */
  progress(): void {}
}
