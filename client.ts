/**
 * The client: submits tasks to a server and takes their results.
 *
 * @module
 */

import { BaseCaller } from "./client/base_caller.ts";
import { LIMITS } from "./core/call_limits.ts";
import { requireKnown } from "./core/require_known.ts";
import { requireMs } from "./core/require_number.ts";
import type { ClientLink } from "./client/client_link.ts";
import type { ClientOptions } from "./client/client_options.ts";
import type { Link } from "./client/link.ts";
import { type DeadLetterReport, dealWith } from "./client/dead_letters.ts";
import { callWithin } from "./client/call_within.ts";
import { openProgress } from "./client/open_progress.ts";
import type { Progress } from "./client/progress_meter.ts";
import { LOG_LINES } from "./client/log_lines.ts";
import { Schedules } from "./client/schedules.ts";
import { taskInfos } from "./client/task_infos.ts";
import type { LogLine } from "./procedures/log_line.ts";
import type { TaskFilter, TaskInfo } from "./procedures/task_info.ts";
import { ServedPipeline } from "./client/served_pipeline.ts";
import type { AnyServlet, InputOf, OutputOf, PipelineCaller, Servlet } from "./procedures/servlet.ts";
import type { ServerStatus } from "./wire/server_status.ts";
import type { CallOptions } from "./procedures/task_caller.ts";
import type { TaskOptions } from "./procedures/task.ts";
import { LINK, MESSENGER } from "./procedures/messenger.ts";
import { requireTaskOptions } from "./procedures/task_options.ts";
import type { Task } from "./procedures/task.ts";
import { LinkBackend } from "./dispatchers/link_backend.ts";
import { QueueDispatcher } from "./dispatchers/queue_dispatcher.ts";
import type { ResultIterator } from "./dispatchers/result_iterator.ts";
import { parseSize } from "./dispatchers/options.ts";
import type { ExecuteOptions, QueueOptions, TaskDispatcher } from "./dispatchers/task_dispatcher.ts";
import type { TaskQueue } from "./dispatchers/task_queue.ts";
import { FixedWindow } from "./dispatchers/window.ts";

export type { ClientTls } from "./client/dial.ts";
export type { ClientOptions } from "./client/client_options.ts";
export type { LogLine } from "./procedures/log_line.ts";
export type { DeadLetterReport } from "./client/dead_letters.ts";
export type { LogLevel } from "./core/log_level.ts";
export type { ScheduleInfo, ScheduleSpec } from "./procedures/schedule.ts";
export type { Schedules } from "./client/schedules.ts";
export type { TaskFilter, TaskInfo } from "./procedures/task_info.ts";
export type { BaseCaller } from "./client/base_caller.ts";
export type {
  KeyLimitsStatus,
  LimitedKeyStatus,
  PipelineSnapshot,
  PipelineStatus,
  ServerStatus,
  StageSnapshot,
  WallStatus,
  WorkerStatus,
} from "./wire/server_status.ts";
export type {
  AnyServlet,
  InputOf,
  OutputOf,
  PipelineCaller,
  PipelineCallOptions,
  PipelineStreamOptions,
  PreprocessedStreamOptions,
  Servlet,
  StreamedItem,
  StreamedOutput,
} from "./procedures/servlet.ts";
export type { ExecuteOptions, QueueOptions, QueueWaitOptions, TaskDispatcher } from "./dispatchers/task_dispatcher.ts";
export type { ResultIterator } from "./dispatchers/result_iterator.ts";
export type { TaskQueue } from "./dispatchers/task_queue.ts";
export { type Answer, type AnswerError, type AnswerStatus, toAnswer } from "./client/answer.ts";

/** Options of {@linkcode Client.quit}. */
export interface QuitOptions extends CallOptions {
  /** `"drain"` lets what runs end and hands back what waits, `"now"` kills what runs. @default {"drain"} */
  mode?: "drain" | "now";
  /**
   * A drain that takes so many milliseconds ends as with `"now"`. Until then it offers results that nobody has fetched.
   * @default {the server's drainDeadlineMs}
   */
  deadlineMs?: number;
}

/**
 * A connection to a server. It is one socket for any number of concurrent calls; when it is lost, the client connects
 * again and goes on: what was submitted and not answered is submitted again under the same ids.
 *
 * @example
 * ```ts
 * import { Client } from "./client.ts";
 * import { Server } from "./server.ts";
 *
 * await using server = await Server.start({ address: "127.0.0.1:0", authkey: "secret", logLevel: "none" });
 * await using client = await Client.connect({ address: server.address, authkey: "secret" });
 * console.assert(await client.run((x: number) => x * x, 4) === 16);
 * ```
 */
