/**
 * The messenger of the task that runs in this process.
 *
 * @module
 */

import { LINK, type Messenger, type WorkerIdentity } from "../procedures/messenger.ts";
import type { TaskCaller } from "../procedures/task_caller.ts";
import { type LogLevel, MAX_LOG_CHARS } from "../wire/message.ts";
import type { Peer } from "../wire/peer.ts";
import { pushList } from "../wire/push_list.ts";
import { formatLine } from "./format_line.ts";
import type { TaskToRun } from "./execute.ts";
import { LazyCaller } from "./lazy_caller.ts";
import type { Subtasks } from "./subtasks.ts";
import type { TaskLink } from "./task_link.ts";

/** The server takes no list without end, and no more than 2 MiB of text in a message: a character may be three bytes. */
const LINES_PER_PUSH = 1000;
const CHARS_PER_PUSH = 512 * 1024;

const NOTHING: AsyncIterable<never> = (async function* () {})();

/** The one implementation of {@linkcode Messenger}. */
export class TaskMessenger extends LazyCaller implements Messenger {
  readonly inbox: AsyncIterable<unknown>;
  userState: unknown = undefined;
  worker: WorkerIdentity | null = null;
  #peer: Pick<Peer, "push">;
  #task: TaskToRun;
  #loadSubtasks: () => Promise<Subtasks>;
  /** Made when the task first looks. */
  #controller: AbortController | null = null;
  #abortReason: { reason: unknown } | null = null;
  #pendingLines: [LogLevel, string][] = [];
  #loggedChars = 0;
  #pendingProgress: readonly [number, number | null] | null = null;

  constructor(
    peer: Pick<Peer, "push">,
    task: TaskToRun,
    loadSubtasks: () => Promise<Subtasks>,
    inbox: AsyncIterable<unknown> | null = null,
  ) {
    super();
    this.#peer = peer;
    this.#loadSubtasks = loadSubtasks;
    this.#task = task;
    this.inbox = inbox ?? NOTHING;
  }

  get taskId(): string {
    return this.#task.id;
  }

  get attempt(): number {
    return this.#task.attempt;
  }

  get signal(): AbortSignal {
    if (this.#controller === null) {
      this.#controller = new AbortController();
      if (this.#abortReason !== null) this.#controller.abort(this.#abortReason.reason);
    }
    return this.#controller.signal;
  }

  /** Aborts the task's signal. */
  abort(reason: unknown): void {
    this.#abortReason = { reason };
    this.#controller?.abort(reason);
  }

  async load(): Promise<TaskCaller> {
    return (await this.#loadSubtasks()).caller;
  }

  /** For clients that code inside the task makes. */
  async [LINK](): Promise<TaskLink> {
    return (await this.#loadSubtasks()).link;
  }

  debug(...values: unknown[]): void {
    this.log("debug", values);
  }

  info(...values: unknown[]): void {
    this.log("info", values);
  }

  warning(...values: unknown[]): void {
    this.log("warning", values);
  }

  error(...values: unknown[]): void {
    this.log("error", values);
  }

  print(...values: unknown[]): void {
    this.log("info", values);
  }

  /** Logs values the way `console.log` shows them. */
  log(level: LogLevel, values: readonly unknown[]): void {
    // The server drops what comes after this: it would only fill the task's own memory.
    if (this.#loggedChars > MAX_LOG_CHARS) return;
    const line = formatLine(values);
    this.#loggedChars += line.length + 1;
    // Lines of one turn travel together, in order, before anything that is sent after them.
    if (this.#pendingLines.push([level, line]) === 1) queueMicrotask(() => this.#flushLines());
  }

  progress(done: number, total?: number): void {
    if (typeof done !== "number" || (total !== undefined && typeof total !== "number")) {
      throw new TypeError(
        `Cannot report progress: done and total must be numbers: current values are ${done}, ${total}`,
      );
    }
    const isScheduled = this.#pendingProgress !== null;
    this.#pendingProgress = [done, total ?? null];
    if (!isScheduled) queueMicrotask(() => this.#flushProgress());
  }

  /** Sends what is still to be sent of the task, ahead of its outcome. */
  flush(): void {
    if (this.#pendingLines.length > 0) this.#flushLines();
    if (this.#pendingProgress !== null) this.#flushProgress();
  }

  #flushLines(): void {
    if (this.#pendingLines.length === 0) return;
    const lines = this.#pendingLines;
    this.#pendingLines = [];
    for (let from = 0, to = 0; from < lines.length; from = to) {
      for (let chars = 0; to < lines.length && to - from < LINES_PER_PUSH && chars < CHARS_PER_PUSH; to++) {
        chars += lines[to][1].length;
      }
      // A line that is too large for a message is lost.
      pushList(this.#peer, "log", lines.slice(from, to));
    }
  }

  #flushProgress(): void {
    if (this.#pendingProgress === null) return;
    const progress = this.#pendingProgress;
    this.#pendingProgress = null;
    this.#peer.push("progress", progress);
  }
}
