/**
 * Palpable's four answers for web back ends: a result as a record that `JSON.stringify` takes.
 *
 * @module
 */

import { ServerOffline, type TaskFailed } from "../core/errors.ts";
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
  /** Of an ERROR what a program can tell it by; null of all others. */
  readonly error: AnswerError | null;
  /** Of a task that is TBD, and has said so, how far it is; null of all others. */
  readonly progress: { readonly done: number; readonly total: number | null } | null;
  /** How long the task ran, in milliseconds; null while it is TBD, and where it never began. */
  readonly durationMs: number | null;
}

/** An error as JSON takes it. */
export interface AnswerError {
  /** Its name, such as `"TaskFailed"`. */
  readonly name: string;
  /** Its message alone. */
  readonly message: string;
  /** Its `code`, where that is a text; null where it has none. */
  readonly code: string | null;
  /** Its `data`, such as a `TaskFailed` has, JSON-safe; null where it has none. */
  readonly data: unknown;
  /** The task itself has raised it, and chosen the code: see `TaskError.raisedByTask`. */
  readonly raisedByTask: boolean;
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
  if (outcome === null) return { ...NO_TASK, status: "NONE", data: "Task does not exist", error: null };
  if (outcome instanceof Error) {
    const data = outcome instanceof ServerOffline ? "TaskServer OFFLINE" : textOf(outcome);
    return { ...NO_TASK, status: "ERROR", data, error: toAnswerError(outcome) };
  }
  const { taskId, isSuccessful, followupTaskIds, durationMs } = outcome;
  const base = { taskId, followupTaskIds: [...followupTaskIds], error: null, progress: null, durationMs };
  if (isSuccessful === null) return { ...base, status: "TBD", data: null, progress: progressOf(outcome) };
  if (isSuccessful) return { ...base, status: "SUCCESS", data: toJsonValue(outcome.data) };
  return { ...base, status: "ERROR", data: textOf(outcome.error), error: toAnswerError(outcome.error) };
}

const NO_TASK = { taskId: null, followupTaskIds: [], progress: null, durationMs: null };

function progressOf({ progress }: TaskResult): Answer["progress"] {
  return progress === null ? null : { done: progress.done, total: progress.total };
}

function toAnswerError(error: Error | undefined): AnswerError | null {
  if (error === undefined) return null;
  const { name, message, code, data, raisedByTask = false } = error as Partial<TaskFailed> & Error;
  return {
    name,
    message,
    code: typeof code === "string" ? code : null,
    data: toJsonValue(data),
    raisedByTask,
  };
}

function textOf(error: Error | undefined): string {
  return error === undefined ? "unknown error" : `${error.name}: ${error.message}`;
}
