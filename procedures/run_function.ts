/**
 * A function call as a procedure, for where a procedure is wanted.
 *
 * @module
 */

import type { Messenger } from "./messenger.ts";
import { Procedure } from "./procedure.ts";
import type { TaskData, TaskFunction } from "./task.ts";

/**
 * Runs one function with the given arguments. It is sent as the plain call that it stands for, so it costs what `run`
 * costs.
 *
 * @example
 * ```ts
 * import { RunFunction } from "./mod.ts";
 *
 * const procedure = new RunFunction((x: number, y: number) => x + y, 1, 2);
 * console.assert(procedure.args.length === 2);
 * ```
 */
export class RunFunction<Args extends unknown[], Return> extends Procedure<TaskData<Return>> {
  /** Where this class lives. */
  static override module: string = import.meta.url;
  /** The function. */
  readonly fn: TaskFunction<Args, Return>;
  /** Its arguments. */
  readonly args: Args;

  /** A call to be made. */
  constructor(fn: TaskFunction<Args, Return>, ...args: Args) {
    super();
    this.fn = fn;
    this.args = args;
  }

  /** Runs the call as a subtask; only reached where a procedure is run by hand. */
  run(messenger: Messenger): Promise<TaskData<Return>> {
    return messenger.run(this.fn, ...this.args);
  }
}
