/**
 * What is told of tasks to whoever looks at them, as types; no logic. See `message.ts`.
 *
 * @module
 */

import type { ErrorCode } from "../core/error_codes.ts";
import type { FailureKind } from "../core/retry.ts";
import type { TaskState } from "../core/task_state.ts";

/** What is known of a task, or of a map: by the id of its group, and then `items` says how many have not ended. */
export type WireTaskInfo = readonly [
  id: string,
  name: string,
  state: TaskState,
  priority: number,
  attempt: number,
  submittedAt: number,
  startedAt: number | null,
  finishedAt: number | null,
  /** The task that submitted it. */
  parent: string | null,
  /** The connection that it came over, by a name that no other has. */
  client: string,
  progress: readonly [done: number, total: number | null] | null,
  items: number | null,
  /** Attempts that failed, the last of them, as far as they are remembered. */
  attempts?: readonly WireAttempt[] | null,
  /** Its unique key. */
  uniqueKey?: string | null,
  /** It is kept with its arguments, to be run again; the other has ended its process, or its server, too often. */
  deadLetter?: "failed" | "poisoned" | null,
];

/** How many dead letters were dealt with, and the others. */
export type WireLettersDealtWith = readonly [
  count: number,
  refused: readonly (readonly [id: string, code: ErrorCode, message: string])[],
];

/** An attempt of a task that failed: wall clock, milliseconds; the error is encoded, null when it was too large to keep. */
export type WireAttempt = readonly [
  attempt: number,
  kind: FailureKind,
  startedAt: number | null,
  finishedAt: number,
  error: Uint8Array | null,
];

/** Which tasks are to be listed: those that pass everything that is not null. */
export interface WireTaskFilter {
  states: readonly TaskState[] | null;
  /** What the task is called, the name of what it runs, or `module#name`. */
  name: string | null;
  /** Submitted then or later: wall clock, milliseconds. */
  since: number | null;
}
