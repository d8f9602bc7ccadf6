/**
 * A task to be: what to run, with which arguments and options. Nothing runs until it is submitted.
 *
 * @module
 */

import { callText } from "./call_text.ts";
import { isProcedure, type Procedure } from "./procedure.ts";
import { requireTaskOptions } from "./task_options.ts";
import type { RemoteFunction } from "./remote.ts";
import type { LimitOptions } from "./limit_options.ts";
import type { RetryOptions } from "./retry_options.ts";
import type { UniqueOptions } from "./unique_options.ts";
import type { Permissions } from "../core/permissions.ts";

/** A function that can be given to `run`: a reference to an exported one, or a self-contained one. */
export type TaskFunction<Args extends unknown[], Return> = RemoteFunction<Args, Return> | PlainFunction<Args, Return>;

/** A function that does its work itself: what `defineTask` gives makes tasks. */
export type PlainFunction<Args extends unknown[], Return> =
  & ((...args: Args) => Return)
  & { readonly makesTasks?: never };

/** What arrives for a function's return value: promises are awaited, generators collected. */
export type TaskData<Return> = Awaited<Return> extends infer Value
  ? Value extends Generator<infer Item> | AsyncGenerator<infer Item> ? Item[] : Value
  : never;

/** How a process is shared between tasks. */
export type Isolation = "task" | "module";

/** Options of a task. */
export interface TaskOptions {
  /** What the task may do. `"inherit"`, for subtasks: what its parent may. @default {nothing} */
  permissions?: Permissions | "inherit";
  /**
   * Longest run time in milliseconds, time spent waiting for subtasks included. Once it was waited for as long, and the
   * server does not answer for another `heartbeatMs`, the wait ends with `ServerOffline`. @default {the server's}
   */
  timeoutMs?: number;
  /**
   * `"task"`: a process of its own. `"module"`: a process that may go on to run other tasks of the same module,
   * permissions, limits and client. @default {the server's, which is "task"}
   */
  isolation?: Isolation;
  /** Most memory in MiB: V8's heap, and on Linux the process's resident memory. @default {the server's} */
  memoryMb?: number;
  /** Whole number within ±1000; higher runs first. @default {0} */
  priority?: number;
  /** What logs and status call the task. @default {the function's or class's name} */
  name?: string;
  /** Cancels the task and all below it. */
  signal?: AbortSignal;
  /**
   * Longest wait for the begin in milliseconds, from the submission on, whatever it waits for; then the task is given up
   * with `TaskExpired`, and nothing of it has run. Each item of a `map` has it by itself. Such tasks are given to
   * processes one by one. @default {no limit}
   */
  startBeforeMs?: number;
  /**
   * How long the task waits before it comes into line, in milliseconds from the submission on: until then it is
   * `delayed`, and has no slot, no process and no place in the queue. What setting the clock does not change.
   * @default {0}
   */
  delayMs?: number;
  /**
   * Further attempts when one fails, or how many attempts there are to be in all: each begins after a while, in which the
   * task is `delayed`. Each item of a `map` has them by itself. Not for streams. @default {1 attempt}
   */
  retry?: number | RetryOptions;
  /**
   * How many tasks that name the same key may run at once, and start in a second, such as
   * `{ key: "example.org", concurrency: 2, perSecond: 5 }`. Others wait in the order of their submission, without a slot
   * or a process, and are in nobody's way. Each item of a `map` counts. A task below one that holds the key needs no
   * place of its own. @default {any number}
   */
  limit?: LimitOptions;
  /**
   * A key of which there is to be one task at a time: another with the same key joins it, replaces it or is refused. Not
   * for maps, queues, streams and schedules. @default {none}
   */
  unique?: UniqueOptions;
  /**
   * Of what is `submit`ted: whether it is to outlive the server. `true` is refused with `NO_STORE` by a server without a
   * store, and for what its caller awaits. @default {true where the server has a store}
   */
  durable?: boolean;
  /**
   * Of a durable task that ran when its server ended without a word: it runs again, or it fails with `ServerLost` and never
   * runs twice for that. Such tasks are given to processes one by one, each once that is on the disk. @default {"rerun"}
   */
  onServerLoss?: "rerun" | "fail";
  /** With a full queue: wait for room, or refuse with `QueueFull`. @default {"wait"} */
  whenFull?: "wait" | "refuse";
  /** Of a task's own submissions: name the new task in this task's result. @default {false} */
  needFollowup?: boolean;
}

/**
 * A function with its arguments, or a procedure, with options of its own: see {@linkcode Task.with}. Made by
 * {@linkcode task}.
 */
export class Task<Data = unknown> {
  /** What to run. */
  readonly target: TaskFunction<never[], unknown> | Procedure;
  /** The arguments, in order; none for a procedure. */
  readonly args: readonly unknown[];
  /** Options that go before those of the caller. */
  readonly options: TaskOptions;
  /** Never there; carries the type of the result. */
  declare readonly data?: Data;

  /** Use {@linkcode task}, which checks the arguments' types. */
  constructor(
    target: TaskFunction<never[], unknown> | Procedure,
    args: readonly unknown[],
    options: TaskOptions = NO_OPTIONS,
  ) {
    this.target = target;
    this.args = args;
    this.options = options;
  }

  /**
   * The same task with options of its own, which go before those of whoever submits it, and add to those that it has.
   * This one stays as it is.
   *
   * @throws {TypeError} for an unknown option or one of the wrong type. @throws {RangeError} for a value out of range.
   *
   * @example
   * ```ts
   * import { task } from "./mod.ts";
   *
   * const square = task((x: number) => x * x, 3);
   * console.assert(square.with({ priority: 5, timeoutMs: 1000 }).options.priority === 5);
   * ```
   */
  with(options: TaskOptions): Task<Data> {
    return new Task<Data>(this.target, this.args, this.merged(options));
  }

  /** @ignore */
  protected merged(options: TaskOptions): TaskOptions {
    requireTaskOptions(options);
    return Object.freeze({ ...this.options, ...options });
  }

  /** The call as text, such as `factorise(12345)`, arguments shortened; made when it is asked for. */
  toString(): string {
    return callText(this.target, this.args);
  }
}

/** One object for all tasks without options: what goes out together is found by it. */
const NO_OPTIONS: TaskOptions = Object.freeze({});

/**
 * A task to be submitted later or among others.
 *
 * @example
 * ```ts
 * import { task } from "./mod.ts";
 *
 * const tasks = [1, 2, 3].map((n) => task((x: number) => x * x, n));
 * console.assert(tasks.length === 3);
 * ```
 */
export function task<Return>(procedure: Procedure<Return>): Task<Awaited<Return>>;
/** A call of a function, to be made as a task. */
export function task<Args extends unknown[], Return>(
  fn: TaskFunction<Args, Return>,
  ...args: Args
): Task<TaskData<Return>>;
export function task(target: TaskFunction<never[], unknown> | Procedure, ...args: unknown[]): Task {
  if (isProcedure(target) && args.length > 0) {
    throw new TypeError("Cannot pass arguments to a procedure: set its fields");
  }
  return new Task(target, args);
}
