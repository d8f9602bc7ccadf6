/**
 * A pipeline of the task's server, whose caller is loaded when it is first used.
 *
 * @module
 */

import type { StreamOptions } from "../client/pipeline_stream.ts";
import type { ServedPipeline } from "../client/served_pipeline.ts";
import { LeavableIterator } from "../core/leavable_iterator.ts";
import type { PipelineCaller, PipelineCallOptions } from "../procedures/servlet.ts";

/** Forwards all to the real caller, which `load` gives. */
export class LazyPipeline<In, Out> implements PipelineCaller<In, Out> {
  #load: () => Promise<ServedPipeline<In, Out>>;

  constructor(load: () => Promise<ServedPipeline<In, Out>>) {
    this.#load = load;
  }

  async call(item: In, options?: PipelineCallOptions): Promise<Out> {
    return await (await this.#load()).call(item, options);
  }

  /** Opened when the first output is asked for. */
  stream(items: Iterable<unknown> | AsyncIterable<unknown>, options?: StreamOptions): AsyncGenerator<never, undefined> {
    return new LeavableIterator(async () => (await this.#load()).open(items, options));
  }
}
