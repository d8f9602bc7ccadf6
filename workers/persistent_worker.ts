/**
 * A worker that calls its target for each input that it is given, one after the other.
 *
 * @module
 */

import { TaskError, WaitTimeout } from "../core/errors.ts";
import { Fifo } from "../core/fifo.ts";
import { requireKnown } from "../core/require_known.ts";
import type { TaskData } from "../procedures/task.ts";
import { type WireWorkerItem, WorkerItem } from "../wire/message.ts";
import { BaseWorker, type WaitForWorkerOptions } from "./base_worker.ts";
import { isDoneWithin } from "./deadline.ts";
import {
  type PersistentWorkerOptions,
  requireWaitOptions,
  type ResolvedWorkerOptions,
  resolveWorkerOptions,
} from "./worker_options.ts";
import type { Ending } from "./worker_link.ts";

/** Options of {@linkcode PersistentWorker.results}. */
export interface ResultsOptions {
  /** Give so many at most. @default {all, until the worker is dead} */
  maxItems?: number;
}

/** Who gets what a call gives: exactly one of the three, once. */
export interface CallSink {
  onValue(value: unknown): void;
  onError(error: unknown): void;
  /** The worker died with the call unfinished. */
  onLost(error: unknown): void;
}

/** A call to a worker that has room and is open, without waiting. For pools. */
export let callNow: (worker: PersistentWorker, args: readonly unknown[], sink: CallSink) => void;
/** Whether calls can be sent to the worker without waiting. For pools. */
export let hasRoomFor: (worker: PersistentWorker) => boolean;

/**
 * Starts a worker of options that are resolved already, and may have what is not for users; gives up when the signal
 * aborts; tells how it ended. For stages and pools.
 */
export let startResolved: (
  options: ResolvedWorkerOptions,
  signal: AbortSignal,
  onEnded?: (ending: Ending) => void,
) => Promise<PersistentWorker>;

type Outcome<Result> = { readonly value: Result } | { readonly error: unknown };

/**
 * Calls a target many times without starting anew; inputs go in by `enqueue`, results come out in the same order.
 *
 * @typeParam Args What a call takes.
 * @typeParam Result What a call gives.
 *
 * @example
 * ```ts
 * import { PersistentWorker } from "./mod.ts";
 *
 * await using worker = await PersistentWorker.create({ kind: "process", target: (x: number) => x * x });
 * for (const x of [1, 2, 3]) await worker.enqueue(x);
 * await worker.close();
 * console.assert((await Array.fromAsync(worker.results())).join() === "1,4,9");
 * console.assert(worker.result === 3);
 * ```
 */
