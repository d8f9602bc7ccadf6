/**
 * What a server tells of a task to whoever looks at it, or for it.
 *
 * @module
 */

import type { FailureKind } from "../core/retry.ts";
import type { TaskState } from "../core/task_state.ts";
import type { TaskProgress } from "./task_caller.ts";

/** A task as its server knows it, or a map under the id of its group. */
export interface TaskInfo {
  /** The task's id, for `client.handle` and `client.cancel`. */
  readonly id: string;
  /** What it is called: its `name`, or that of the function or class. */
  readonly name: string;
  /** Where it is. */
  readonly state: TaskState;
  /** Higher runs first. */
  readonly priority: number;
  /** Which run this is, or was, from 1; 0 while none has begun, and for a map. */
  readonly attempt: number;
  /** Wall-clock milliseconds at the server. */
  readonly submittedAt: number;
  /** Wall-clock milliseconds at the server; null before the first run, and for a map. */
  readonly startedAt: number | null;
  /** Wall-clock milliseconds at the server; null while it has not ended. */
  readonly finishedAt: number | null;
  /** The id of the task that submitted it; null for a client's. */
  readonly parent: string | null;
  /** The connection over which it came: the same text for all that came over it, subtasks included. */
  readonly client: string;
  /** What it has reported last; null when it has not, and once it has ended. */
  readonly progress: TaskProgress | null;
  /** Of a map, and of what a queue or `execute` sends together: how many of its items have not ended. Else null. */
  readonly items: number | null;
  /**
   * Its attempts that failed, the latest ten, where it was submitted with `retry`; the server forgets those of tasks that
   * failed long ago first.
   */
  readonly attempts: readonly TaskAttempt[];
  /** The key of its `unique` option; null without one. */
  readonly uniqueKey: string | null;
  /**
   * A failed task that the server keeps with its arguments, so that `client.retry` can have it run again; `"poisoned"` is
   * one that ended its process, or its server, too often. Null for any other.
   */
  readonly deadLetter: "failed" | "poisoned" | null;
}

/** An attempt of a task that failed. */
export interface TaskAttempt {
  /** Which run it was, from 1; 0 when none began, for no process could be started. */
  readonly attempt: number;
  /** What kind of failure it was, as `retry.on` names them. */
  readonly kind: FailureKind;
  /** Wall-clock milliseconds at the server; null when it never began. */
  readonly startedAt: number | null;
  /** Wall-clock milliseconds at the server. */
  readonly finishedAt: number;
  /** How long it ran, in milliseconds; null when it never began. */
  readonly durationMs: number | null;
  /** What it failed with; null for an error that was too large to be remembered. */
  readonly error: Error | null;
}

/** Which tasks `client.tasks` gives: those that pass all that is said. */
export interface TaskFilter {
  /** Their state, or any of these. @default {any} */
  state?: TaskState | readonly TaskState[];
  /** What they are called, the name of the function or class that they run, or `module#name`. @default {any} */
  name?: string;
  /** Submitted then or later: a date, or milliseconds since 1970, by the server's clock. @default {any} */
  since?: Date | number;
}
