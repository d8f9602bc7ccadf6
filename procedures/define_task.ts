/**
 * Tasks from functions.
 *
 * @module
 */

import { requireTaskOptions } from "./task_options.ts";
import { requireKnown } from "../core/require_known.ts";
import { DEFINED } from "./function_source.ts";
import { DefinedCall, type DefinedTask, type Definition } from "./defined_task.ts";
import type { TaskOptions } from "./task.ts";

/** Where a defined task lives, and what its tasks may do. */
export interface DefineTaskOptions extends
  Pick<
    TaskOptions,
    | "permissions"
    | "timeoutMs"
    | "startBeforeMs"
    | "delayMs"
    | "retry"
    | "limit"
    | "unique"
    | "durable"
    | "onServerLoss"
    | "isolation"
    | "memoryMb"
    | "priority"
  > {
  /** The module that exports it: `import.meta.url`. */
  module: string;
  /** The name under which that module exports it. */
  name: string;
  /** Put the task on the error when it fails: `error.task`. @default {false} */
  taskAttr?: boolean;
  /** Show `error.remoteStack`, which every failed task's error has, wherever the error is shown. @default {false} */
  traceAttr?: boolean;
}

const KNOWN: readonly (keyof DefineTaskOptions)[] = [
  "module",
  "name",
  "permissions",
  "timeoutMs",
  "startBeforeMs",
  "delayMs",
  "retry",
  "limit",
  "unique",
  "durable",
  "onServerLoss",
  "isolation",
  "memoryMb",
  "priority",
  "taskAttr",
  "traceAttr",
];

/**
 * Makes a function that makes tasks of the given one. Only its name travels: the task's process imports the module and
 * finds the function under the name. What the module exports by that name must be what this gives.
 *
 * @throws {TypeError} for an unknown option, one of the wrong type, or a module that is no URL.
 * @throws {RangeError} for a value out of range.
 *
 * @example
 * ```ts
 * import { defineTask } from "../mod.ts";
 *
 * export const double = defineTask({ module: import.meta.url, name: "double" }, (n: number) => 2 * n);
 * console.assert(String(double(4)) === "double(4)");
 * ```
 */
export function defineTask<Args extends unknown[], Return>(
  options: DefineTaskOptions,
  fn: (...args: Args) => Return,
): DefinedTask<Args, Return> {
  requireKnown(options, KNOWN);
  if (typeof fn !== "function") throw new TypeError("Cannot define a task: give a function");
  const { module, name, taskAttr = false, traceAttr = false, ...taskOptions } = options;
  if (typeof module !== "string" || !URL.canParse(module)) {
    throw new TypeError("Cannot use module: it must be an absolute URL: give import.meta.url");
  }
  if (typeof name !== "string" || name === "") {
    throw new TypeError("Cannot use name: it must be the name of the export");
  }
  for (const [key, flag] of Object.entries({ taskAttr, traceAttr })) {
    if (typeof flag !== "boolean") throw new TypeError(`Cannot use ${key}: it must be true or false`);
  }
  requireTaskOptions(taskOptions);
  const definition: Definition = {
    target: Object.freeze({ kind: "remote", module, name }),
    options: Object.freeze(taskOptions),
    taskAttr,
    traceAttr,
  };
  const make: DefinedTask<Args, Return> = (...args) => new DefinedCall(definition, args);
  Object.defineProperty(make, "name", { value: name });
  return Object.defineProperty(make, DEFINED, { value: fn });
}
