/**
 * The messenger of the task that runs in this process.
 *
 * @module
 */

import { LINK, type Messenger, type WorkerIdentity } from "../procedures/messenger.ts";
import type { AnyServlet, InputOf, OutputOf, PipelineCaller, Servlet } from "../procedures/servlet.ts";
import type { TaskCaller } from "../procedures/task_caller.ts";
import type { LogLevel } from "../wire/message.ts";
import { formatLine } from "./format_line.ts";
import type { TaskToRun } from "./execute.ts";
import { LazyCaller } from "./lazy_caller.ts";
import { LazyPipeline } from "./lazy_pipeline.ts";
import type { Outlet } from "./outlet.ts";
import type { Subtasks } from "./subtasks.ts";
import type { TaskLink } from "./task_link.ts";
import { TaskLines } from "./task_lines.ts";

/** Of a task that never yields as many steps are told of: what is shown to people need not be newer. */
const PROGRESS_MS = 20;

const NOTHING: AsyncIterable<never> = (async function* () {})();

/** The one implementation of {@linkcode Messenger}. */
export class TaskMessenger extends LazyCaller implements Messenger {
  readonly inbox: AsyncIterable<unknown>;
  userState: unknown = undefined;
  worker: WorkerIdentity | null = null;
  #outlet: Outlet;
  #task: TaskToRun;
  #loadSubtasks: () => Promise<Subtasks>;
  /** Made when the task first looks. */
  #controller: AbortController | null = null;
  #abortReason: { reason: unknown } | null = null;
  /** It has said nothing yet, as most tasks. */
  #isSilent = true;
  /** Made with the first line. */
  #lines: TaskLines | null = null;
  #pendingProgress: readonly [number, number | null] | null = null;
  #progressAt = -Infinity;

  constructor(
    outlet: Outlet,
    task: TaskToRun,
    loadSubtasks: () => Promise<Subtasks>,
    inbox: AsyncIterable<unknown> | null = null,
  ) {
    super();
    this.#outlet = outlet;
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

  pipeline<Described extends AnyServlet = Servlet<unknown>>(
    name: string,
  ): PipelineCaller<InputOf<Described>, OutputOf<Described>> {
    return new LazyPipeline<InputOf<Described>, OutputOf<Described>>(async () => {
      return (await this.#loadSubtasks()).pipeline(name);
    });
  }

  async step<Return>(name: string, work: () => Return): Promise<Awaited<Return>> {
    return (await this.#loadSubtasks()).step(this, name, work);
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
    this.#isSilent = false;
    this.#lines ??= new TaskLines((lines) => this.#outlet.say(this.taskId, lines, null));
    this.#lines.add([level, formatLine(values)]);
  }

  progress(done: number, total?: number): void {
    if (typeof done !== "number" || (total !== undefined && typeof total !== "number")) {
      throw new TypeError(
        `Cannot report progress: done and total must be numbers: current values are ${done}, ${total}`,
      );
    }
    this.#isSilent = false;
    const isScheduled = this.#pendingProgress !== null;
    this.#pendingProgress = [done, total ?? null];
    if (performance.now() - this.#progressAt >= PROGRESS_MS) this.#flushProgress();
    else if (!isScheduled) queueMicrotask(() => this.#flushProgress());
  }

  /** Sends what is still to be sent of the task, ahead of its outcome. */
  flush(): void {
    if (this.#isSilent) return;
    this.#lines?.flush();
    this.#flushProgress();
    this.#outlet.tell();
  }

  #flushProgress(): void {
    if (this.#pendingProgress === null) return;
    const progress = this.#pendingProgress;
    this.#pendingProgress = null;
    this.#progressAt = performance.now();
    this.#outlet.say(this.taskId, [], progress);
  }
}
