/**
 * Outcomes that the server decides: what a task ends with that did not end by itself.
 *
 * @module
 */

import { type ErrorCode, TaskCancelled, type TaskError } from "../core/errors.ts";
import type { Outcome } from "../core/outcome.ts";
import type { FailureKind } from "../core/retry.ts";
import { encode, sendableError } from "../wire/codec.ts";

/** What all that callers cancel ends with: making and encoding an error takes longer than all else of a cancellation. */
export const CANCELLED = new TaskCancelled();

/** One error may end many tasks: it is encoded once. */
const encoded = new WeakMap<TaskError, Uint8Array>();

/** Those that another attempt may mend. */
const KINDS: Partial<Record<ErrorCode, FailureKind>> = {
  TASK_TIMEOUT: "timeout",
  TASK_CRASHED: "crash",
  MEMORY_LIMIT: "crash",
  OUTPUT_LIMIT: "crash",
  TASK_KILLED_BY_MONITORING: "lost",
};

/** The outcome of a task that ends with this error. */
export function failure(status: "failed" | "cancelled", error: TaskError): Outcome {
  let payload = encoded.get(error);
  if (payload === undefined) {
    payload = encode(sendableError(error));
    encoded.set(error, payload);
  }
  return { status, payload, kind: KINDS[error.code], isPoisoned: error.code === "TASK_POISONED" };
}
