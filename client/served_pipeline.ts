/**
 * A pipeline that a server runs, as its client sees it. An item is one call: calls that have no answer yet are all that
 * is under way, and a stream has only so many of them.
 *
 * @module
 */

import { MAX_DELAY_MS } from "../core/clock.ts";
import { endedByAbort } from "../core/abort.ts";
import { PipelineTimeout, TaskCancelled } from "../core/errors.ts";
import { LeavableIterator, type Supply } from "../core/leavable_iterator.ts";
import { perTurn } from "../core/per_turn.ts";
import type {
  PipelineCaller,
  PipelineCallOptions,
  PipelineStreamOptions,
  PreprocessedStreamOptions,
  StreamedItem,
} from "../procedures/servlet.ts";
import { uuidv7 } from "../core/uuid.ts";
import { decode, encode } from "../wire/codec.ts";
import type { Link } from "./link.ts";
import { type ItemUnderWay, openStream, requireCallOptions, type StreamOptions } from "./pipeline_stream.ts";

/** Items of one stream that are with the server, or came back and are not taken. */
const WINDOW_ITEMS = 256;

/** The server's own word that an item is out of time says where the item was; it has so many milliseconds to come. */
const WORD_MS = 100;

/** Items that one push lets go of. */
const IDS_PER_PUSH = 1000;

/** One signal, or the end of one stream, may let go of many. */
const leaveSoon = perTurn<Link, string>((link, ids) => {
  for (let from = 0; from < ids.length; from += IDS_PER_PUSH) link.push("leave", ids.slice(from, from + IDS_PER_PUSH));
});

/** No other program's items are called so, nor this one's items twice. */
const program = uuidv7();
let lastItem = 0;

/** The one implementation of {@linkcode PipelineCaller} for clients. */
export class ServedPipeline<In, Out> implements PipelineCaller<In, Out> {
  #link: Link;
  #name: string;

  constructor(link: Link, name: string) {
    this.#link = link;
    this.#name = name;
  }

  async call(item: In, options: PipelineCallOptions = {}): Promise<Out> {
    requireCallOptions(options);
    const { signal } = options;
    signal?.throwIfAborted();
    const underWay = this.#begin(item, options, signal);
    return await endedByAbort(underWay.result, signal, underWay.drop) as Out;
  }

  stream<const Pairs extends boolean = false, const Errors extends boolean = false>(
    items: Iterable<In> | AsyncIterable<In>,
    options?: PipelineStreamOptions<Pairs, Errors>,
  ): AsyncGenerator<StreamedItem<In, Out, Pairs, Errors>, void, undefined>;
  stream<Raw, const Pairs extends boolean = false, const Errors extends boolean = false>(
    items: Iterable<Raw> | AsyncIterable<Raw>,
    options: PreprocessedStreamOptions<Raw, In, Pairs, Errors>,
  ): AsyncGenerator<StreamedItem<Raw, Out, Pairs, Errors>, void, undefined>;
  stream(items: Iterable<unknown> | AsyncIterable<unknown>, options?: StreamOptions): AsyncGenerator<never, void> {
    return new LeavableIterator(() => this.open(items, options));
  }

  /** What a stream reads, for whoever has an iterator for it. @throws what is wrong with the options. */
  open(items: Iterable<unknown> | AsyncIterable<unknown>, options: StreamOptions = {}): Supply<never> {
    const { timeoutMs } = options;
    const over = new AbortController();
    return openStream({
      items,
      options,
      window: WINDOW_ITEMS,
      begin: (item) => this.#begin(item, { timeoutMs }, over.signal),
      left() {
        const reason = new TaskCancelled("The stream was left before its end");
        over.abort(reason);
        return reason;
      },
      ended: this.#link.ended,
    }) as Supply<never>;
  }

  /** What has not left when `unsent` aborts is not sent any more. */
  #begin(
    item: unknown,
    { timeoutMs, backpressure = "wait" }: PipelineCallOptions,
    unsent: AbortSignal | undefined,
  ): ItemUnderWay {
    const isTimed = timeoutMs !== undefined && timeoutMs + WORD_MS <= MAX_DELAY_MS;
    const timeUp = isTimed ? new AbortController() : null;
    const id = `${program}.${++lastItem}`;
    let isDropped = false;
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    const refuse = backpressure === "refuse";
    let size = 0;
    const bytes = () => size;
    // In a promise, so that an item that cannot be sent is refused as any other.
    Promise.try(() =>
      this.#link.call(
        "pipe",
        { name: this.#name, id, item: encode(item), timeoutMs: timeoutMs ?? null, refuse },
        timeUp?.signal ?? unsent,
      )
    ).then(
      (output) => {
        size = output.length;
        resolve(decode(output, { budget: this.#link.resultBudget }));
      },
      (error) => reject(withRemoteStack(error)),
    ).then(() => isDropped || this.#link.passed?.(id));
    const drop = (reason: unknown) => {
      isDropped = true;
      timeUp?.abort(reason);
      reject(reason);
      leaveSoon(this.#link, [id]);
    };
    if (!isTimed) return { result: promise, bytes, drop };
    const onTimeout = () => drop(new PipelineTimeout(`The item was not through after ${timeoutMs} ms`, timeoutMs));
    const timer = setTimeout(onTimeout, timeoutMs + WORD_MS);
    return { result: promise.finally(() => clearTimeout(timer)), bytes, drop };
  }
}

/** What a stage raised has its stack there. */
function withRemoteStack(error: unknown): unknown {
  if (error instanceof Error && Object.hasOwn(error, "stage")) {
    Object.defineProperty(error, "remoteStack", { value: error.stack ?? "", configurable: true, writable: true });
  }
  return error;
}
