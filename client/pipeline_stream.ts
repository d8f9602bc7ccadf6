/**
 * A stream through a pipeline, here or at a server: a bounded number of items is under way, and what comes out is given
 * in the order in which it went in.
 *
 * @module
 */

import { onAbort } from "../core/abort.ts";
import { Fifo } from "../core/fifo.ts";
import { LeavableIterator, type Supply } from "../core/leavable_iterator.ts";
import { copyOfError } from "../core/own_errors.ts";
import { requireKnown } from "../core/require_known.ts";
import { showValue } from "../core/show_value.ts";
import { Source } from "../core/source.ts";
import type { PipelineCallOptions, PipelineStreamOptions } from "../procedures/servlet.ts";

/** An item that is on its way. */
export interface ItemUnderWay {
  readonly result: Promise<unknown>;
  /** Gives it up. */
  drop(reason: unknown): void;
}

/** Options of either kind. */
export type StreamOptions = PipelineStreamOptions & { preprocess?: (item: never) => unknown };

/** What a stream goes through. */
export interface StreamParams {
  items: Iterable<unknown> | AsyncIterable<unknown>;
  options: StreamOptions;
  /** Most items that are read and not given yet. */
  window: number;
  /** Sends an item through. */
  begin(item: unknown): ItemUnderWay;
  /** Why items are given up when the stream is left. */
  left(): Error;
  /** Aborts when there is no pipeline any more, whatever the stream waits for; its reason is raised. */
  ended?: AbortSignal;
}

interface Outcome {
  readonly value: unknown;
  readonly isError: boolean;
}

interface Sent {
  readonly input: unknown;
  /** Null for one whose preprocessing failed. */
  readonly underWay: ItemUnderWay | null;
  outcome: Outcome | null;
}

const KNOWN = ["returnInput", "returnErrors", "ordered", "timeoutMs", "preprocess", "signal"];

/** The outputs, one by one. */
export function streamThrough(params: StreamParams): AsyncGenerator<unknown, undefined, undefined> {
  return new LeavableIterator(() => {
    requireStreamOptions(params.options);
    params.options.signal?.throwIfAborted();
    return new PipelineStream(params);
  });
}

/** Feeds the pipeline, and keeps what is under way. */
class PipelineStream implements Supply<unknown> {
  #params: StreamParams;
  #source: Source;
  /** Under way, and come out and not given: in order. */
  #sent = new Fifo<Sent>();
  /** Come out and not given, of a stream without order. */
  #out = new Fifo<Sent>();
  #underWay = new Set<Sent>();
  #count = 0;
  /** Nothing more is read; null while the source has more. An error stands behind the outputs, a failure ahead of them. */
  #end: "end" | { error: unknown } | { failure: unknown } | null = null;
  #hasLeft = false;
  #wakeReader: () => void = nothing;
  #wakeFeeder: () => void = nothing;
  #letGo: (() => void)[] = [];

  constructor(params: StreamParams) {
    this.#params = params;
    this.#source = new Source(params.items);
    this.#letGo.push(onAbort(params.options.signal, (reason) => this.#fail(reason)));
    // Others may be told of the same end.
    this.#letGo.push(onAbort(params.ended, (reason) => this.#fail(copyOfError(reason))));
    void this.#feed();
  }

