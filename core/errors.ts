/**
 * The one family of errors. Every failure that Palpable itself names is a {@linkcode TaskError} with a
 * `code` from a closed list; there is a subclass only where callers catch it.
 *
 * @module
 */

import type { ErrorCode } from "./error_codes.ts";

export { ERROR_CODES, type ErrorCode } from "./error_codes.ts";

/** What a {@linkcode TaskError} may carry besides its message. */
export interface TaskErrorOptions {
  /** The error that led to this one. */
  cause?: unknown;
}

/** What a {@linkcode TaskFailed} may carry besides. */
export interface TaskFailedOptions extends TaskErrorOptions {
  /** False: no other attempt would mend it, so there is none, whatever the task's `retry` says. @default {true} */
  retry?: boolean;
}

/** What is said of the next attempt. */
export interface RetryLaterOptions extends TaskErrorOptions {
  /** How long to wait, in milliseconds. @default {as long as the task's `retry` says} */
  delayMs?: number;
  /** Why. @default {"The task asked to be run again later"} */
  message?: string;
}

/** The base of all errors that Palpable raises by name. */
export class TaskError extends Error {
  /** Which failure this is; stable over versions, unlike the message. */
  declare code: ErrorCode;
  /** The stack as it was in the task's own process, where the error comes from a task. */
  declare remoteStack?: string;
  /**
   * True where the task's own process said so: it chose class and code, and a `TASK_TIMEOUT` may be that of a subtask.
   * Not set on what the server has decided.
   */
  declare raisedByTask?: boolean;
  /** How many runs of the task there were; set where there was more than one. */
  declare attempts?: number;
  /** The stage of a pipeline that the error comes from. */
  declare stage?: string;