export class PersistentWorker<Args extends unknown[] = unknown[], Result = unknown> extends BaseWorker<number> {
  #calls = new Fifo<CallSink>();
  #outcomes = new Fifo<Outcome<Result>>();
  #isOpen = false;
  #tellEnded: (ending: Ending) => void = () => {};
  /** Of the present life: why results may be missing. */
  #lost: { error: unknown } | null = null;
  #waiters = new Fifo<(outcome: Outcome<Result> | null) => void>();
  #toResults: CallSink = {
    onValue: (value) => this.#add({ value: value as Result }),
    onError: (error) => this.#add({ error }),
    onLost: (error) => this.#lost ??= { error },
  };

  static {
    callNow = (worker, args, sink) => worker.#call(args, sink);
    startResolved = async (options, signal, onEnded = () => {}) => {
      const worker = new PersistentWorker(options);
      worker.#tellEnded = onEnded;
      await worker.begin(signal);
      return worker;
    };
    hasRoomFor = (worker) => worker.#isOpen && worker.link!.hasRoom;
  }

  /**
   * Makes a worker and starts it; when this resolves it takes calls.
   *
   * @throws what {@linkcode Worker.create} throws.
   */
  static async create<Args extends unknown[], Return>(
    options: PersistentWorkerOptions<Args, Return>,
  ): Promise<PersistentWorker<Args, TaskData<Return>>> {
    const resolved = resolveWorkerOptions(options as PersistentWorkerOptions<never[]>, true);
    const worker = new PersistentWorker<Args, TaskData<Return>>(resolved);
    await worker.begin();
    return worker;
  }

  /** How many calls have neither a result nor an error yet. */
  get pending(): number {
    return this.#calls.length;
  }

  /** True while it takes calls. */
  get isOpen(): boolean {
    return this.#isOpen;
  }

  /**
   * Has the target called; resolves when the call is on its way, which is at once unless more than the worker may hold
   * are before it. What it gives comes out of `nextResult` or `results`.
   *
   * @throws {TaskError} `WORKER_CLOSED` when the worker is closed or dead. @throws {NotSendable}
   */
  async enqueue(...args: Partial<Args>): Promise<void> {
    await this.#send(args, this.#toResults);
  }

  /**
   * Calls the target and gives what it gives, which then does not come out of `nextResult` or `results`.
   *
   * @throws what the target raised; what ended the worker; what `enqueue` throws.
   */
  async call(...args: Partial<Args>): Promise<Result> {
    return await new Promise<Result>((resolve, reject) => {
      this.#send(args, { onValue: (value) => resolve(value as Result), onError: reject, onLost: reject }).catch(reject);
    });
  }

  /**
   * The next result, in the order of the calls. Those of a dead worker can still be had.
   *
   * @throws what the call raised; `WaitTimeout` when the wait is over first.
   * @throws what ended the worker with calls unfinished, else a {@linkcode TaskError} `STREAM_ENDED` when there is
   * none and none will come.
   */
  async nextResult(options: WaitForWorkerOptions = {}): Promise<Result> {
    requireWaitOptions(options);
    const outcome = await this.#take(options.timeoutMs);
    if (outcome === null) throw this.#lost?.error ?? noneLeft(this.name);
    if ("error" in outcome) throw outcome.error;
    return outcome.value;
  }

  /**
   * Results in the order of the calls, until the worker is dead: close it first, or leave the loop. A call that raised
   * raises here; go on with another loop behind it.
   */
  async *results(options: ResultsOptions = {}): AsyncGenerator<Result, undefined> {
    requireKnown(options, ["maxItems"]);
    const { maxItems = Infinity } = options;
    for (let count = 0; count < maxItems; count++) {
      const outcome = await this.#take();
      if (outcome === null) {
        if (this.#lost !== null) throw this.#lost.error;
        return;
      }
      if ("error" in outcome) throw outcome.error;
      yield outcome.value;
    }
  }

  /** Takes no more calls; those that it has are done, and then it ends. Closing twice is fine. */
  override close(): Promise<void> {
    this.#isOpen = false;
    this.link?.end();
    return Promise.resolve();
  }

  /** Closes it and waits until it has done what it has. True when it is dead. */
  override async wait(options: WaitForWorkerOptions = {}): Promise<boolean> {
    requireWaitOptions(options);
    await this.close();
    return await super.wait(options);
  }

  /** Closes it, gives it a second for what it has, and then ends it softly, and by force. */
  override async [Symbol.asyncDispose](): Promise<void> {
    if (!await this.wait({ timeoutMs: 1000 })) await this.terminate();
  }

  /** @ignore */
  protected override async begin(signal?: AbortSignal): Promise<void> {
    this.#lost = null;
    await super.begin(signal);
    this.#isOpen = this.isAlive;
  }

  /** @ignore */
  protected override onItem([kind, content]: WireWorkerItem): void {
    const sink = this.#calls.shift()!;
    if (kind === WorkerItem.value) sink.onValue(content);
    else sink.onError(content);
  }

  /** @ignore */
  protected override onEnded(ending: Ending): void {
    this.#isOpen = false;
    const error = ending.succeeded ? closed(this.name) : ending.error;
    for (let sink = this.#calls.shift(); sink !== undefined; sink = this.#calls.shift()) sink.onLost(error);
    for (let waiter = this.#waiters.shift(); waiter !== undefined; waiter = this.#waiters.shift()) waiter(null);
    this.#tellEnded(ending);
  }

  #call(args: readonly unknown[], sink: CallSink): void {
    if (!this.#isOpen) throw closed(this.name);
    this.link!.send(args);
    this.#calls.push(sink);
  }

  /** No turn between the look and the call: many that wait for the same place must not all take it. */
  async #send(args: readonly unknown[], sink: CallSink): Promise<void> {
    while (this.#isOpen && !this.link!.hasRoom) await this.link!.changed();
    this.#call(args, sink);
  }

  #add(outcome: Outcome<Result>): void {
    const waiter = this.#waiters.shift();
    if (waiter === undefined) this.#outcomes.push(outcome);
    else waiter(outcome);
  }

  /** The next outcome; null when none will come. */
  async #take(timeoutMs?: number): Promise<Outcome<Result> | null> {
    if (this.#outcomes.length > 0) return this.#outcomes.shift()!;
    if (!this.isAlive) return null;
    const { promise, resolve } = Promise.withResolvers<Outcome<Result> | null>();
    this.#waiters.push(resolve);
    if (await isDoneWithin(promise, timeoutMs)) return await promise;
    this.#waiters.retain((waiter) => waiter !== resolve);
    throw new WaitTimeout(`${this.name} gave no result within ${timeoutMs} ms; it goes on`);
  }
}

function noneLeft(name: string): TaskError {
  return new TaskError("STREAM_ENDED", `There is no result of ${name}, and none will come: it has ended`);
}

function closed(name: string): TaskError {
  return new TaskError("WORKER_CLOSED", `Cannot call ${name}: it was closed, or is dead`);
}