  get #isOrdered(): boolean {
    return this.#params.options.ordered ?? true;
  }

  take(): IteratorResult<unknown, undefined> | null {
    if (this.#end !== null && this.#end !== "end" && "failure" in this.#end) throw this.#end.failure;
    const line = this.#isOrdered ? this.#sent : this.#out;
    const next = line.peek();
    if (next !== undefined && next.outcome !== null) {
      line.shift();
      this.#count--;
      this.#wakeFeeder();
      return this.#given(next.input, next.outcome);
    }
    if (this.#end === null || this.#count > 0) return null;
    if (this.#end !== "end") throw (this.#end as { error: unknown }).error;
    return { done: true, value: undefined };
  }

  wait(wake: () => void): void {
    this.#wakeReader = wake;
  }

  /** Gives up what is under way, and lets go of the source. */
  leave(): Promise<void> {
    if (this.#hasLeft) return this.#source.leave();
    this.#hasLeft = true;
    for (const letGo of this.#letGo) letGo();
    this.#wakeFeeder();
    if (this.#underWay.size > 0) {
      const reason = this.#params.left();
      for (const { underWay } of this.#underWay) underWay?.drop(reason);
    }
    return this.#source.leave();
  }

  #given(input: unknown, { value, isError }: Outcome): IteratorResult<unknown, undefined> {
    const { returnInput = false, returnErrors = false } = this.#params.options;
    if (isError && !returnErrors) throw value;
    return { done: false, value: returnInput ? [input, value] : value };
  }

  /** Ends the stream with an error, at once. */
  #fail(failure: unknown): void {
    this.#end = { failure };
    void this.leave();
    this.#wakeReader();
  }

  async #feed(): Promise<void> {
    try {
      while (!this.#hasLeft) {
        if (this.#count >= this.#params.window) {
          await new Promise<void>((resolve) => this.#wakeFeeder = resolve);
          continue;
        }
        const step = this.#source.isAsync ? await this.#source.next() : this.#source.next() as IteratorResult<unknown>;
        if (this.#hasLeft) return;
        if (step.done) break;
        await this.#send(step.value);
      }
      this.#end ??= "end";
    } catch (error) {
      this.#end ??= { error };
    }
    this.#wakeReader();
  }

  async #send(input: unknown): Promise<void> {
    this.#count++;
    const { preprocess } = this.#params.options;
    let item = input;
    if (preprocess !== undefined) {
      try {
        item = await preprocess(input as never);
      } catch (error) {
        const failed: Sent = { input, underWay: null, outcome: { value: error, isError: true } };
        if (this.#isOrdered) this.#sent.push(failed);
        this.#onOutcome(failed);
        return;
      }
      if (this.#hasLeft) return;
    }
    const sent: Sent = { input, underWay: this.#params.begin(item), outcome: null };
    if (this.#isOrdered) this.#sent.push(sent);
    this.#underWay.add(sent);
    sent.underWay!.result.then(
      (value) => this.#settle(sent, value, false),
      (error) => this.#settle(sent, error, true),
    );
  }

  #settle(sent: Sent, value: unknown, isError: boolean): void {
    sent.outcome = { value, isError };
    this.#underWay.delete(sent);
    this.#onOutcome(sent);
  }

  #onOutcome(sent: Sent): void {
    if (!this.#isOrdered) this.#out.push(sent);
    this.#wakeReader();
  }
}

function requireStreamOptions(options: StreamOptions): void {
  requireKnown(options, KNOWN);
  requireTimeoutMs(options.timeoutMs);
}

function requireTimeoutMs(timeoutMs: unknown): void {
  if (timeoutMs === undefined || (typeof timeoutMs === "number" && timeoutMs >= 0)) return;
  throw new RangeError(
    `Cannot use timeoutMs: it must be a number of milliseconds from 0: current value is ${showValue(timeoutMs)}`,
  );
}

const KNOWN_OF_CALLS = ["timeoutMs", "backpressure", "signal"];

/** Checks the options of a call. @throws {TypeError} for an unknown one. @throws {RangeError} */
export function requireCallOptions(options: PipelineCallOptions): void {
  requireKnown(options, KNOWN_OF_CALLS);
  requireTimeoutMs(options.timeoutMs);
  const { backpressure } = options;
  if (backpressure === undefined || backpressure === "wait" || backpressure === "refuse") return;
  throw new RangeError(
    `Cannot use backpressure: it must be "wait" or "refuse": current value is ${JSON.stringify(backpressure)}`,
  );
}

function nothing(): void {}
