/**
 * A submitted task, from the side that submitted it, or that knows its id.
 *
 * @module
 */

import { untilAborted } from "../core/abort.ts";
import { LIMITS, requireCallLimits } from "../core/call_limits.ts";
import { TaskCancelled, WaitTimeout } from "../core/errors.ts";
import { requireKnown } from "../core/require_known.ts";
import type { CallOptions, TaskHandle, TaskProgress, TaskResult, WaitOptions } from "../procedures/task_caller.ts";
import { copyOfError, ownFailure } from "../core/own_errors.ts";
import type { TaskInfo } from "../procedures/task_info.ts";
import { awaitResult } from "./await_batch.ts";
import type { LogLine } from "../procedures/log_line.ts";
import { unknownTask, withOwnError } from "./awaited_results.ts";
import type { Link } from "./link.ts";
import { LOG_LINES } from "./log_lines.ts";
import { PROGRESS_REPORTS } from "./progress_reports.ts";
import { dataOf } from "./result.ts";
import type { Source, Submitted } from "./submitted_tasks.ts";
import { taskInfo } from "./task_infos.ts";
import { cancelWithin } from "./abandon_tasks.ts";
import { ANSWER_MS, resultWithin, stopWaiting, waitForResult } from "./wait.ts";

/** The one implementation of {@linkcode TaskHandle}. */
export class Handle<Data = unknown> implements TaskHandle<Data>, Submitted {
  readonly id: string;
  #link: Link;
  #known: TaskResult | null = null;
  #source: Source | null;
  /** It was cancelled when no server had it. */
  #withdrawn: TaskCancelled | null = null;
  /** Those that were submitted with it: the link loses sight of them when none of them is alive. */
  #batch: readonly Submitted[];

  constructor(link: Link, id: string, source: Source | null, batch: readonly Submitted[]) {
    this.#link = link;
    this.id = id;
    this.#source = source;
    this.#batch = batch;
  }

  get source(): Source | null {
    return this.#source;
  }

  collect(): void {
    this.#link.awaited.expect(this.id, null, null, null, this.#source).then(
      (result) => this.#keep(result),
      (error) => error instanceof TaskCancelled && this.#withdrawBy(error),
    );
  }

  #withdrawBy(error: TaskCancelled): void {
    this.#withdrawn = error;
    this.#source = null;
  }

  /** There is nothing more that a server could do for it. */
  #keep(result: TaskResult): TaskResult {
    this.#source = null;
    this.#batch = [];
    return this.#known = result;
  }

  async result(options: WaitOptions = {}): Promise<Data> {
    requireKnown(options, LIMITS);
    requireCallLimits(options);
    const { timeoutMs, signal } = options;
    signal?.throwIfAborted();
    if (this.#withdrawn !== null) throw copyOfError(this.#withdrawn);
    const result = this.#known ?? await this.#settled(timeoutMs, signal);
    // Whoever asks again gets an error that nobody else has.
    if (result !== null && result.isSuccessful !== null) return dataOf(withOwnError(this.#keep(result))) as Data;
    throw new WaitTimeout(`Task ${this.id} has not ended within ${timeoutMs} ms; it goes on`);
  }

  async cancel(options: CallOptions = {}): Promise<boolean> {
    const wasCancelled = await cancelWithin(this.#link, this.id, options);
    // Whatever it was, it has ended.
    this.#link.signalled.forget([this.id]);
    if (wasCancelled) return true;
    if (this.#known !== null) return false;
    const error = new TaskCancelled();
    if (!this.#link.withdraw?.(this.id, error, this.#source)) return false;
    this.#withdrawBy(error);
    return true;
  }

  get progress(): AsyncIterable<TaskProgress> {
    return this.#link.subscriptions.listen("progress", this.id, PROGRESS_REPORTS);
  }

  get logs(): AsyncIterable<LogLine> {
    return this.#link.subscriptions.listen("logs", this.id, LOG_LINES);
  }

  async info(options: CallOptions = {}): Promise<TaskInfo | null> {
    requireKnown(options, LIMITS);
    return await taskInfo(this.#link, this.id, options);
  }

  /** The result, or what is known of the task when the wait is over. */
  #settled(timeoutMs: number | undefined, signal: AbortSignal | undefined): Promise<TaskResult | null> {
    const { id } = this;
    const link = this.#link;
    const result = awaitResult(link, id, this.#source);
    // Other handles may be raised the same.
    const settled = ownFailure(this.#settledWithin(result, timeoutMs, signal));
    return untilAborted(settled, signal, () => stopWaiting(link, id));
  }

  async #settledWithin(
    result: Promise<TaskResult>,
    timeoutMs: number | undefined,
    signal: AbortSignal | undefined,
  ): Promise<TaskResult | null> {
    const { id } = this;
    const link = this.#link;
    if (timeoutMs === undefined) return await result;
    // A short wait may be over before the server could say that the task has ended; it is asked.
    if (link.heartbeatMs === null || timeoutMs < ANSWER_MS) {
      const unknown = async () => unknownTask(id, await link.whyUnknown?.(this.#source));
      return await waitForResult(link, id, result, { waitMs: Math.max(0, timeoutMs), signal }, unknown);
    }
    const first = await resultWithin(result, { waitMs: timeoutMs, signal });
    if (first === null) stopWaiting(link, id);
    return first;
  }
}