export class Client extends BaseCaller implements TaskDispatcher {
  #own: ClientLink | null;
  /** Shared with the clients that `with` gives. */
  #queues: LazyQueues;

  private constructor(
    link: Link,
    own: ClientLink | null,
    queues: LazyQueues,
    options: TaskOptions = {},
  ) {
    super(link, options);
    this.#own = own;
    this.#queues = queues;
  }

  /**
   * Connects to a server. Inside a task and without an address it gives the task's messenger in a client's clothes, so
   * that code written for a client nests without deadlock.
   *
   * A group is looked up anew for each connection, so that its server may come back elsewhere. A server that is started
   * later is waited for with `waitMs`.
   *
   * @throws {ServerOffline} when nothing answers at the address, or no server of the group runs, for as long as `waitMs`.
   * @throws {ServerBusy} when it had no room for as long as `reconnectMs`.
   * @throws {AuthenticationFailed} when the keys differ, or when something between the two ends TLS.
   * @throws {TaskError} `AUTHKEY_UNUSABLE` when there is no key, `INSECURE_ADDRESS` for another machine
   * without TLS, `PROTOCOL_VERSION` when the server is of another release,
   * `FRAME_TOO_LARGE` or `MALFORMED_MESSAGE` when what answers is no Palpable server, `GROUP_UNUSABLE` when others
   * could have written the entries of groups.
   * @throws {Deno.errors.NotCapable} when this program may not connect there.
   * @throws {WaitTimeout} when it is not connected within `timeoutMs`.
   * @throws {RangeError} for an option out of range. @throws {TypeError} for an option that is none.
   * @throws the reason of `signal` when that aborts before there is a connection.
   */
  static async connect(options: ClientOptions = {}): Promise<Client> {
    // Both are loaded when needed: every task that imports this package loads this file, and few connect.
    const { requireClientOptions } = await import("./client/client_options.ts");
    requireClientOptions(options);
    const size = parseSize(options.size);
    const messenger = (globalThis as { [MESSENGER]?: { [LINK]?: () => Promise<Link> } })[MESSENGER];
    if (options.address === undefined && options.group === undefined && messenger?.[LINK] !== undefined) {
      const link = await messenger[LINK]();
      return new Client(link, null, new LazyQueues(link, size));
    }
    const { openClientLink } = await import("./client/open_client_link.ts");
    const link = await openClientLink(options);
    return new Client(link, link, new LazyQueues(link, size));
  }

