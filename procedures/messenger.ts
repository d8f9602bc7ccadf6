/**
 * What a running procedure talks through.
 *
 * @module
 */

import type { AnyServlet, InputOf, OutputOf, PipelineCaller, Servlet } from "./servlet.ts";
import type { TaskCaller } from "./task_caller.ts";
import type { TaskOptions } from "./task.ts";

/** Which worker runs, and where. */
export interface WorkerIdentity {
  /** Another for each worker, and after each restart. */
  readonly id: string;
  /** The id of the worker, or the host, process and thread, that made it. */
  readonly parentId: string;
  /** Name of the machine. */
  readonly host: string;
  /** Its process. */
  readonly pid: number;
  /** Its thread: the process's number for the main thread. */
  readonly tid: number;
  /** What it is called. */
  readonly name: string;
  /** Whatever its maker gave it. */
  readonly userId: unknown;
}

/** Log, progress, cancellation and subtasks of the task that runs. */
export interface Messenger extends TaskCaller {
  /** The id of the task that runs. */
  readonly taskId: string;
  /** Which run of the task this is, from 1. */
  readonly attempt: number;
  /** Aborts when the task is to end: cancelled, out of time, or the server stops. What remains is a short grace. */
  readonly signal: AbortSignal;
  /** Logs at debug level. */
  debug(...values: unknown[]): void;
  /** Logs at info level. */
  info(...values: unknown[]): void;
  /** Logs at warning level. */
  warning(...values: unknown[]): void;
  /** Logs at error level. */
  error(...values: unknown[]): void;
  /** Logs at info level, as `console.log` in a task does. */
  print(...values: unknown[]): void;
  /**
   * A pipeline that the task's server runs under this name: `call` takes an item through, `stream` many. The task lends
   * its slot while it waits for outputs, and what it has under way ends with it. It may call what it could do itself: each
   * stage is to have no permission that the task does not have, and threads have those of the server.
   *
   * @typeParam Described The servlet's type, for the types of inputs and outputs.
   * @throws {PermissionCeilingExceeded} from its calls, when a stage may do more than the task.
   * @throws {TaskError} `UNKNOWN_PIPELINE` from its calls; `NOT_ALLOWED` where no server runs the task.
   */
  pipeline<Described extends AnyServlet = Servlet<unknown>>(
    name: string,
  ): PipelineCaller<InputOf<Described>, OutputOf<Described>>;
  /**
   * Runs a step of the task, once over all its attempts: what `work` gives is recorded under the task's id and this name
   * before it is returned, and a later attempt (after a failure, or, with a store, after a lost server) gets what is
   * recorded and does not run it again. It is the value as it is sent: a copy, in each attempt. What is submitted within
   * `work` belongs to the step. A step that throws records nothing, and may be tried again under its name.
   *
   * A task that dies between the end of `work` and the record runs that step again: what a step does elsewhere should bear
   * being done twice, such as by a key that the other side knows again; {@linkcode Messenger.taskId} with the name is one.
   *
   * Of a durable task a step is recorded once it is on the disk. Where no server runs the task, and in streams and workers,
   * there is no later attempt, and nothing is recorded.
   *
   * @param name 1 to 200 characters, another for each step of an attempt.
   * @throws {TaskError} `DUPLICATE_STEP` for a name that the attempt has used; `STEP_LIMIT` for a value of more than 1 MiB,
   * or for more than 1,000 steps, or 16 MiB, of a task; `STEPS_FULL` before it runs, when the server keeps as many of all
   * tasks as it may; `NOT_ALLOWED` when the attempt is over.
   * @throws {NotSendable} for a value that cannot be recorded.
   * @example
   * ```ts ignore
   * const receipt = await messenger.step("charge", () => charge(order));
   * await messenger.step("ship", () => ship(order, receipt));
   * ```
   */
  step<Return>(name: string, work: () => Return): Promise<Awaited<Return>>;
  /** What the task is sent through its stream, item by item; ends at once in a task that was not opened as one. */
  readonly inbox: AsyncIterable<unknown>;
  /** Says how far the task is, in units of its own. Only the latest value is sure to arrive. */
  progress(done: number, total?: number): void;
  /**
   * State of a worker's target: at first what the worker was made with; whoever made the worker sees it when it has
   * ended. In a task: nothing, for the task's own use.
   */
  userState: unknown;
  /** The worker that runs; null in a task. */
  readonly worker: WorkerIdentity | null;
  /** The same messenger with options for what is submitted through it. */
  with(options: TaskOptions): TaskCaller;
}

/**
 * Where the messenger of the running task is; also found by functions sent as source and by other copies of this
 * package.
 */
export const MESSENGER: unique symbol = Symbol.for("palpable.messenger") as never;

/** A messenger's method that gives the task's connection, for clients that are made inside the task. */
export const LINK: unique symbol = Symbol.for("palpable.link") as never;

/** A messenger's method that gives the caller behind it, for what is built upon a caller's connection. */
export const CALLER: unique symbol = Symbol.for("palpable.caller") as never;

/**
 * The messenger of the task that runs here, for functions that are not given one.
 *
 * @throws {Error} outside of a task.
 */
export function currentMessenger(): Messenger {
  const messenger = (globalThis as { [MESSENGER]?: Messenger })[MESSENGER];
  if (messenger === undefined) throw new Error("Cannot find a messenger: this code does not run inside a task");
  return messenger;
}
