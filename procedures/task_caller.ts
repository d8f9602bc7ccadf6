/**
 * What a client and a messenger have in common: submitting tasks and taking their results. Code that takes a
 * {@linkcode TaskCaller} works on both sides unchanged.
 *
 * @module
 */

import type { TaskState } from "../core/task_state.ts";
import type { LogLine } from "./log_line.ts";
import type { Procedure } from "./procedure.ts";
import type { TaskInfo } from "./task_info.ts";
import type { Task, TaskData, TaskFunction, TaskOptions } from "./task.ts";

/** What is known of a task. */
export interface TaskResult<Data = unknown> {
  /** The task's id. */
  readonly taskId: string;
  /** Where the task is; `"succeeded"`, `"failed"` and `"cancelled"` are final. */
  readonly status: TaskState;
  /** True or false once the task has ended, null before. */
  readonly isSuccessful: boolean | null;
  /** What the task returned; undefined unless it succeeded. */
  readonly data: Data | undefined;
  /** What the task raised, or why it was ended; undefined unless it failed or was cancelled. */
  readonly error: Error | undefined;
  /** Tasks that this one submitted with `needFollowup`. */
  readonly followupTaskIds: readonly string[];
  /** Which run this was, from 1; 0 while none has begun. */
  readonly attempt: number;
  /** Wall-clock milliseconds. */
  readonly submittedAt: number;
  /** Wall-clock milliseconds; null before the first run. */
  readonly startedAt: number | null;
  /** Wall-clock milliseconds; null while unfinished. */
  readonly finishedAt: number | null;
  /**
   * How long the run took, in milliseconds, by a clock that nobody sets; null while unfinished, and when it never began.
   * Quick items of a map that are told of together share that of them all.
   */
  readonly durationMs: number | null;
  /** Of a task that has not ended: how far it said last that it is. Null when it has said nothing, and of all others. */
  readonly progress: TaskProgress | null;
}

/** A submitted task. */
export interface TaskHandle<Data = unknown> {
  /** The task's id. */
  readonly id: string;
  /**
   * Waits for the data. May be called more than once.
   *
   * @throws the task's own error, or the {@linkcode TaskError} that says why it was ended; {@linkcode WaitTimeout} when
   * the wait is over first: the task goes on, and can be waited for again.
   */
  result(options?: WaitOptions): Promise<Data>;
  /** Cancels the task and all below it. True when it was not over yet. */
  cancel(options?: CallOptions): Promise<boolean>;
  /** Progress that the task reports from now on, latest values; ends with the task. */
  readonly progress: AsyncIterable<TaskProgress>;
  /**
   * What the task logs and prints, from its first line on; ends with the task. Read later, also when the task has ended,
   * it begins with what the server has kept: the first 100 lines and the last 100 (at most 32 Ki characters each), for as
   * long as results are kept, with a line in between that says how many are missing.
   */
  readonly logs: AsyncIterable<LogLine>;
  /** What the server knows of the task; null when it knows nothing. Nothing is taken. */
  info(options?: CallOptions): Promise<TaskInfo | null>;
}

/**
 * A task that yields items while it runs, and may be sent items. An async iterator over what it yields: a consumer that
 * is slow makes the task wait, one that leaves the loop cancels it.
 *
 * @typeParam Input What it can be sent.
 * @typeParam Item What it yields.
 * @typeParam Return What it returns in the end.
 */
export interface TaskStream<Input = unknown, Item = unknown, Return = unknown>
  extends AsyncIterableIterator<Item, undefined>, AsyncDisposable {
  /** The task's id. */
  readonly id: string;
  /**
   * Sends an item to the task's `messenger.inbox`; waits while the task does not take what it was sent before.
   *
   * @throws {TaskError} `STREAM_ENDED` after `end()`, and when the task has ended.
   * @throws {NotSendable} for what cannot be sent. @throws {WaitTimeout} when there was no room in time: it is not sent.
   */
  send(value: Input, options?: CallOptions): Promise<void>;
  /** Nothing more will be sent: the task's inbox ends. */
  end(): Promise<void>;
  /**
   * What the task returns.
   *
   * @throws the task's own error, or the {@linkcode TaskError} that says why it was ended. @throws {WaitTimeout} when the
   * wait is over first.
   */
  result(options?: CallOptions): Promise<Return>;
  /** Cancels the task and all below it. True when it was not over yet. */
  cancel(options?: CallOptions): Promise<boolean>;
  /** Leaves the stream: cancels the task, if it is not over. */
  return(): Promise<IteratorResult<Item, undefined>>;
}

