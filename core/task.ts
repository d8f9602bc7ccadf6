/**
 * A task as the server holds it: data only. Tasks of one submission share a {@linkcode Profile}, so that a queued task
 * costs little more than its id and its encoded arguments.
 *
 * @module
 */

import type { PathSpellings } from "./path_spellings.ts";
import type { PermissionSet } from "./permissions.ts";
import type { Outcome } from "./outcome.ts";
import type { TaskState } from "./task_state.ts";

/** What to run: an export, a procedure class, or the source of a self-contained function. */
export type Target =
  | { readonly kind: "export"; readonly module: string; readonly name: string }
  | { readonly kind: "procedure"; readonly module: string; readonly name: string; readonly within: string | null }
  | { readonly kind: "source"; readonly text: string; readonly name: string };

/** What tasks of one submission have in common. */
export interface Profile {
  readonly target: Target;
  readonly permissions: PermissionSet;
  /** Granted too: the same paths as they were written. */
  readonly spellings: PathSpellings;
  readonly timeoutMs: number;
  readonly memoryMb: number | null;
  readonly priority: number;
  /** `"module"`: its process may go on to run other tasks of the same module, permissions, limits and owner. */
  readonly isolation: "task" | "module";
  /** Its tasks are streams: see `runtime/streams.ts`. */
  readonly stream: boolean;
  /** The same for profiles whose tasks need the same process: module, permissions, memory. */
  readonly spawnKey: string;
  /** What status and logs call the task: the given name, or the target's. */
  readonly name: string;
}

/** The items of one map. */
export interface TaskGroup {
  readonly id: string;
  /** Items that one process runs; null: as many as pay off. */
  readonly chunkSize: number | null;
}

/** One request to run one procedure. */
export interface TaskRecord {
  readonly id: string;
  readonly profile: Profile;
  /** The encoded arguments; opaque here. Let go when the task is final. */
  input: Uint8Array;
  /** Tells a repeated submission from a different one under the same id. */
  readonly fingerprint: number;
  state: TaskState;
  /** 1-based number of the run; 0 before the first. */
  attempt: number;
  /** The task that submitted this one; null for a client's. */
  readonly parent: TaskRecord | null;
  /** 0 for a client's task, its parent's plus one otherwise. */
  readonly depth: number;
  /** The client's session that this task goes back to: different owners share no process. */
  readonly owner: number;
  /** The map that this task is an item of; items of one map may share a process. */
  readonly group: TaskGroup | null;
  /** Tasks with the same key may run in one process, one after the other; null: never with another. */
  readonly reuseKey: string | null;
  /** Cancelled when the parent ends: only the parent could have taken its result. */
  readonly bound: boolean;
  /** Unfinished children; made when the first one is submitted. */
  children: Set<TaskRecord> | null;
  followupIds: string[] | null;
  /** Wall clock, milliseconds. */
  readonly submittedAt: number;
  startedAt: number | null;
}

/** How a task ended. The payload is the encoded data or error; opaque here. */
export interface Result {
  readonly id: string;
  readonly status: "succeeded" | "failed" | "cancelled";
  readonly attempt: number;
  readonly payload: Uint8Array;
  readonly followupIds: readonly string[];
  readonly fingerprint: number;
  /** Wall clock, milliseconds. */
  readonly submittedAt: number;
  readonly startedAt: number | null;
  readonly finishedAt: number;
  /** Ids of the task that submitted this one, of the one that submitted that, and so on: those may take the result. */
  readonly ancestors: readonly string[];
}

/** True when a task, or a result, lies below `scope`: submitted by it, at any remove. */
export function liesBelow(what: TaskRecord | Result, scope: TaskRecord): boolean {
  if ("ancestors" in what) return what.ancestors.includes(scope.id);
  for (let at = what.parent; at !== null; at = at.parent) {
    if (at === scope) return true;
  }
  return false;
}

/** The key for tasks of one submission; see {@linkcode TaskRecord.reuseKey}. */
export function reuseKeyFor(profile: Profile, owner: number, group: TaskGroup | null): string | null {
  if (profile.isolation === "module") return `module ${owner} ${profile.spawnKey}`;
  return group === null || group.chunkSize === 1 ? null : `map ${group.id}`;
}

/** What is kept of a task that has ended. `finishedAt` is wall-clock time in milliseconds. */
export function resultOf(task: TaskRecord, { status, payload }: Outcome, finishedAt: number): Result {
  const { id, attempt, fingerprint, submittedAt, startedAt } = task;
  const ancestors: string[] = [];
  for (let at = task.parent; at !== null; at = at.parent) ancestors.push(at.id);
  const followupIds = task.followupIds ?? [];
  return { id, status, attempt, payload, followupIds, fingerprint, submittedAt, startedAt, finishedAt, ancestors };
}
