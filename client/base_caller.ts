/**
 * Submitting tasks and taking their results over a {@linkcode Link}: what clients and messengers share.
 *
 * @module
 */

import { untilAborted } from "../core/abort.ts";
import { type CallLimits, LIMITS } from "../core/call_limits.ts";
import { LeavableIterator } from "../core/leavable_iterator.ts";
import { requireKnown } from "../core/require_known.ts";
import { showValue } from "../core/show_value.ts";
import { uuidv7 } from "../core/uuid.ts";
import type { Procedure } from "../procedures/procedure.ts";
import { Task, type TaskData, type TaskFunction, type TaskOptions } from "../procedures/task.ts";
import type {
  CallOptions,
  MapOptions,
  QueryOneOptions,
  QueryOptions,
  RunProcedureOptions,
  Streamable,
  StreamItem,
  StreamReturn,
  SubmitOptions,
  TaskCaller,
  TaskHandle,
  TaskResult,
  TaskStream,
} from "../procedures/task_caller.ts";
import type { WireTarget } from "../wire/message.ts";
import { abandonTasks, cancelByIds } from "./abandon_tasks.ts";
import { callWithin } from "./call_within.ts";
import { Handle } from "./handle.ts";
import type { Link } from "./link.ts";
import type { Progress } from "./progress_meter.ts";
import { dataOf, toTaskResult } from "./result.ts";
import { mapItems, requireItems } from "./map_items.ts";
import { isIterable, mapTasks } from "./map_tasks.ts";
import { profileOf, submissionOf } from "./profile.ts";
import { queryResults } from "./query_results.ts";
import { requireTaskOptions } from "../procedures/task_options.ts";
import { requireNoUnique } from "../procedures/unique_options.ts";
import { Stream } from "./stream.ts";
import type { StreamRequest } from "./stream_request.ts";
import { sendTasks } from "./send_tasks.ts";
import { taskIds } from "./task_ids.ts";
import { SharedSubmissions } from "./shared_submissions.ts";
import { functionTarget, prepare } from "./target.ts";
import { parseSubmitArguments } from "./submit_arguments.ts";
import { submitTasks } from "./submit_tasks.ts";
import { submitWithin } from "./submit_within.ts";
import { ANSWER_MS, requireWaitMs, waitForSubmitted, waitForTask } from "./wait.ts";

const KNOWN_OF_MAP: readonly (keyof MapOptions)[] = ["settled", "chunkSize", "progress"];
const KNOWN_OF_PROCEDURES: readonly (keyof RunProcedureOptions)[] = ["waitMs"];
const KNOWN_OF_QUERIES: readonly (keyof QueryOptions)[] = ["peek", ...LIMITS];
const KNOWN_OF_QUERY: readonly (keyof QueryOneOptions)[] = ["peek", "waitMs", ...LIMITS];

/** The connection of a caller and the options of what it submits, for what is built upon it. */
export let insideOf: (caller: BaseCaller) => { link: Link; options: TaskOptions };

/** Base of client and messenger. */
export class BaseCaller implements TaskCaller {
  /**
   * The connection.
   *
   * @ignore
   */
  protected readonly link: Link;
  /** Options for all that is submitted through this object. */
  protected readonly options: TaskOptions;
  #shared = new SharedSubmissions();

  static {
    insideOf = (caller) => ({ link: caller.link, options: caller.options });
  }

  /**
   * A caller over a link.
   *
   * @ignore
   */
  constructor(link: Link, options: TaskOptions = {}) {
    this.link = link;
    this.options = options;
  }

  /** The same caller with options for what is submitted through it; they add to the present ones. */
  with(options: TaskOptions): TaskCaller {
    requireTaskOptions(options);
    return new BaseCaller(this.link, { ...this.options, ...options });
  }

