/**
 * From results as they are sent to results as callers see them.
 *
 * @module
 */

import { TaskError } from "../core/errors.ts";
import { isFinal } from "../core/task_state.ts";
import type { TaskResult } from "../procedures/task_caller.ts";
import { decode } from "../wire/codec.ts";
import { type DecodeBudget, resultBudget } from "../wire/decode_budget.ts";
import type { WireResult } from "../wire/message.ts";

const DEFAULT_BUDGET = resultBudget();

/**
 * Decodes a result. A payload that cannot be read, or is more than the budget allows, makes it a failed one: the task's
 * process is not to be trusted.
 */
export function toTaskResult<Data>(wire: WireResult, budget: DecodeBudget = DEFAULT_BUDGET): TaskResult<Data> {
  const [taskId, status, attempt, payload, followupTaskIds, submittedAt, startedAt, finishedAt, said, raisedByTask] =
    wire;
  const durationMs = startedAt === null || finishedAt === null ? null : Math.max(0, finishedAt - startedAt);
  const progress = said ? { taskId, done: said[0], total: said[1] } : null;
  const base = { taskId, attempt, followupTaskIds, submittedAt, startedAt, finishedAt, durationMs, progress };
  if (!isFinal(status)) return { ...base, status, isSuccessful: null, data: undefined, error: undefined };
  let value: unknown;
  try {
    value = payload === null ? undefined : decode(payload, { budget });
  } catch (error) {
    return { ...base, status: "failed", isSuccessful: false, data: undefined, error: error as Error };
  }
  if (status === "succeeded") return { ...base, status, isSuccessful: true, data: value as Data, error: undefined };
  return {
    ...base,
    status,
    isSuccessful: false,
    data: undefined,
    error: withAttempts(toError(value, raisedByTask), attempt),
  };
}

/**
 * The data of a finished result.
 *
 * @throws its error, when it is not a success.
 */
export function dataOf<Data>(result: TaskResult<Data>): Data {
  if (result.isSuccessful) return result.data as Data;
  throw result.error;
}

/** Says of an error that a task's own process raised it. It is not enumerable: who sends the error on says it anew. */
export function markRaised<Err extends Error>(error: Err): Err {
  return Object.defineProperty(error, "raisedByTask", { value: true, configurable: true, writable: true });
}

/** The error in these bytes, which are not to be trusted. */
export function errorFrom(payload: Uint8Array, raisedByTask: boolean, budget: DecodeBudget = DEFAULT_BUDGET): Error {
  try {
    return toError(decode(payload, { budget }), raisedByTask);
  } catch (error) {
    return error as Error;
  }
}

/** Says how many runs there were, where it was more than one. The same. */
function withAttempts(error: Error, attempts: number): Error {
  if (attempts < 2) return error;
  return Object.defineProperty(error, "attempts", { value: attempts, configurable: true, writable: true });
}

function toError(value: unknown, raisedByTask: boolean | undefined): Error {
  const error = value instanceof Error
    ? value
    : new TaskError("MALFORMED_MESSAGE", "The task failed with something that is no error", { cause: value });
  // The stack crossed with the error: it is the one of the task's process.
  Object.defineProperty(error, "remoteStack", { value: error.stack ?? "", configurable: true, writable: true });
  return raisedByTask ? markRaised(error) : error;
}
