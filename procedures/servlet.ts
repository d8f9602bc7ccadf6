/**
 * Servlets as types: what goes in and what comes out. The client needs no more of a pipeline that a server runs.
 *
 * @module
 */

/**
 * The description of a stage, or of a composition of stages; immutable, and nothing runs by it. Made by
 * `processServlet`, `threadServlet`, `sequential`, `ensemble` and `switchBy`.
 *
 * @typeParam In What it takes.
 * @typeParam Out What it gives.
 */
export interface Servlet<In = never, Out = unknown> {
  /** What it is made of. */
  readonly kind: "stage" | "sequential" | "ensemble" | "switch";
  /** Never there; carries the types. */
  readonly signature?: (item: In) => Out;
}

/** Any servlet. */
export type AnyServlet = Servlet<never, unknown>;

/** What a servlet takes. */
export type InputOf<Described> = Described extends Servlet<infer In, infer _Out> ? In : never;

/** What a servlet gives. */
export type OutputOf<Described> = Described extends Servlet<infer _In, infer Out> ? Out : never;

/** Options of a call to a pipeline. */
export interface PipelineCallOptions {
  /** Longest time in milliseconds, the wait for a free place included. @default {no limit} */
  timeoutMs?: number;
  /** With a full pipeline: wait for a place, or refuse with `PipelineFull`. @default {"wait"} */
  backpressure?: "wait" | "refuse";
  /** Gives the item up. */
  signal?: AbortSignal;
}

/** Options of a stream through a pipeline. */
export interface PipelineStreamOptions<Pairs extends boolean = boolean, Errors extends boolean = boolean> {
  /** Give pairs of input and output. @default {false} */
  returnInput?: Pairs;
  /** Give an item's error in the place of its output, instead of ending with the first. @default {false} */
  returnErrors?: Errors;
  /** Outputs in the order of the inputs, or as they come. @default {true} */
  ordered?: boolean;
  /** Longest time in milliseconds for each item, the wait for a free place included. @default {no limit} */
  timeoutMs?: number;
  /**
   * How many bytes of outputs may wait for a reader that is slow, encoded; one may, however large it is. Items are not
   * read from the source meanwhile. @default {16 MiB}
   */
  maxBufferedBytes?: number;
  /** Gives the stream up. */
  signal?: AbortSignal;
}

/** Options of a stream whose inputs are made of something else. */
export interface PreprocessedStreamOptions<Raw, In, Pairs extends boolean, Errors extends boolean>
  extends PipelineStreamOptions<Pairs, Errors> {
  /**
   * Changes each input before it goes in; what it throws is that item's error, and so is `PipelineTimeout` where it takes
   * longer than `timeoutMs`, which counts anew for the way through.
   */
  preprocess: (item: Raw) => In | Promise<In>;
}

/** What a stream gives. */
export type StreamedItem<Raw, Out, Pairs extends boolean, Errors extends boolean> = Pairs extends true
  ? [input: Raw, output: StreamedOutput<Out, Errors>]
  : StreamedOutput<Out, Errors>;

/** One output of a stream; with `returnErrors` it may be an error. */
export type StreamedOutput<Out, Errors extends boolean> = Errors extends true ? Out | Error : Out;

/** A running pipeline, here or at a server. */
export interface PipelineCaller<In, Out> {
  /**
   * Sends one item through. Any number of calls may be under way.
   *
   * @throws what a stage threw, with `stage` and `remoteStack`; {@linkcode PipelineFull}, {@linkcode PipelineTimeout}.
   */
  call(item: In, options?: PipelineCallOptions): Promise<Out>;
  /** Sends items through, as many at a time as there are places, and gives what comes out. */
  stream<const Pairs extends boolean = false, const Errors extends boolean = false>(
    items: Iterable<In> | AsyncIterable<In>,
    options?: PipelineStreamOptions<Pairs, Errors>,
  ): AsyncGenerator<StreamedItem<In, Out, Pairs, Errors>, void, undefined>;
  /** Sends what is made of items through. */
  stream<Raw, const Pairs extends boolean = false, const Errors extends boolean = false>(
    items: Iterable<Raw> | AsyncIterable<Raw>,
    options: PreprocessedStreamOptions<Raw, In, Pairs, Errors>,
  ): AsyncGenerator<StreamedItem<Raw, Out, Pairs, Errors>, void, undefined>;
}
