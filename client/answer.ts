/**
 * Palpable's four answers for web back ends: a result as a record that `JSON.stringify` takes.
 *
 * @module
 */

import { ServerOffline } from "../core/errors.ts";
import type { TaskResult } from "../procedures/task_caller.ts";
import { toJsonValue } from "./json_value.ts";

/** SUCCESS: data is the result. ERROR: data is the error's text. TBD: not finished. NONE: no such task. */
export type AnswerStatus = "SUCCESS" | "ERROR" | "TBD" | "NONE";

/** What a web back end hands to its page. */
export interface Answer {
  /** The task's id; null where there is no such task. */
  readonly taskId: string | null;
  /** Which of the four. */
  readonly status: AnswerStatus;
  /** JSON-safe. */
  readonly data: unknown;
  /** Tasks that this one submitted to be followed up. */
  readonly followupTaskIds: readonly string[];
}

/**
 * Turns what a call gave, or threw, into an answer. Never throws.
 *
 * @example
 * ```ts
 * import { ServerOffline } from "../core/errors.ts";
 * import { toAnswer } from "./answer.ts";
 *
 * console.assert(toAnswer(null).status === "NONE");
 * console.assert(toAnswer(new ServerOffline()).data === "TaskServer OFFLINE");
 * ```
 */
export function toAnswer(outcome: TaskResult | null | Error): Answer {
  if (outcome === null) return { taskId: null, status: "NONE", data: "Task does not exist", followupTaskIds: [] };
  if (outcome instanceof Error) {
    const data = outcome instanceof ServerOffline ? "TaskServer OFFLINE" : textOf(outcome);
    return { taskId: null, status: "ERROR", data, followupTaskIds: [] };
  }
  const { taskId, isSuccessful, followupTaskIds } = outcome;
  const base = { taskId, followupTaskIds: [...followupTaskIds] };
  if (isSuccessful === null) return { ...base, status: "TBD", data: null };
  if (isSuccessful) return { ...base, status: "SUCCESS", data: toJsonValue(outcome.data) };
  return { ...base, status: "ERROR", data: textOf(outcome.error) };
}

function textOf(error: Error | undefined): string {
  return error === undefined ? "unknown error" : `${error.name}: ${error.message}`;
}
