/**
 * A stream through a pipeline, here or at a server: a bounded number of items is under way, and what comes out is given
 * in the order in which it went in.
 *
 * @module
 */

import { onAbort } from "../core/abort.ts";
import { withinLimits } from "../core/call_limits.ts";
import { ByteRoom, requireBufferedBytes } from "../core/byte_room.ts";
import { PipelineTimeout } from "../core/errors.ts";
import { Fifo } from "../core/fifo.ts";
import { LeavableIterator, type Supply } from "../core/leavable_iterator.ts";
import { isThenable } from "../core/notify.ts";
import { copyOfError } from "../core/own_errors.ts";
import { requireKnown } from "../core/require_known.ts";
import { requireMs } from "../core/require_number.ts";
import { Source } from "../core/source.ts";
import { thrownError } from "../wire/codec.ts";
import type { PipelineCallOptions, PipelineStreamOptions } from "../procedures/servlet.ts";

/** An item that is on its way. */
export interface ItemUnderWay {
  readonly result: Promise<unknown>;
  /** Size of what came of it, encoded, once that is there. */
  bytes(): number;
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
  /** Aborted when nothing more is taken, with what whoever asks then is told. */
  ended: AbortSignal | undefined;
  /** Sends an item through. */
  begin(item: unknown): ItemUnderWay;
  /** Why items are given up when the stream is left. */
  left(): Error;
}

interface Sent {
  readonly input: unknown;
  /** Null for one whose preprocessing failed. */
  readonly underWay: ItemUnderWay | null;
  outcome: { value: unknown; isError: boolean; bytes: number } | null;
}

const KNOWN = ["returnInput", "returnErrors", "ordered", "timeoutMs", "preprocess", "signal", "maxBufferedBytes"];

/** The outputs, one by one. What is wrong with the options the first `next()` says. */
export function streamThrough(params: StreamParams): AsyncGenerator<unknown, undefined, undefined> {
  return new LeavableIterator(() => openStream(params));
}

/** What such a stream reads. @throws what is wrong with the options. */
export function openStream(params: StreamParams): Supply<unknown> {
  requireStreamOptions(params.options);
  params.options.signal?.throwIfAborted();
  return new PipelineStream(params);
}

/** Feeds the pipeline, and keeps what is under way. */
class PipelineStream implements Supply<unknown> {
  #params: StreamParams;
  #source: Source;
  #isOrdered: boolean;
  #buffer: ByteRoom;
  /** Under way, and come out and not given: in order. */
  #sent = new Fifo<Sent>();
  /** Come out and not given, of a stream without order. */
  #out = new Fifo<Sent>();
  #underWay = new Set<Sent>();
  /** Read and not given. */
  #count = 0;
  #end: { error: unknown } | "end" | null = null;
  /** Nothing more is read. */
  #isFed = false;
  #hasLeft = false;
  #isPreparing = false;
  #wakeReader: () => void = () => {};
  #wakeFeeder: () => void = () => {};
  #letGo: readonly (() => void)[];

