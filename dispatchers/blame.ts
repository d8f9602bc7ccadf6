/**
 * What tasks made by `defineTask` want to be found on their errors.
 *
 * @module
 */

import { DefinedCall } from "../procedures/defined_task.ts";
import type { Task } from "../procedures/task.ts";
import { sendableError } from "../wire/codec.ts";
import { failure, type Outcome } from "./backend.ts";

/** The outcome, with a copy of its error that tells more where the task's definition asks for it. */
export function blame(task: Task, outcome: Outcome): Outcome {
  if (outcome.status !== "failed" || !(task instanceof DefinedCall)) return outcome;
  const { taskAttr, traceAttr } = task.definition;
  if (!taskAttr && !traceAttr) return outcome;
  const { error } = outcome;
  // A copy: when a connection ends, all its tasks fail with one and the same error.
  const copy = sendableError(error);
  const remoteStack = (error as { remoteStack?: string } | null)?.remoteStack ?? copy.stack ?? "";
  define(copy, "remoteStack", remoteStack, traceAttr);
  // Not enumerable: logging or sending on the error does not take all the arguments along.
  if (taskAttr) define(copy, "task", task, false);
  return failure(copy);
}

function define(error: Error, name: string, value: unknown, enumerable: boolean): void {
  Object.defineProperty(error, name, { value, enumerable, configurable: true, writable: true });
}