  /** Runs a function, or a procedure, and gives its data. */
  run<Return>(procedure: Procedure<Return>): Promise<Awaited<Return>>;
  /** Runs a function and gives its data. */
  run<Args extends unknown[], Return>(fn: TaskFunction<Args, Return>, ...args: Args): Promise<TaskData<Return>>;
  async run(callee: unknown, ...args: unknown[]): Promise<unknown> {
    const { target, input } = prepare(callee, args);
    const id = uuidv7();
    const result = this.#runAwaited(target, id, input);
    return dataOf(await this.#orAbandon([id], result));
  }

  /** Runs a function over items, results in the items' order. */
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
  async map(fn: unknown, items: unknown, options: MapOptions = {}): Promise<unknown[]> {
    const { signal } = this.options;
    requireNoUnique(this.options, "give each task of a map its own, map([task(f, 1).with({ unique: … })])");
    const openProgress = () => this.openProgress();
    if (isIterable(fn)) {
      return await mapTasks(fn, { caller: this, signal, options: items as MapOptions | undefined, openProgress });
    }
    requireKnown(options, KNOWN_OF_MAP);
    const target = functionTarget(fn);
    requireItems(items);
    const submission = submissionOf(target, this.options, true);
    return await mapItems(this.link, { submission, items, options, signal, openProgress });
  }

  /**
   * Where work that this caller waits for shows how far it is; null where nobody looks, as in a task.
   *
   * @ignore
   */
  protected openProgress(): Promise<Progress | null> {
    return Promise.resolve(null);
  }

  /** Runs a task that has options of its own, and tells how it ended. */
  runProcedure<Data>(task: Task<Data>, options?: RunProcedureOptions): Promise<TaskResult<Data>>;
  /** Runs a procedure and tells how it ended, or how far it is when the wait is over. */
  runProcedure<Return>(
    procedure: Procedure<Return>,
    options?: RunProcedureOptions,
  ): Promise<TaskResult<Awaited<Return>>>;
  async runProcedure(what: unknown, options: RunProcedureOptions = {}): Promise<TaskResult> {
    requireKnown(options, KNOWN_OF_PROCEDURES);
    const { waitMs = -1 } = options;
    requireWaitMs(waitMs);
    if (!(what instanceof Task)) return await this.#runToResult(what, [], waitMs);
    const { target, args, options: own } = what;
    const caller = Object.keys(own).length === 0 ? this : this.with(own) as BaseCaller;
    return await caller.#runToResult(target, args, waitMs);
  }

  async #runToResult(callee: unknown, args: readonly unknown[], waitMs: number): Promise<TaskResult> {
    const { target, input } = prepare(callee, args);
    const id = uuidv7();
    if (waitMs === 0) {
      const submittedAt = Date.now();
      const submission = submissionOf(target, this.options, false);
      const ofAll = this.options.signal === undefined ? [] : [this.options.signal];
      const timeoutMs = this.link.heartbeatMs === null ? undefined : ANSWER_MS;
      await submitWithin(this.link, [{ submission, tasks: [[id, input]] }], { ids: [id], timeoutMs, ofAll });
      return toTaskResult([id, "ready", 0, null, [], submittedAt, null, null]);
    }
    const result = this.#runAwaited(target, id, input);
    const waiting = waitForSubmitted<unknown>(this.link, id, result, { waitMs, signal: this.options.signal });
    return await this.#orAbandon([id], waiting);
  }

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
  async submit(what: unknown, ...rest: unknown[]): Promise<TaskHandle | TaskHandle[]> {
    const { tasks, isMany, options } = parseSubmitArguments(what, rest);
    const handles = await submitTasks(this.link, tasks, this.options, options);
    return isMany ? handles : handles[0];
  }

