/**
 * What is told of a task to whoever looks at many: unfinished, or over and kept. To look makes no record of a packed
 * task, and takes no item out from among the others.
 *
 * @module
 */

import type { TaskState } from "../core/task_state.ts";
import { Result } from "./result.ts";
import { isDelayed, type Origin, type TaskRecord } from "./task.ts";
import type { DeadLetter } from "./task_store.ts";

/** A task as it is looked at. */
export interface TaskView {
  readonly id: string;
  readonly origin: Origin;
  readonly state: TaskState;
  readonly attempt: number;
  /** Wall clock, milliseconds, and so is the other. */
  readonly startedAt: number | null;
  readonly finishedAt: number | null;
  /** What it has said last of how far it is; null when it has not, or is over. */
  readonly progress: TaskRecord["progress"];
  /** Of a map: how many of its items have not ended. Null for what is no map. */
  readonly items: number | null;
  /** It is a dead letter, or a poisoned one. */
  readonly deadLetter: "failed" | "poisoned" | null;
}

/** Which tasks are meant: those that pass everything. Null passes all. */
export interface TaskFilter {
  /** The name of the key whose tasks they are. */
  readonly keyName: string;
  readonly states: ReadonlySet<TaskState> | null;
  /** What the task is called, the name of what it runs, or `module#name`. */
  readonly name: string | null;
  /** Submitted then or later: wall clock, milliseconds. */
  readonly since: number | null;
}

/** Some of those that are meant, and where to go on behind them; null behind the last. */
export interface TaskPage {
  readonly tasks: readonly TaskView[];
  readonly next: string | null;
}

/** True for a task that is meant. What its table takes for ready may wait for its time. */
export function passes({ keyName, states, name, since }: TaskFilter, state: TaskState, origin: Origin): boolean {
  const known = state === "ready" ? stateInWait(origin) : state;
  if (origin.clientKey.name !== keyName || (states !== null && !states.has(known))) return false;
  return (since === null || origin.submittedAt >= since) && (name === null || isCalled(origin, name));
}

function isCalled({ profile }: Origin, name: string): boolean {
  const { target } = profile;
  if (profile.name === name || target.name === name) return true;
  return target.kind !== "source" && name === `${target.module}#${target.name}`;
}

/** A task, or how it ended. */
export function viewOf(task: TaskRecord | Result): TaskView {
  const { id, origin, attempt, startedAt } = task;
  const common = { id, origin, attempt, startedAt, items: null, deadLetter: null };
  return task instanceof Result
    ? { ...common, state: task.status, finishedAt: task.finishedAt, progress: null }
    : { ...common, state: task.state, finishedAt: null, progress: task.progress };
}

/** A dead letter. */
export function viewOfLetter({ result, isPoisoned }: DeadLetter): TaskView {
  return { ...viewOf(result), deadLetter: isPoisoned ? "poisoned" : "failed" };
}

/** A task that waits, and of which there is no record. */
export function viewOfWaiting(id: string, origin: Origin): TaskView {
  const state = stateInWait(origin);
  const nothing = { startedAt: null, finishedAt: null, progress: null, items: null, deadLetter: null };
  return { id, origin, state, attempt: 0, ...nothing };
}

/** Where a task is that waits and was never given to a worker. */
export function stateInWait(origin: Origin): "delayed" | "ready" {
  return isDelayed(origin) ? "delayed" : "ready";
}
