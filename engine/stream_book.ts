/**
 * Streams between tasks and whoever opened them, as far as the engine has to do with them: their tasks lend their slots
 * while they wait for what a stream brings, and their ends are told.
 *
 * @module
 */

import type { Caller } from "./caller.ts";
import type { TaskRecord } from "./task.ts";
import type { TaskRun } from "./task_run.ts";

/** What streams ask of the engine. */
export interface StreamHooks {
  /** Lends the slot of a run that waits for what its stream brings. */
  pause(run: TaskRun): void;
  /** Calls back once such a run has a slot again, or at once when it did not wait. */
  unpause(run: TaskRun, act: () => void): void;
  /** Nobody wants the task any more. */
  abandon(taskId: string): void;
}

/** All open streams. */
export interface StreamBook {
  /** True when a paused run may go on without any other task's being started. */
  readonly mayResume: boolean;
  /**
   * Checks that the consumer may open more.
   *
   * @throws {TaskError} `NOT_ALLOWED`.
   */
  requireRoom(consumer: Caller, more: number): void;
  /** Opens the stream of a task that was just accepted. */
  open(task: TaskRecord, consumer: Caller): void;
  /** The task is over. */
  settled(taskId: string): void;
  /** Nobody wants what it brings. */
  discard(taskId: string): void;
  /** A consumer has left, for good or until it is back. */
  leave(consumer: Caller, isForGood: boolean): void;
}
