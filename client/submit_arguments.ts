/**
 * What `submit` was given: a function with its arguments, or a procedure, a task or many, with options.
 *
 * @module
 */

import { TaskError } from "../core/errors.ts";
import { isProcedure } from "../procedures/procedure.ts";
import { Task, type TaskFunction } from "../procedures/task.ts";
import type { SubmitOptions } from "../procedures/task_caller.ts";

/** The tasks, and how they are submitted. */
export interface SubmitArguments {
  readonly tasks: readonly unknown[];
  /** They came as a list: so do their handles. */
  readonly isMany: boolean;
  readonly options: SubmitOptions;
}

/** Takes apart what `submit` was given. What is no task among many stays what it is. @throws {TaskError} `NOT_CALLABLE` */
export function parseSubmitArguments(what: unknown, rest: readonly unknown[]): SubmitArguments {
  const options = (rest[0] ?? {}) as SubmitOptions;
  if (isIterable(what)) return { tasks: [...what], isMany: true, options };
  if (what instanceof Task) return { tasks: [what], isMany: false, options };
  const isFunction = !isProcedure(what);
  const task = new Task(what as TaskFunction<never[], unknown>, isFunction ? rest : []);
  return { tasks: [task], isMany: false, options: isFunction ? {} : options };
}

function isIterable(value: unknown): value is Iterable<unknown> {
  if (typeof value === "string") {
    throw new TaskError("NOT_CALLABLE", "Cannot submit a string: give a function or tasks");
  }
  return typeof value === "object" && value !== null && Symbol.iterator in value;
}
