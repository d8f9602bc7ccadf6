/**
 * Functions that are defined as tasks: calling one makes a task, and the task's process finds the function in it.
 *
 * @module
 */

import type { RemoteFunction } from "./remote.ts";
import { Task, type TaskData, type TaskOptions } from "./task.ts";

/** What all tasks of one definition share. */
export interface Definition {
  readonly target: RemoteFunction;
  readonly options: TaskOptions;
  /** Put the task on its error. */
  readonly taskAttr: boolean;
  /** Let the error's remote stack be seen wherever the error is shown. */
  readonly traceAttr: boolean;
}

/** A task that a definition made. */
export class DefinedCall<Data = unknown> extends Task<Data> {
  /** What it is a call of. */
  readonly definition: Definition;

  constructor(definition: Definition, args: readonly unknown[], options: TaskOptions = definition.options) {
    super(definition.target, args, options);
    this.definition = definition;
  }

  override with(options: TaskOptions): DefinedCall<Data> {
    return new DefinedCall<Data>(this.definition, this.args, this.merged(options));
  }
}

/** Makes a task with the given arguments, and runs nothing. Made by `defineTask`. */
export interface DefinedTask<Args extends unknown[], Return> {
  /** Makes a task. */
  (...args: Args): Task<TaskData<Return>>;
  /** Never there; keeps it apart from a function that a task can run. */
  readonly makesTasks?: true;
}