/** What a function gives whose items can be streamed: a generator, or the promise of one. */
export type Streamable = Generator | AsyncGenerator | Promise<Generator | AsyncGenerator>;

/** What arrives item by item of a function that gives a generator; of any other, nothing. */
export type StreamItem<Return> = Awaited<Return> extends Generator<infer Item> | AsyncGenerator<infer Item>
  ? Awaited<Item>
  : never;

/** What a function that gives a generator returns in the end; of any other, what it returns. */
export type StreamReturn<Return> = Awaited<Return> extends
  Generator<unknown, infer End> | AsyncGenerator<unknown, infer End> ? End : Awaited<Return>;

/** Limits of a call that waits for a server: for its answer, or for it to be there. */
export interface CallOptions {
  /** Gives the call up, with its reason. @default {that of the client's or messenger's own options, until it aborts} */
  signal?: AbortSignal;
  /** Longest wait in milliseconds; then `WaitTimeout`. @default {no limit} */
  timeoutMs?: number;
}

/** Options of a wait. */
export interface WaitOptions {
  /** Ends the wait, and not the task, with its reason. */
  signal?: AbortSignal;
  /**
   * Longest wait in milliseconds; 0 does not wait. Below 1,000 the server is asked for the last time when the wait is
   * over, and given a second to answer. @default {until the task ends}
   */
  timeoutMs?: number;
}

/** How far a task is, in its own units. */
export interface TaskProgress {
  /** The task that reports. */
  readonly taskId: string;
  /** Units done. */
  readonly done: number;
  /** Units in all, or null when not known. */
  readonly total: number | null;
}

/** Options of `runProcedure`. */
export interface RunProcedureOptions {
  /**
   * Longest wait in milliseconds, and a second for the server to say how far the task is, else `WaitTimeout`; negative
   * waits until the task ends, 0 returns at once. A task that waits for room in a full queue all that time is given up,
   * with `WaitTimeout` too. @default {-1}
   */
  waitMs?: number;
}

/** Options of `map`. */
export interface MapOptions {
  /** Give a {@linkcode TaskResult} for each item instead of raising the first failure. @default {false} */
  settled?: boolean;
  /**
   * Items that one process runs, one after the other; each keeps its own outcome, and one that crashes costs only
   * itself. `"auto"`: as many as pay off, by measured durations. 1: each in a process of its own. @default {"auto"}
   */
  chunkSize?: number | "auto";
  /** Show on standard error how far the map is, where that is a terminal; nothing within a task. @default {false} */
  progress?: boolean;
}

/** Options of a query. One that is given up takes nothing. */
export interface QueryOptions extends CallOptions {
  /** Leave a finished result where it is. Without it, it can be had once. @default {false} */
  peek?: boolean;
}

/** Options of a query for one task. */
export interface QueryOneOptions extends QueryOptions {
  /**
   * Longest wait for the task to end, in milliseconds, and a second for the server to say how far it is, else
   * `WaitTimeout`; negative waits until it ends. Not with `peek`. @default {0, and for as long as a server is looked for}
   */
  waitMs?: number;
}

/**
 * Options of `submit` for tasks and procedures. The limits are those of the submission, which may wait for a server, or for
 * room in its queue: when they are over, the tasks are given up.
 */
export interface SubmitOptions extends CallOptions {
  /** From within a task: name the new tasks in this task's result. @default {false} */
  needFollowup?: boolean;
}

