/**
 * One `execute`: pulls tasks as there is room for them, and knows when it is over. Refers in no way to the iterator that
 * its caller holds, so that one that was dropped ends it.
 *
 * @module
 */

import { onAbort } from "../core/abort.ts";
import { QueueClosed, WaitTimeout } from "../core/errors.ts";
import { Task } from "../procedures/task.ts";
import { failure, type Outcome } from "./backend.ts";
import type { Channel } from "./channel.ts";
import type { ProgressCount } from "./progress_count.ts";
import type { PushedItem } from "./pushed_unit.ts";

type Source = Iterator<unknown> | AsyncIterator<unknown>;

/** What to execute, and how. */
export interface ExecutionParams {
  readonly channel: Channel;
  readonly tasks: Iterable<unknown> | AsyncIterable<unknown>;
  readonly chunkSize: number;
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
  #chunkSize: number;
  #timeoutMs: number | undefined;
  #letGo: () => void = () => {};
  #progress: ProgressCount | null;
  #source: Source | null = null;
  /** A `next()` of the source is under way. */
  #isPulling = false;
  #state: "pulling" | "pulled" | "over" = "pulling";
  #reason: Reason | null = null;

  constructor({ channel, tasks, chunkSize, timeoutMs, signal, progress }: ExecutionParams) {
    this.#channel = channel;
    this.#chunkSize = chunkSize;
    this.#timeoutMs = timeoutMs;
    this.#progress = progress;
    channel.onTaken = () => this.#endIfDone();
    channel.onClosed = () => this.#end({ error: channel.closedBy!() });
    this.#letGo = onAbort(signal, (error) => void this.#end({ error }));
    if (!signal?.aborted) this.#begin(tasks);
  }

  /** The next outcome, where there is one already. */
  tryNext(): Outcome | undefined {
    const outcome = this.#channel.tryTake();
    if (outcome !== undefined) this.#progress?.add();
    return outcome;
  }

  /** The next outcome, when it comes; null behind the last. */
  async next(): Promise<Outcome | null> {
    const outcome = this.#state === "over" ? null : await this.#channel.take(this.#timeoutMs, timeoutError);
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

  /** Ends it without a reason; resolves when the source has ended too. */
  async stop(): Promise<void> {
    this.#reason = null;
    await this.#end(null);
  }

  /** Never throws: what the source throws is raised behind the results. */
  #begin(tasks: ExecutionParams["tasks"]): void {
    try {
      if (Symbol.asyncIterator in tasks) {
        this.#source = tasks[Symbol.asyncIterator]();
        void this.#pullSlowly(this.#source);
      } else {
        this.#source = tasks[Symbol.iterator]();
        this.#pull(this.#source);
      }
    } catch (error) {
      this.#pulled({ error });
    }
  }

  /** As much as there is room for. No promise for each: many tasks take less than one costs. */
  #pull(source: Iterator<unknown>): void {
    let last: { readonly reason: Reason | null } | null = null;
    const goOn = () => {
      while (this.#state === "pulling" && last === null) {
        let chunk: PushedItem[] = [];
        try {
          const step = source.next();
          if (step.done) last = { reason: null };
          // A list that has room for one: a list that grows has room for seventeen, and there are many.
          else chunk = [toItem(step.value)];
          if (last === null && this.#fill(chunk, source)) last = { reason: null };
        } catch (error) {
          last = { reason: { error } };
        }
        if (this.#state !== "pulling") return;
        // In a turn of its own: whoever makes room is in the middle of something, which the source may be too.
        if (chunk.length > 0 && !this.#channel.offer(chunk, () => queueMicrotask(goOn))) return;
      }
      if (last !== null) this.#pulled(last.reason);
    };
    goOn();
  }

  async #pullSlowly(source: AsyncIterator<unknown>): Promise<void> {
    let reason: Reason | null = null;
    try {
      for (let isLast = false; !isLast && this.#state === "pulling";) {
        const chunk: PushedItem[] = [];
        try {
          isLast = await this.#fillSlowly(chunk, source);
        } catch (error) {
          isLast = true;
          reason = { error };
        }
        if (chunk.length > 0 && this.#state === "pulling") await this.#channel.push(chunk, undefined);
      }
    } catch (error) {
      // The channel was closed: then it is over already.
      reason = { error };
    }
    this.#pulled(reason);
  }

  /** The source has no more. */
  #pulled(reason: Reason | null): void {
    if (this.#state !== "pulling") return;
    this.#state = "pulled";
    this.#reason = reason;
    this.#endIfDone();
  }

  /** True when the source has no more. */
  #fill(chunk: PushedItem[], source: Iterator<unknown>): boolean {
    while (chunk.length < this.#chunkSize) {
      const step = source.next();
      if (step.done) return true;
      chunk.push(toItem(step.value));
    }
    return false;
  }

  async #fillSlowly(chunk: PushedItem[], source: AsyncIterator<unknown>): Promise<boolean> {
    while (chunk.length < this.#chunkSize && this.#state === "pulling") {
      this.#isPulling = true;
      const step = await source.next();
      this.#isPulling = false;
      if (step.done) return true;
      chunk.push(toItem(step.value));
    }
    return false;
  }

  #endIfDone(): void {
    if (this.#state === "pulled" && this.#channel.outstanding === 0) void this.#end(this.#reason);
  }

  /** Whoever waits is told, and so is the source when it has more. */
  async #end(reason: Reason | null): Promise<void> {
    if (this.#state === "over") return;
    const source = this.#state === "pulling" ? this.#source : null;
    this.#state = "over";
    this.#reason = reason;
    this.#letGo();
    this.#channel.onTaken = this.#channel.onClosed = null;
    this.#channel.close(() => new QueueClosed());
    const shown = this.#progress?.stop();
    const returned = (async () => void await source?.return?.())();
    // One that is in the middle of something may never come back from it.
    if (this.#isPulling || reason !== null) returned.catch(() => {});
    else await returned;
    await shown;
  }
}

function toItem(value: unknown): PushedItem {
  if (value instanceof Task) return value;
  return new TypeError(`Cannot execute what is not a task: the iterable gave ${describe(value)}`);
}

function describe(value: unknown): string {
  return value === null ? "null" : typeof value === "object" ? "an object" : `a value of type ${typeof value}`;
}

function timeoutError(): WaitTimeout {
  return new WaitTimeout("No task has ended in time; the next call goes on");
}