  /** The same client with options for what is submitted through it; closing either closes both. */
  override with(options: TaskOptions): Client {
    requireTaskOptions(options);
    return new Client(this.link, this.#own, this.#queues, { ...this.options, ...options });
  }

  /** Runs tasks, pulled as there is room for them, and gives their results. See {@linkcode TaskDispatcher.execute}. */
  execute<Data>(
    tasks: Iterable<Task<Data>> | AsyncIterable<Task<Data>>,
    options?: ExecuteOptions,
  ): ResultIterator<Data> {
    return this.#queues.open().execute(tasks, options, this.options);
  }

  /** A queue of its own. See {@linkcode TaskDispatcher.makeQueue}. */
  makeQueue<Data = unknown>(options?: QueueOptions): TaskQueue<Data> {
    return this.#queues.open().makeQueue(options, this.options);
  }

  /** Open queues of this client; an `execute` that has not ended is one. */
  get numQueues(): number {
    return this.#queues.opened?.numQueues ?? 0;
  }

  /** Tasks of its queues that the server was not given yet: it is given 1,024, or chunks of them, at a time. */
  get numTasks(): number {
    return this.#queues.opened?.numTasks ?? 0;
  }

  /**
   * A pipeline that the server runs under this name. An item whose connection is lost goes on, and is asked for over the
   * next one; only where the server is lost is it sent again, to the next.
   *
   * @typeParam Described The servlet's type, for the types of inputs and outputs.
   */
  pipeline<Described extends AnyServlet = Servlet<unknown>>(
    name: string,
  ): PipelineCaller<InputOf<Described>, OutputOf<Described>> {
    return new ServedPipeline(this.link, name);
  }

  /** Tasks that the server submits at times; those of this client's key. */
  get schedules(): Schedules {
    return new Schedules(this.link, this.options, (options) => this.limitsOf(options));
  }

  /** @ignore */
  protected override openProgress(): Promise<Progress | null> {
    return openProgress();
  }

  /**
   * A snapshot of the server.
   *
   * @throws {WaitTimeout} when there is none in time.
   */
  async status(options: CallOptions = {}): Promise<ServerStatus> {
    requireKnown(options, LIMITS);
    return await callWithin(this.limitsOf(options), (unsent) => this.link.call("status", null, unsent)) as ServerStatus;
  }

  /**
   * Tells the server to stop; resolves when it has taken notice. What this client waits for then is not given to the
   * next server: it ends with `TaskKilledByQuitSignal` when this one has gone.
   */
  async quit(options: QuitOptions = {}): Promise<void> {
    const { mode = "drain", deadlineMs } = options;
    requireMs("deadlineMs", deadlineMs);
    await callWithin(
      this.limitsOf(options),
      (unsent) => this.link.call("quit", { mode, deadlineMs: deadlineMs ?? null }, unsent),
    );
  }

  /**
   * Has failed tasks run again: those that `tasks({ state: "failed" })` gives as dead letters. Each comes into line under
   * the id that it has, as it was submitted, but for `delayMs` and `startBeforeMs`, which are over; its attempts are counted
   * anew, and `messenger.attempt` goes on. A new handle of it, `handle(id)`, has its next result. What cannot run again is
   * in the report, and hinders no other: `UNKNOWN_TASK`, `NO_DEAD_LETTER`, or a refusal such as `PERMISSION_CEILING`.
   *
   * @throws {QueueFull} when there is no room for them. Of more than 1,000 some may be in line then.
   * @throws {WaitTimeout} when the server has not answered in time.
   */
  async retry(ids: string | Iterable<string>, options: CallOptions = {}): Promise<DeadLetterReport> {
    requireKnown(options, LIMITS);
    return await callWithin(this.limitsOf(options), (unsent) => dealWith(this.link, "retry", ids, unsent));
  }

  /** Drops failed tasks that are kept, with their results. */
  async discard(ids: string | Iterable<string>, options: CallOptions = {}): Promise<DeadLetterReport> {
    requireKnown(options, LIMITS);
    return await callWithin(this.limitsOf(options), (unsent) => dealWith(this.link, "discard", ids, unsent));
  }

  /**
   * Has the server start nothing new until it is resumed, by whichever client. What runs goes on, and so do its subtasks;
   * what is submitted is accepted and waits, that of schedules too. With a store it stays so over restarts.
   * `status().pausedAt` tells since when. Pausing twice is fine.
   *
   * @throws {WaitTimeout} when the server has not answered in time.
   * @throws {TaskError} `STORE_FULL`: it is paused, and that lasts once the disk of its store has room.
   */
  async pause(options: CallOptions = {}): Promise<void> {
    requireKnown(options, LIMITS);
    await callWithin(this.limitsOf(options), (unsent) => this.link.call("pause", null, unsent));
  }

  /** Has a server that is paused start what waits. */
  async resume(options: CallOptions = {}): Promise<void> {
    requireKnown(options, LIMITS);
    await callWithin(this.limitsOf(options), (unsent) => this.link.call("resume", null, unsent));
  }

  /**
   * The tasks of this client's key that pass a filter, whoever submitted them: unfinished ones, and those whose results
   * are kept. They come page by page, in an order that stays the same but has no meaning, so that a task that is there all
   * the while comes once; what begins or ends meanwhile may come or not, as it was at its turn. What a `map`, an `execute`
   * or a queue sends together is one entry, under an id of its own, with the number of `items` that have not ended; its
   * items can be asked for by their ids. What waits outside of a full queue is not listed.
   *
   * The limits are those of the wait for each page. What is wrong is said by the first `next()`.
   *
   * @throws {TypeError} {RangeError} for a filter that is none. @throws {WaitTimeout} when a page has not come in time.
   */
  tasks(filter: TaskFilter = {}, options: CallOptions = {}): AsyncGenerator<TaskInfo, undefined> {
    requireKnown(options, LIMITS);
    return taskInfos(this.link, filter, this.limitsOf(options));
  }

  /**
   * Log lines, until the loop is left or the client is closed: of all tasks, from now on; or of one, until that has ended,
   * see {@linkcode TaskHandle.logs}. Where lines are missing one stands that says so.
   */
  logs(taskId?: string): AsyncGenerator<LogLine> {
    return this.link.subscriptions.listen("logs", taskId ?? null, LOG_LINES);
  }

  /** Closes the connection; what was submitted goes on at the server. Closing twice is fine. */
  async close(): Promise<void> {
    await this.#queues.close();
    await this.#own?.close();
  }

  /** Closes the connection. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

/** The queues of a client and of those that `with` gave; most clients never use any. */
class LazyQueues {
  opened: QueueDispatcher | null = null;
  #link: Link;
  #size: number;

  constructor(link: Link, size: number) {
    this.#link = link;
    this.#size = size;
  }

  open(): QueueDispatcher {
    return this.opened ??= new QueueDispatcher(new LinkBackend(this.#link, new FixedWindow()), this.#size);
  }

  /** Closes those that there are, and lets none be opened. */
  async close(): Promise<void> {
    await this.open().close();
  }
}
