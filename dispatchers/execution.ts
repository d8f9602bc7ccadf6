/**
 * One `execute`: pulls tasks as there is room for them, and knows when it is over. Refers in no way to the iterator that
 * its caller holds, so that one that was dropped ends it.
 *
 * @module
 */

import { onAbort } from "../core/abort.ts";
import { QueueClosed, WaitTimeout } from "../core/errors.ts";
import { failure, type Outcome } from "./backend.ts";
import type { Channel } from "./channel.ts";
import type { ProgressCount } from "./progress_count.ts";
import { TaskFeed } from "./task_feed.ts";
import type { WaitLimits } from "./wait_line.ts";

/** What to execute, and how. */
export interface ExecutionParams {
  readonly channel: Channel;
  readonly tasks: Iterable<unknown> | AsyncIterable<unknown>;
  readonly chunkSize: number | null;
  readonly timeoutMs: number | undefined;
  readonly signal: AbortSignal | undefined;
  readonly progress: ProgressCount | null;
}

/** Why it ended, when that is still to be raised. */
interface Reason {
  readonly error: unknown;
}

/** The state of one `execute`. */
export class Execution {
  #channel: Channel;
  #feed: TaskFeed;
  #limits: WaitLimits;
  #letGo: () => void = () => {};
  #progress: ProgressCount | null;
  #state: "pulling" | "pulled" | "over" = "pulling";
  #reason: Reason | null = null;

  constructor({ channel, tasks, chunkSize, timeoutMs, signal, progress }: ExecutionParams) {
    this.#channel = channel;
    this.#feed = new TaskFeed({ channel, tasks, chunkSize, onEnd: (reason) => this.#pulled(reason) });
    this.#limits = { timeoutMs };
    this.#progress = progress;
    channel.onTaken = () => this.#endIfDone();
    channel.onClosed = () => this.#end({ error: channel.closedBy!() });
    this.#letGo = onAbort(signal, (error) => void this.#end({ error }));
    if (!signal?.aborted) this.#feed.begin();
  }

  /** The next outcome, where there is one already. */
  tryNext(): Outcome | undefined {
    const outcome = this.#channel.tryTake();
    if (outcome !== undefined) this.#progress?.add();
    return outcome;
  }

  /** The next outcome, when it comes; null behind the last. */
  async next(): Promise<Outcome | null> {
    const outcome = this.#state === "over" ? null : await this.#channel.take(this.#limits, timeoutError);
    if (outcome !== null) {
      this.#progress?.add();
      return outcome;
    }
    // What the caller prints next comes below it.
    await this.#progress?.stop();
    if (this.#reason === null) return null;
    const { error } = this.#reason;
    this.#reason = null;
    return failure(error);
  }

  /** Ends it without a reason; resolves when the source has ended too, if it does so at once. */
  async stop(): Promise<void> {
    this.#reason = null;
    await this.#end(null);
  }

  /** The source has no more. */
  #pulled(reason: Reason | null): void {
    if (this.#state !== "pulling") return;
    this.#state = "pulled";
    this.#reason = reason;
    this.#endIfDone();
  }

  #endIfDone(): void {
    if (this.#state === "pulled" && this.#channel.outstanding === 0) void this.#end(this.#reason);
  }

  /** Whoever waits is told first: what a source does when it is left is its own affair. */
  async #end(reason: Reason | null): Promise<void> {
    if (this.#state === "over") return;
    this.#state = "over";
    this.#reason = reason;
    this.#letGo();
    this.#channel.onTaken = this.#channel.onClosed = null;
    this.#channel.close(() => new QueueClosed());
    const shown = this.#progress?.stop();
    await this.#feed.stop();
    await shown;
  }
}

function timeoutError(): WaitTimeout {
  return new WaitTimeout("No task has ended in time; the next call goes on");
}
