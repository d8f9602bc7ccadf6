/**
 * A worker that calls its target for each input that it is given: one after the other, or so many at once.
 *
 * @module
 */

import { TaskError, TaskTimeout, WaitTimeout, WorkerTerminated } from "../core/errors.ts";
import { LeavableIterator } from "../core/leavable_iterator.ts";
import { copyOfError } from "../core/own_errors.ts";
import { requireKnown } from "../core/require_known.ts";
import type { TaskData } from "../procedures/task.ts";
import { type WireWorkerItem, WorkerItem } from "../wire/worker_message.ts";
import { BaseWorker, type WaitForWorkerOptions } from "./base_worker.ts";
import { type Call, CallLine, type CallSink } from "./call_line.ts";
import {
  type PersistentWorkerOptions,
  requireWaitOptions,
  type ResolvedWorkerOptions,
  resolveWorkerOptions,
} from "./worker_options.ts";
import type { Ending } from "./worker_link.ts";
import { ResultPlace, WorkerResults } from "./worker_results.ts";

/** Options of {@linkcode PersistentWorker.results}. */
export interface ResultsOptions {
  /** Give so many at most. @default {all, until the worker is dead} */
  maxItems?: number;
}

/** A call to a worker that has room and is open, without waiting. For pools. */
export let callNow: (worker: PersistentWorker, args: readonly unknown[], sink: CallSink) => void;
/** Whether calls can be sent to the worker without waiting. For pools. */
export let hasRoomFor: (worker: PersistentWorker) => boolean;
/** How many calls the worker may be at, at once. For pools. */
export let concurrencyOf: (worker: PersistentWorker) => number;
/** The calls that the worker is at. For pools. */
export let callsAtWork: (worker: PersistentWorker) => readonly Call[];
/** Ends what the worker is at, whatever that does, and starts it anew with the calls that are still wanted. For pools. */
export let replaceWorker: (worker: PersistentWorker) => void;
/**
 * Tells whenever the worker is being replaced, with what resolves when that is over; gives the way to be told no more.
 * For pools.
 */
export let onReplaced: (worker: PersistentWorker, act: (over: Promise<void>) => void) => () => void;

/**
 * Starts a worker of options that are resolved already, and may have what is not for users; gives up when the signal
 * aborts; tells how it ended. For stages and pools.
 */
