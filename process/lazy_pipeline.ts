/**
 * A pipeline that the server of a task runs: what it takes to call it is loaded with the first call.
 *
 * @module
 */

import type { PipelineCaller, PipelineCallOptions } from "../procedures/servlet.ts";

type Stream<In, Out> = PipelineCaller<In, Out>["stream"];
type Outputs = AsyncGenerator<unknown, void, undefined>;

/** Forwards all to the real caller, which `load` gives. */
export class LazyPipeline<In, Out> implements PipelineCaller<In, Out> {
  /** Opened when the first output is asked for. */
  readonly stream: Stream<In, Out>;
  #load: () => Promise<PipelineCaller<In, Out>>;

  constructor(load: () => Promise<PipelineCaller<In, Out>>) {
    this.#load = load;
    this.stream =
      ((...args: Parameters<Stream<In, Out>>) =>
        new LazyOutputs(async () => (await load()).stream(...args))) as unknown as Stream<In, Out>;
  }

  async call(item: In, options?: PipelineCallOptions): Promise<Out> {
    return await (await this.#load()).call(item, options);
  }
}

/** What is read of the real stream can be left while a read waits, and so can this. */
class LazyOutputs implements Outputs {
  readonly [Symbol.toStringTag] = "AsyncGenerator";
  #open: () => Promise<Outputs>;
  #opened: Promise<Outputs> | null = null;
  #isOver = false;

  constructor(open: () => Promise<Outputs>) {
    this.#open = open;
  }

  async next(): Promise<IteratorResult<unknown, void>> {
    if (this.#opened === null && this.#isOver) return END;
    return await (await (this.#opened ??= this.#open())).next();
  }

  async return(): Promise<IteratorResult<unknown, void>> {
    this.#isOver = true;
    return await (await this.#opened)?.return() ?? END;
  }

  async throw(error: unknown): Promise<IteratorResult<unknown, void>> {
    await this.return();
    throw error;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return();
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}

const END: IteratorReturnResult<void> = { done: true, value: undefined };