  constructor(params: StreamParams) {
    this.#params = params;
    const { ordered = true, maxBufferedBytes, signal } = params.options;
    this.#isOrdered = ordered;
    this.#buffer = new ByteRoom(maxBufferedBytes);
    this.#source = new Source(params.items);
    this.#letGo = [
      onAbort(signal, (reason) => this.#fail(reason)),
      // Others may be told of the same end.
      onAbort(params.ended, (reason) => this.#endWith(copyOfError(reason))),
    ];
    void this.#feed();
  }

  take(): IteratorResult<unknown, undefined> | null {
    // What was given up by that has its outcome already, which is not why the stream ends.
    if (this.#hasLeft && this.#end !== null && this.#end !== "end") throw this.#end.error;
    const line = this.#isOrdered ? this.#sent : this.#out;
    const { input, outcome = null } = line.peek() ?? {};
    if (outcome !== null) {
      line.shift();
      this.#count--;
      this.#buffer.leave(outcome.bytes);
      this.#wakeFeeder();
      const { returnInput = false, returnErrors = false } = this.#params.options;
      if (outcome.isError && !returnErrors) throw outcome.value;
      return { done: false, value: returnInput ? [input, outcome.value] : outcome.value };
    }
    if (this.#end === null || this.#count > 0) return null;
    if (this.#end === "end") return { done: true, value: undefined };
    throw this.#end.error;
  }

  wait(wake: () => void): void {
    this.#wakeReader = wake;
  }

  /** Gives up what is under way, and lets go of the source. */
  leave(): Promise<void> {
    if (this.#hasLeft) return this.#source.leave();
    this.#hasLeft = true;
    for (const letGo of this.#letGo) letGo();
    this.#stopReading();
    if (this.#underWay.size > 0) {
      const reason = this.#params.left();
      for (const { underWay } of this.#underWay) underWay?.drop(reason);
    }
    return this.#source.leave();
  }

  /** Ends the stream with an error, at once. */
  #fail(error: unknown): void {
    this.#end = { error };
    void this.leave();
    this.#wakeReader();
  }

  /** Ends the stream with an error behind what is under way. */
  #endWith(error: unknown): void {
    this.#end ??= { error };
    this.#stopReading();
    this.#wakeReader();
  }

  #stopReading(): void {
    if (this.#isFed) return;
    this.#isFed = true;
    // It was never sent.
    if (this.#isPreparing) this.#count--;
    this.#wakeFeeder();
    void this.#source.leave();
  }

  async #feed(): Promise<void> {
    try {
      while (!this.#isFed) {
        if (this.#count >= this.#params.window || !this.#buffer.hasRoomFor(this.#underWay.size)) {
          await new Promise<void>((resolve) => this.#wakeFeeder = resolve);
          continue;
        }
        const next = this.#source.next();
        const step = this.#source.isAsync ? await next : next as IteratorResult<unknown, unknown>;
        if (this.#isFed) return;
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
      this.#isPreparing = true;
      try {
        item = await this.#prepared(preprocess(input as never));
      } catch (error) {
        if (this.#isFed) return;
        const failed: Sent = { input, underWay: null, outcome: { value: thrownError(error), isError: true, bytes: 0 } };
        if (this.#isOrdered) this.#sent.push(failed);
        this.#onOutcome(failed);
        return;
      } finally {
        this.#isPreparing = false;
      }
      if (this.#isFed) return;
    }
    const sent: Sent = { input, underWay: this.#params.begin(item), outcome: null };
    if (this.#isOrdered) this.#sent.push(sent);
    this.#underWay.add(sent);
    sent.underWay!.result.then(
      (value) => this.#settle(sent, value, false),
      (error) => this.#settle(sent, error, true),
    );
  }

  /** A callback that never settles is no reason for the items behind it to wait for ever. */
  #prepared(item: unknown): unknown {
    const { timeoutMs } = this.#params.options;
    if (timeoutMs === undefined || !isThenable(item)) return item;
    return withinLimits({ timeoutMs }, () => Promise.resolve(item), () => {
      return new PipelineTimeout(`The item was not through after ${timeoutMs} ms: it was in preprocess`, timeoutMs);
    });
  }

  #settle(sent: Sent, value: unknown, isError: boolean): void {
    const bytes = sent.underWay!.bytes();
    this.#buffer.enter(bytes);
    sent.outcome = { value, isError, bytes };
    this.#underWay.delete(sent);
    this.#onOutcome(sent);
  }

  #onOutcome(sent: Sent): void {
    if (!this.#isOrdered) this.#out.push(sent);
    this.#wakeReader();
    // What came out may be smaller than was thought.
    this.#wakeFeeder();
  }
}

function requireStreamOptions(options: StreamOptions): void {
  requireKnown(options, KNOWN);
  requireMs("timeoutMs", options.timeoutMs);
  requireBufferedBytes(options.maxBufferedBytes);
}

const KNOWN_OF_CALLS = ["timeoutMs", "backpressure", "signal"];

/** Checks the options of a call. @throws {TypeError} for an unknown one. @throws {RangeError} */
export function requireCallOptions(options: PipelineCallOptions): void {
  requireKnown(options, KNOWN_OF_CALLS);
  requireMs("timeoutMs", options.timeoutMs);
  const { backpressure } = options;
  if (backpressure === undefined || backpressure === "wait" || backpressure === "refuse") return;
  throw new RangeError(
    `Cannot use backpressure: it must be "wait" or "refuse": current value is ${JSON.stringify(backpressure)}`,
  );
}