/** The shared interface of clients and messengers. */
export interface TaskCaller {
  /** The same caller with options for what is submitted through it; they add to the present ones. */
  with(options: TaskOptions): TaskCaller;
  /**
   * Runs a function with any number of arguments, or a procedure, and gives its data.
   *
   * @throws the task's own error, or the {@linkcode TaskError} that says why it was ended.
   */
  run<Return>(procedure: Procedure<Return>): Promise<Awaited<Return>>;
  /** Runs a function with any number of arguments and gives its data. */
  run<Args extends unknown[], Return>(fn: TaskFunction<Args, Return>, ...args: Args): Promise<TaskData<Return>>;
  /**
   * Runs a function over items, results in the items' order. The first failure is raised and cancels the rest.
   *
   * @throws the first failing item's error.
   */
  map<Item, Return>(
    fn: TaskFunction<[Item], Return>,
    items: Iterable<Item>,
    options: MapOptions & { settled: true },
  ): Promise<TaskResult<TaskData<Return>>[]>;
  /** Runs a function over items, results in the items' order. */
  map<Item, Return>(
    fn: TaskFunction<[Item], Return>,
    items: Iterable<Item>,
    options?: MapOptions,
  ): Promise<TaskData<Return>[]>;
  /** Runs tasks, each with options of its own where it has some, results in their order. */
  map<Data>(
    tasks: Iterable<Task<Data>>,
    options: Omit<MapOptions, "chunkSize"> & { settled: true },
  ): Promise<TaskResult<Data>[]>;
  /** Runs tasks, results in their order. */
  map<Data>(tasks: Iterable<Task<Data>>, options?: Omit<MapOptions, "chunkSize">): Promise<Data[]>;
  /** Runs a task that has options of its own, and tells how it ended. */
  runProcedure<Data>(task: Task<Data>, options?: RunProcedureOptions): Promise<TaskResult<Data>>;
  /**
   * Runs a procedure and tells how it ended, or how far it is when the wait is over. Does not raise the task's error. What
   * it gives is no data but a {@linkcode TaskResult}, which counts as true whatever is in it: `run` gives a procedure's data.
   */
  runProcedure<Return>(
    procedure: Procedure<Return>,
    options?: RunProcedureOptions,
  ): Promise<TaskResult<Awaited<Return>>>;
  /** Submits a task, or many at once, and does not wait for them to run. */
  submit<Data>(task: Task<Data>, options?: SubmitOptions): Promise<TaskHandle<Data>>;
  /** Submits many tasks at once. */
  submit<Data>(tasks: Iterable<Task<Data>>, options?: SubmitOptions): Promise<TaskHandle<Data>[]>;
  /** Submits a procedure. */
  submit<Return>(procedure: Procedure<Return>, options?: SubmitOptions): Promise<TaskHandle<Awaited<Return>>>;
  /** Submits a function with its arguments. */
  submit<Args extends unknown[], Return>(
    fn: TaskFunction<Args, Return>,
    ...args: Args
  ): Promise<TaskHandle<TaskData<Return>>>;
  /**
   * Runs a function that gives a generator, and gives what it yields, as it yields it. Leaving the loop cancels the
   * task.
   *
   * @throws the task's own error, behind the items before it.
   */
  stream<Args extends unknown[], Return extends Streamable>(
    fn: TaskFunction<Args, Return>,
    ...args: Args
  ): AsyncIterableIterator<StreamItem<Return>, undefined>;
  /**
   * Runs a function as a stream in both directions: it yields items, and takes items from its `messenger.inbox`.
   *
   * @typeParam Input What it can be sent.
   */
  open<Args extends unknown[], Return, Input = unknown>(
    fn: TaskFunction<Args, Return>,
    ...args: Args
  ): Promise<TaskStream<Input, StreamItem<Return>, StreamReturn<Return>>>;
  /**
   * A task by its id, such as a follow-up's: to wait for it, cancel it, or follow it. Whether there is one shows when it is
   * asked: what `result()` raises is `UNKNOWN_TASK` then, `cancel()` gives false, `info()` null. In a task: of what lies
   * below it, everything else is unknown.
   *
   * @typeParam Data What the task gives.
   * @throws {TypeError} for what is no text.
   */
  handle<Data = unknown>(id: string): TaskHandle<Data>;
  /**
   * Cancels tasks by their ids, and all below them: whoever waits for them gets `TaskCancelled`. The id of a map, as
   * `client.tasks` lists it, cancels its items. Gives how many of them had not ended, each item of a map counted; what has
   * ended, or nobody knows, is passed over, so that it does not matter which came first. In a task: of what lies below it.
   *
   * @throws {TypeError} for what is no text. @throws {WaitTimeout} when the server has not answered in time.
   */
  cancel(ids: string | Iterable<string>, options?: CallOptions): Promise<number>;
  /** What is known of a task; null when nothing is. A finished result is taken: see {@linkcode QueryOptions}. */
  queryResult<Data = unknown>(taskId: string, options?: QueryOneOptions): Promise<TaskResult<Data> | null>;
  /** The same for many, in the order asked. */
  queryResults<Data = unknown>(
    taskIds: Iterable<string>,
    options?: QueryOptions,
  ): Promise<(TaskResult<Data> | null)[]>;
}