  /** Makes an error with a code. */
  constructor(code: ErrorCode, message: string, options?: TaskErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/**
 * Raised by a task on purpose: an expected failure, logged as a warning. What was given travels to the caller as
 * `data`.
 *
 * @example
 * ```ts
 * import { TaskFailed } from "./errors.ts";
 *
 * export function find(id: number): string {
 *   if (id < 0) throw new TaskFailed("ID not found", { id });
 *   return `item ${id}`;
 * }
 * ```
 */
export class TaskFailed extends TaskError {
  /** What the task wants its caller to have; any value that can be sent. */
  declare data: unknown;
  /** False where the task has said that no other attempt would mend it. It is not enumerable, and does not travel. */
  declare retry?: boolean;

  /** A failure with a message and, optionally, data of any sendable shape. */
  constructor(message = "The task failed", data?: unknown, options?: TaskFailedOptions) {
    super("TASK_FAILED", message, options);
    this.data = data;
    if (options?.retry === false) Object.defineProperty(this, "retry", { value: false });
  }
}

/**
 * Raised by a task on purpose: it is to run again, later. That counts as a failed attempt, and where the task has no other
 * left (see the task option `retry`) it is the task's error.
 *
 * @example
 * ```ts
 * import { RetryLater } from "./errors.ts";
 *
 * export async function fetchOnce(url: string): Promise<string> {
 *   const response = await fetch(url);
 *   if (response.status === 429) throw new RetryLater({ delayMs: 5000 });
 *   return await response.text();
 * }
 * ```
 */
export class RetryLater extends TaskError {
  /** How long to wait, in milliseconds; null: as long as the task's `retry` says. */
  declare delayMs: number | null;

  /** A wish for another attempt. */
  constructor({ delayMs, message = "The task asked to be run again later", cause }: RetryLaterOptions = {}) {
    super("RETRY_LATER", message, cause === undefined ? undefined : { cause });
    // No check of options is loaded here: each task's process loads this file.
    if (delayMs !== undefined && !(Number.isFinite(delayMs) && delayMs >= 0)) {
      throw new RangeError(`Cannot use delayMs: give milliseconds from 0, such as 5000: current value is ${delayMs}`);
    }
    this.delayMs = delayMs ?? null;
  }
}

/** The task ran longer than its `timeoutMs`; its process is dead by the time this is seen. */
export class TaskTimeout extends TaskError {
  /** The limit that was exceeded, in milliseconds. */
  declare timeoutMs: number;

  /** A timeout of `timeoutMs` milliseconds. */
  constructor(message: string, timeoutMs: number) {
    super("TASK_TIMEOUT", message);
    this.timeoutMs = timeoutMs;
  }
}

/** The task had not begun within its `startBeforeMs`, and never will: nothing of it has run. */
export class TaskExpired extends TaskError {
  /** How long it would have waited for its begin, in milliseconds. */
  declare startBeforeMs: number;

  /** One that was not begun within `startBeforeMs` milliseconds. */
  constructor(message: string, startBeforeMs: number) {
    super("TASK_EXPIRED", message);
    this.startBeforeMs = startBeforeMs;
  }
}

/**
 * The task's process ended by itself, or its server did while the task ran, as often as `maxCrashes` of the server allows:
 * it is not run again.
 */
export class TaskPoisoned extends TaskError {
  /** How often that was. */
  declare crashes: number;

  /** One that has seen so many of them. */
  constructor(message: string, crashes: number) {
    super("TASK_POISONED", message);
    this.crashes = crashes;
  }
}

/** The task's server ended while it ran, or was about to, and the task says `onServerLoss: "fail"`. */
export class ServerLost extends TaskError {
  /** A server that is no more. */
  constructor(message: string) {
    super("SERVER_LOST", message);
  }
}

/** The task was cancelled, by its caller or because the task that waited for it ended. */
export class TaskCancelled extends TaskError {
  /** The task that took its place: it has the same `unique` key, and says `onConflict: "replace"`. */
  declare replacedBy?: string;

  /** A cancellation; the message says by what. */
  constructor(message = "The task was cancelled") {
    super("TASK_CANCELLED", message);
  }
}

/** Another task has the key of this one, which says `onConflict: "refuse"`, or would wait for itself. */
export class DuplicateKey extends TaskError {
  /** The key. */
  declare key: string;
  /** The id of the task that has it. */
  declare taskId: string;

  /** A refusal that names the key and the task that has it. */
  constructor(message: string, key: string, taskId: string) {
    super("DUPLICATE_KEY", message);
    Object.assign(this, { key, taskId });
  }
}

/** How a process ended, as {@linkcode TaskCrashed} tells it. */
export interface CrashDetails {
  /** The exit code, or null when a signal ended the process. */
  exitCode: number | null;
  /** The signal's name, such as `"SIGKILL"`, or null. */
  signal: string | null;
  /** The end of what the process wrote to its standard error. */
  stderr?: string;
}

/** The task's process ended without an outcome: exit, crash, kill from outside, out of memory. */
export class TaskCrashed extends TaskError {
  /** The exit code, or null when a signal ended the process. */
  declare exitCode: number | null;
  /** The signal's name, such as `"SIGKILL"`, or null. */
  declare signal: string | null;
  /** The end of what the process wrote to its standard error, for finding the cause. */
  declare stderr: string;

  /** A crash with what is known of it. */
  constructor(message: string, details: CrashDetails, code: ErrorCode = "TASK_CRASHED") {
    super(code, message);
    this.exitCode = details.exitCode;
    this.signal = details.signal;
    this.stderr = details.stderr ?? "";
  }
}

/** The server was told to stop while the task ran or waited in the queue, and no other took its place in time. */
export class TaskKilledByQuitSignal extends TaskError {
  /** Killed by the server's stop. */
  constructor(message = "The server stopped before the task ended", options?: TaskErrorOptions) {
    super("TASK_KILLED_BY_QUIT", message, options);
  }
}

/** The server could not start or watch the task's process; the cause says why. */
export class TaskKilledByMonitoringError extends TaskError {
  /** Killed because it could not be watched. */
  constructor(message: string, options?: TaskErrorOptions) {
    super("TASK_KILLED_BY_MONITORING", message, options);
  }
}

/** A task asked for more than the server's ceiling, or than its parent has. Nothing was started. */
export class PermissionCeilingExceeded extends TaskError {
  /** Each permission that was too much, such as `"net example.com:443"`. */
  declare excess: string[];

  /** Names what was too much. */
  constructor(message: string, excess: string[]) {
    super("PERMISSION_CEILING", message);
    this.excess = excess;
  }
}

/** The queue holds as many tasks as it may; nothing of the refused submission was accepted. */
export class QueueFull extends TaskError {
  /** How many tasks the queue may hold. */
  declare capacity: number;

  /** A refusal that states the capacity. */
  constructor(message: string, capacity: number) {
    super("QUEUE_FULL", message);
    this.capacity = capacity;
  }
}

/** The two sides do not share a key, or one of them did not prove it. */
export class AuthenticationFailed extends TaskError {
  /** A failed handshake. */
  constructor(message: string, options?: TaskErrorOptions) {
    super("AUTHENTICATION_FAILED", message, options);
  }
}

/** Nothing answers at the server's address, or it went away and did not come back in time. */
export class ServerOffline extends TaskError {
  /** Offline; the cause says what the last attempt met. */
  constructor(message = "TaskServer OFFLINE", options?: TaskErrorOptions) {
    super("SERVER_OFFLINE", message, options);
  }
}

/** The server has no room for another connection, and had none for as long as the client was to look for it. */
export class ServerBusy extends TaskError {
  /** A refusal for want of room. */
  constructor(message = "The server has no room for another connection", options?: TaskErrorOptions) {
    super("SERVER_BUSY", message, options);
  }
}

/** The wait ended, not the task: it goes on, and nothing was consumed. */
export class WaitTimeout extends TaskError {
  /** A wait that ended. */
  constructor(message: string) {
    super("WAIT_TIMEOUT", message);
  }
}

/** The queue was closed: nothing can be pushed or popped any more. */
export class QueueClosed extends TaskError {
  /** A queue that its owner closed. */
  constructor(message = "The queue is closed") {
    super("QUEUE_CLOSED", message);
  }
}

/** The dispatcher was closed, and with it all its queues. */
export class DispatcherClosed extends TaskError {
  /** A dispatcher that its owner closed. */
  constructor(message = "The dispatcher is closed") {
    super("DISPATCHER_CLOSED", message);
  }
}

/** A pipeline holds as many items as it may, and the call was to be refused rather than wait. */
export class PipelineFull extends TaskError {
  /** How many items the pipeline may hold. */
  declare capacity: number;

  /** A refusal that states the capacity. */
  constructor(message: string, capacity: number) {
    super("PIPELINE_FULL", message);
    this.capacity = capacity;
  }
}

/** An item was not through the pipeline in time. It is given up: no further stage begins with it. */
export class PipelineTimeout extends TaskError {
  /** The limit, in milliseconds. */
  declare timeoutMs: number;

  /** A limit that was exceeded. */
  constructor(message: string, timeoutMs: number) {
    super("PIPELINE_TIMEOUT", message);
    this.timeoutMs = timeoutMs;
  }
}

/** A stage cannot do its work: it did not start, broke its contract, or has lost its workers for good. */
export class StageFailed extends TaskError {
  /** A failure of the stage itself; the cause says more. */
  constructor(message: string, stage: string, options?: TaskErrorOptions) {
    super("STAGE_FAILED", message, options);
    this.stage = stage;
  }
}

/** Every part of an ensemble that is not `failFast` has failed for an item. */
export class EnsembleFailed extends TaskError {
  /** What each part raised, in their order. */
  declare errors: Error[];

  /** The parts' errors. */
  constructor(message: string, errors: Error[]) {
    super("ENSEMBLE_FAILED", message, { cause: errors[0] });
    this.errors = errors;
  }
}

/** A worker was told to end: the reason of its target's AbortSignal, and its error when that was what ended it. */
export class WorkerTerminated extends TaskError {
  /** The signal that ended its process by force; null when it ended by itself, and for a thread. */
  declare signal: string | null;

  /** A termination, by force where there is a signal. */
  constructor(message = "The worker was told to end", signal: string | null = null, options?: TaskErrorOptions) {
    super("WORKER_TERMINATED", message, options);
    this.signal = signal;
  }
}

/** A value cannot be sent; `path` says where in it the trouble is, such as `$.items[3].fn`. */
export class NotSendable extends TaskError {
  /** Where in the value, from `$`. */
  declare path: string;

  /** Names the place. */
  constructor(message: string, path: string, code: ErrorCode = "NOT_SENDABLE") {
    super(code, message);
    this.path = path;
  }
}

/** An error class, seen as what it makes. */
// deno-lint-ignore no-explicit-any
export type ErrorClass = abstract new (...args: any[]) => Error;

/** The classes of the family that cross the wire as themselves. */
export const TASK_ERROR_CLASSES: readonly ErrorClass[] = [
  TaskError,
  TaskFailed,
  TaskTimeout,
  TaskExpired,
  TaskPoisoned,
  ServerLost,
  RetryLater,
  TaskCancelled,
  DuplicateKey,
  TaskCrashed,
  TaskKilledByQuitSignal,
  TaskKilledByMonitoringError,
  PermissionCeilingExceeded,
  QueueFull,
  AuthenticationFailed,
  ServerOffline,
  ServerBusy,
  WaitTimeout,
  PipelineFull,
  PipelineTimeout,
  StageFailed,
  EnsembleFailed,
  WorkerTerminated,
  QueueClosed,
  DispatcherClosed,
  NotSendable,
];

// On the prototypes, so that an error shows no field of that name, and one that is rebuilt without its constructor has it.
for (const type of TASK_ERROR_CLASSES) {
  Object.defineProperty(type.prototype, "name", { value: type.name, writable: true, configurable: true });
}
