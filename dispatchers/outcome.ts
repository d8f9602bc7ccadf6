/**
 * From results, as callers of single tasks see them, to outcomes.
 *
 * @module
 */

import type { TaskResult } from "../procedures/task_caller.ts";
import { failure, type Outcome } from "./backend.ts";

/** The outcome of a task that has ended. */
export function toOutcome(result: TaskResult): Outcome {
  return result.isSuccessful ? { status: "succeeded", value: result.data } : failure(result.error);
}