export let startResolved: (
  options: ResolvedWorkerOptions,
  signal: AbortSignal,
  onEnded?: (ending: Ending) => void,
) => Promise<PersistentWorker>;

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
  #calls: CallLine;
  #concurrency: number;
  #limitMs: number | undefined;
  #results = new WorkerResults<Result>();
  /** Calls can be sent to it. */
  #isOpen = false;
  /** It takes calls: now, or when it was replaced. */
  #takesCalls = false;
  #replacing: Promise<void> | null = null;
  /** Calls that wait until it was replaced. */
  #kept: readonly Call[] = [];
  #watchers = new Set<(over: Promise<void>) => void>();
  #tellEnded: (ending: Ending) => void = () => {};

  static {
    callNow = (worker, args, sink) => worker.#call(args, sink);
    startResolved = async (options, signal, onEnded = () => {}) => {
      const worker = new PersistentWorker(options);
      worker.#tellEnded = onEnded;
      await worker.begin(signal);
      return worker;
    };
    hasRoomFor = (worker) => worker.#isOpen && worker.link!.hasRoom;
    concurrencyOf = (worker) => worker.#concurrency;
    callsAtWork = (worker) => worker.#calls.atWork;
    replaceWorker = (worker) => worker.#replaceNow();
    onReplaced = (worker, act) => {
      worker.#watchers.add(act);
      return () => worker.#watchers.delete(act);
    };
  }

  /** @ignore */
  protected constructor(options: ResolvedWorkerOptions) {
    super(options);
    const { concurrency = 1, itemTimeoutMs } = options;
    this.#concurrency = concurrency;
    this.#limitMs = itemTimeoutMs;
    this.#calls = new CallLine({ concurrency, limitMs: itemTimeoutMs, onTimeout: (call) => this.#onTimeout(call) });
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
    await worker.beginWithin(options);
    return worker;
  }

  /** How many calls have neither a result nor an error yet. */
  get pending(): number {
    return this.#calls.length + this.#kept.length;
  }

  /** True while it takes calls. */
  get isOpen(): boolean {
    return this.#takesCalls;
  }

  /**
   * Has the target called; resolves when the call is on its way, which is at once unless more than the worker may hold
   * are before it. What it gives comes out of `nextResult` or `results`.
   *
   * @throws {TaskError} `WORKER_CLOSED` when the worker is closed or dead. @throws {NotSendable}
   */
  async enqueue(...args: Partial<Args>): Promise<void> {
    const place = new ResultPlace(this.#results);
    await this.#send(args, place, () => this.#results.expect(place));
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
    const outcome = await this.#results.next(options.timeoutMs, () => this.isAlive);
    if (outcome === "too late") {
      throw new WaitTimeout(`${this.name} gave no result within ${options.timeoutMs} ms; it goes on`);
    }
    if (outcome === null) throw this.#results.whyLost() ?? noneLeft(this.name);
    if ("error" in outcome) throw outcome.error;
    return outcome.value;
  }

  /**
   * Results in the order of the calls, until the worker is dead: close it first, or leave the loop. A call that raised
   * raises here; go on with another loop behind it.
   */
  results(options: ResultsOptions = {}): AsyncGenerator<Result, undefined> {
    return new LeavableIterator(() => {
      requireKnown(options, ["maxItems"]);
      return this.#results.supply(options.maxItems ?? Infinity, () => this.isAlive);
    });
  }

  /** Takes no more calls; those that it has are done, and then it ends. Closing twice is fine. */
  override close(): Promise<void> {
    this.#takesCalls = this.#isOpen = false;
    // One that is being replaced is told when it has the calls again.
    if (this.#replacing === null) this.link?.end();
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
    if (this.isStarting || !await this.wait({ timeoutMs: 1000 })) await this.terminate();
  }

  /** @ignore */
  protected override async begin(signal?: AbortSignal): Promise<void> {
    this.#results.lost = null;
    await super.begin(signal);
    this.#takesCalls = this.#isOpen = this.isAlive;
  }

  /** @ignore */
  protected override onItem([kind, content, number]: WireWorkerItem, bytes: number): void {
    const { sink } = this.#calls.take(number as number | undefined);
    if (kind === WorkerItem.value) sink.onValue(content, bytes);
    else sink.onError(content);
  }

  /** @ignore */
  protected override onEnded(ending: Ending): void {
    this.#takesCalls = this.#isOpen = false;
    const error = ending.succeeded ? closed(this.name) : ending.error;
    // The worker itself goes on saying why it ended.
    for (const { sink } of [...this.#takeKept(), ...this.#calls.clear()]) sink.onLost(copyOfError(error));
    this.#results.serve(true);
    this.#tellEnded(ending);
  }

  #call(args: readonly unknown[], sink: CallSink): void {
    if (!this.#isOpen) throw closed(this.name);
    this.link!.send(args);
    this.#calls.add(args, sink);
  }

  /** No turn between the look and the call: many that wait for the same place must not all take it. */
  async #send(args: readonly unknown[], sink: CallSink, onSent: () => void = () => {}): Promise<void> {
    while (this.#takesCalls && !hasRoomFor(this as PersistentWorker)) await (this.#replacing ?? this.link!.changed());
    this.#call(args, sink);
    onSent();
  }

  /** What is at work for too long gets its error, and the worker another life for the other calls. */
  #onTimeout(call: Call): void {
    const limitMs = this.#limitMs!;
    this.#replaceNow(call);
    const message = `The call of ${this.name} was at work for more than ${limitMs} ms: the worker is started anew`;
    call.sink.onError(new TaskTimeout(message, limitMs));
  }

  #replaceNow(settled: Call | null = null): void {
    if (this.#replacing !== null || !this.isAlive) return;
    this.#isOpen = false;
    this.#kept = this.#calls.clear().filter((call) => call !== settled);
    this.#replacing = this.#replace();
    for (const act of this.#watchers) act(this.#replacing);
  }

  async #replace(): Promise<void> {
    await this.replace();
    this.#replacing = null;
    if (!this.isAlive) return;
    this.#isOpen = true;
    this.#sendKept();
    if (this.#takesCalls) return;
    this.#isOpen = false;
    this.link!.end();
  }

  #sendKept(): void {
    const unwanted = new WorkerTerminated();
    for (const { args, sink } of this.#takeKept()) {
      try {
        if (sink.isWanted === false) throw unwanted;
        this.#call(args, sink);
      } catch (error) {
        sink.onError(error);
      }
    }
  }

  #takeKept(): readonly Call[] {
    const kept = this.#kept;
    this.#kept = [];
    return kept;
  }
}

function noneLeft(name: string): TaskError {
  return new TaskError("STREAM_ENDED", `There is no result of ${name}, and none will come: it has ended`);
}

function closed(name: string): TaskError {
  return new TaskError("WORKER_CLOSED", `Cannot call ${name}: it was closed, or is dead`);
}