  /** Runs a function that gives a generator, and gives what it yields, as it yields it. */
  stream<Args extends unknown[], Return extends Streamable>(
    fn: TaskFunction<Args, Return>,
    ...args: Args
  ): AsyncGenerator<StreamItem<Return>, undefined> {
    return new LeavableIterator(() => Stream.begin<StreamItem<Return>>(this.link, this.#streamRequest(fn, args)));
  }

  /** Runs a function as a stream in both directions. */
  async open<Args extends unknown[], Return, Input = unknown>(
    fn: TaskFunction<Args, Return>,
    ...args: Args
  ): Promise<TaskStream<Input, StreamItem<Return>, StreamReturn<Return>>> {
    return await Stream.open(this.link, this.#streamRequest(fn, args));
  }

  /** What is known of a task; null when nothing is. */
  async queryResult<Data = unknown>(
    taskId: string,
    options: QueryOneOptions = {},
  ): Promise<TaskResult<Data> | null> {
    requireKnown(options, KNOWN_OF_QUERY);
    const { waitMs = 0, peek } = options;
    requireWaitMs(waitMs);
    if (waitMs !== 0) {
      if (peek) throw new TypeError("Cannot use peek with waitMs: what is waited for is taken");
      return await callWithin(this.limitsOf(options), (signal) => {
        return waitForTask<Data>(this.link, taskId, { waitMs, signal });
      });
    }
    // Whoever says that the task is not waited for does not wait for its server either, but for an answer.
    const { timeoutMs = options.waitMs === 0 && this.link.heartbeatMs !== null ? ANSWER_MS : undefined } = options;
    const [found] = await this.queryResults<Data>([taskId], { peek, signal: options.signal, timeoutMs });
    return found;
  }

  /** The same for many, in the order asked. */
  async queryResults<Data = unknown>(
    taskIds: Iterable<string>,
    options: QueryOptions = {},
  ): Promise<(TaskResult<Data> | null)[]> {
    requireKnown(options, KNOWN_OF_QUERIES);
    const ids = [...taskIds];
    return await callWithin(this.limitsOf(options), (signal) => queryResults(this.link, ids, options, signal));
  }

  /**
   * What gives up a call that waits. The signal of this caller does so too, unless it has aborted before: what became of
   * the tasks that it has cancelled may be asked.
   *
   * @ignore
   */
  protected limitsOf({ signal, timeoutMs }: CallOptions): CallLimits {
    return { signal: signal ?? (this.options.signal?.aborted ? undefined : this.options.signal), timeoutMs };
  }

  #streamRequest(fn: unknown, args: readonly unknown[]): StreamRequest {
    requireNoUnique(this.options, "a stream has one reader");
    const { target, input } = prepare(fn, args);
    const profile = profileOf(target, this.options, true);
    const submission = { ...submissionOf(target, this.options, true), profile };
    return { id: uuidv7(), submission, input, signal: this.options.signal };
  }

  /** A task by its id, whoever submitted it. */
  handle<Data = unknown>(id: string): TaskHandle<Data> {
    if (typeof id !== "string" || id === "") {
      throw new TypeError(`Cannot make a handle: give the id of a task: current value is ${showValue(id)}`);
    }
    return new Handle<Data>(this.link, id, null, []);
  }

  /** Cancels tasks by their ids, and all below them; gives how many had not ended. */
  async cancel(ids: string | Iterable<string>, options: CallOptions = {}): Promise<number> {
    requireKnown(options, LIMITS);
    const all = taskIds(ids, "cancel");
    const count = await callWithin(this.limitsOf(options), (unsent) => cancelByIds(this.link, all, unsent));
    // Whatever they were, they have ended.
    this.link.signalled.forget(all);
    return count;
  }

  /** One task, with others of its kind that are run in the same turn. */
  #runAwaited(target: WireTarget, id: string, input: Uint8Array): Promise<TaskResult> {
    this.options.signal?.throwIfAborted();
    const submission = this.#shared.of(target, () => submissionOf(target, this.options, true));
    const result = this.link.awaited.expect(id, submission, input);
    if (!this.link.sendRun?.(submission, id, input)) {
      sendTasks(this.link, submission, [[id, input]]).catch((error) => this.link.awaited.fail(id, error));
    }
    return result;
  }

  /** Settles as the work does, or with the reason of the signal, which cancels the tasks. */
  #orAbandon<T>(ids: readonly string[], work: Promise<T>, signal = this.options.signal): Promise<T> {
    return untilAborted(work, signal, () => abandonTasks(this.link, ids));
  }
}
