/**
 * A stream through a pipeline, here or at a server: a bounded number of items is under way, and what comes out is given
 * in the order in which it went in.
 *
 * @module
 */

import { onAbort } from "../core/abort.ts";
import { Fifo } from "../core/fifo.ts";
import { requireKnown } from "../core/require_known.ts";
import { showValue } from "../core/show_value.ts";
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
}

interface Sent {
  readonly input: unknown;
  /** Null for one whose preprocessing failed. */
  readonly underWay: ItemUnderWay | null;
  outcome: { value: unknown; isError: boolean } | null;
}

const KNOWN = ["returnInput", "returnErrors", "ordered", "timeoutMs", "preprocess", "signal"];

/** The outputs, one by one. */
export async function* streamThrough(params: StreamParams): AsyncGenerator<unknown, void, undefined> {
  requireStreamOptions(params.options);
  const { returnInput = false, returnErrors = false, signal } = params.options;
  signal?.throwIfAborted();
  const stream = new PipelineStream(params);
  const letGo = onAbort(signal, (reason) => stream.fail(reason));
  try {
    for (;;) {
      const sent = await stream.next();
      if (sent === null) return;
      const { value, isError } = sent.outcome!;
      if (isError && !returnErrors) throw value;
      yield returnInput ? [sent.input, value] : value;
    }
  } finally {
    letGo();
    stream.leave();
  }
}

/** Feeds the pipeline, and keeps what is under way. */
class PipelineStream {
  #params: StreamParams;
  #iterator: Iterator<unknown> | AsyncIterator<unknown>;
  /** Under way, and come out and not given: in order. */
  #sent = new Fifo<Sent>();
  /** Come out and not given, of a stream without order. */
  #out = new Fifo<Sent>();
  #underWay = new Set<Sent>();
  #count = 0;
  #end: { error: unknown } | "end" | null = null;
  #hasLeft = false;
  #isReading = false;
  #wakeReader: () => void = () => {};
  #wakeFeeder: () => void = () => {};

  constructor(params: StreamParams) {
    this.#params = params;
    const { items } = params;
    if (typeof items !== "object" && typeof items !== "string" || items === null) {
      throw new TypeError(`Cannot stream a value of type ${items === null ? "null" : typeof items}: it is no iterable`);
    }
    if (Symbol.asyncIterator in items) this.#iterator = items[Symbol.asyncIterator]();
    else if (Symbol.iterator in Object(items)) this.#iterator = (items as Iterable<unknown>)[Symbol.iterator]();
    else throw new TypeError("Cannot stream an object that is no iterable");
    void this.#feed();
  }

  get #isOrdered(): boolean {
    return this.#params.options.ordered ?? true;
  }

  /** The next that came out; null behind the last. */
  async next(): Promise<Sent | null> {
    for (;;) {
      // What was given up by that has its outcome already, which is not why the stream ends.
      if (this.#hasLeft && this.#end !== null && this.#end !== "end") throw this.#end.error;
      const sent = this.#isOrdered ? this.#sent.peek() : this.#out.peek();
      if (sent !== undefined && sent.outcome !== null) {
        if (this.#isOrdered) this.#sent.shift();
        else this.#out.shift();
        this.#count--;
        this.#wakeFeeder();
        return sent;
      }
      if (this.#end !== null && this.#count === 0) {
        if (this.#end === "end") return null;
        throw this.#end.error;
      }
      await new Promise<void>((resolve) => this.#wakeReader = resolve);
    }
  }

  /** Ends the stream with an error, at once. */
  fail(error: unknown): void {
    this.#end = { error };
    this.leave();
    this.#wakeReader();
  }

  /** Gives up what is under way, and lets go of the source. */
  leave(): void {
    if (this.#hasLeft) return;
    this.#hasLeft = true;
    this.#wakeFeeder();
    if (this.#underWay.size > 0) {
      const reason = this.#params.left();
      for (const { underWay } of this.#underWay) underWay?.drop(reason);
    }
    if (this.#end === "end") return;
    try {
      // Not waited for: a source that is in the middle of something may never come to an end.
      Promise.resolve(this.#iterator.return?.()).catch(() => {});
    } catch {
      // What a source raises when it is left interests nobody any more.
    }
  }

  async #feed(): Promise<void> {
    try {
      const isAsync = Symbol.asyncIterator in Object(this.#params.items);
      while (!this.#hasLeft) {
        if (this.#count >= this.#params.window) {
          await new Promise<void>((resolve) => this.#wakeFeeder = resolve);
          continue;
        }
        const step = isAsync ? await this.#iterator.next() : (this.#iterator as Iterator<unknown>).next();
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
