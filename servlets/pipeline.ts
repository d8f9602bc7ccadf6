/**
 * A pipeline: a servlet that runs in this program.
 *
 * @module
 */

import { requireCallOptions, type StreamOptions, streamThrough } from "../client/pipeline_stream.ts";
import { endedByAbort } from "../core/abort.ts";
import { systemClock } from "../core/clock.ts";
import { TaskCancelled } from "../core/errors.ts";
import { requireWhole } from "../core/require_number.ts";
import { requireStartOptions, START_OPTIONS, type StartOptions, startWithin } from "../core/start_within.ts";
import { requireKnown } from "../core/require_known.ts";
import type {
  PipelineCaller,
  PipelineCallOptions,
  PipelineStreamOptions,
  PreprocessedStreamOptions,
  Servlet,
  StreamedItem,
} from "../procedures/servlet.ts";
import { Engine, type EngineParams } from "./engine.ts";
import { hireWorker, type StageLogLine } from "./hire_worker.ts";
import type { Hire } from "./stage_worker.ts";
import { Parcel } from "./parcel.ts";
import type { PipelineSnapshot } from "../wire/pipeline_snapshot.ts";

/** Options of {@linkcode Pipeline.start}. */
export interface PipelineOptions extends StartOptions {
  /** Most items that may be inside at once, in all stages together. @default {256} */
  capacity?: number;
  /**
   * Told of each line that a stage logs or prints. What it throws, or rejects with, is a warning on the console.
   * @default {they are dropped}
   */
  onLog?(line: StageLogLine): void;
}

/** Options of {@linkcode Pipeline.stop}. */
export interface PipelineStopOptions {
  /** `"drain"` lets what is inside come through, `"now"` drops it. @default {"drain"} */
  mode?: "drain" | "now";
}

/** A running servlet. Disposing of it stops it now; `stop()` drains. */
export class Pipeline<In, Out> implements PipelineCaller<In, Out>, AsyncDisposable {
  #engine: Engine;

  /**
   * Over an engine; use {@linkcode Pipeline.start}.
   *
   * @ignore
   */
  constructor(engine: Engine) {
    this.#engine = engine;
  }

  /**
   * Starts the workers of all stages; when this resolves every stage is loaded.
   *
   * @throws {StageFailed} naming the stage that did not start, with the cause; nothing runs then.
   * @throws {TaskTimeout} when they have not started within `timeoutMs`; the reason of `signal`. Nothing runs then.
   * @throws {RangeError} for an option out of range. @throws {TypeError} for one that is none, or of another type.
   */
  static async start<In, Out>(servlet: Servlet<In, Out>, options: PipelineOptions = {}): Promise<Pipeline<In, Out>> {
    const capacity = capacityOf(options, ["onLog"]);
    const hire: Hire = (stage, index, signal) =>
      hireWorker(stage, index, signal, { onLog: options.onLog && ((line) => options.onLog!(line)) });
    const params = { capacity, clock: systemClock, hire };
    return new Pipeline(
      await startWithin(options, "The pipeline", (signal) => Engine.start(servlet, params, signal)),
    );
  }

  /** Most items that may be inside at once. */
  get capacity(): number {
    return this.#engine.capacity;
  }

  /**
   * Sends one item through. Any number of calls may be under way.
   *
   * @throws what a stage threw, with `stage` and `remoteStack`; {@linkcode PipelineFull}, {@linkcode PipelineTimeout}.
   */
  async call(item: In, options: PipelineCallOptions = {}): Promise<Out> {
    requireCallOptions(options);
    const { timeoutMs, backpressure, signal } = options;
    signal?.throwIfAborted();
    const underWay = this.#engine.begin(Parcel.of(item), { timeoutMs, refuse: backpressure === "refuse" });
    return (await endedByAbort(underWay.result, signal, underWay.drop)).value as Out;
  }

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
  stream(items: Iterable<unknown> | AsyncIterable<unknown>, options: StreamOptions = {}): AsyncGenerator<never, void> {
    const engine = this.#engine;
    const { timeoutMs } = options;
    return streamThrough({
      items,
      options,
      window: engine.capacity,
      ended: engine.ending,
      begin: (item) => {
        const { result, drop } = engine.begin(Parcel.of(item), { timeoutMs });
        let bytes = 0;
        const value = result.then((parcel) => {
          bytes = parcel.size;
          return parcel.value;
        });
        return { result: value, bytes: () => bytes, drop };
      },
      left: () => new TaskCancelled("The stream was left before its end"),
    }) as AsyncGenerator<never, void>;
  }

  /** What every stage does at the moment. */
  snapshot(): PipelineSnapshot {
    return this.#engine.snapshot();
  }

  /** Stops: takes nothing new, lets what is inside come through or drops it, and ends the workers. Twice is fine. */
  async stop(options: PipelineStopOptions = {}): Promise<void> {
    const { mode = "drain" } = options;
    if (mode !== "drain" && mode !== "now") {
      throw new RangeError(`Cannot use mode: it must be "drain" or "now": current value is ${JSON.stringify(mode)}`);
    }
    await this.#engine.stop(mode);
  }

  /** Stops now. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#engine.stop("now");
  }
}

/** Starts a pipeline whose workers are made by whom you say. */
export async function startPipeline<In, Out>(
  servlet: Servlet<In, Out>,
  params: EngineParams,
): Promise<Pipeline<In, Out>> {
  return new Pipeline(await Engine.start(servlet, params));
}

/** Checks a pipeline's options, of which some are not for all, and gives its capacity. */
export function capacityOf(options: PipelineOptions, more: readonly string[] = []): number {
  requireKnown(options, ["capacity", ...START_OPTIONS, ...more]);
  requireStartOptions(options);
  const { capacity = 256 } = options;
  requireWhole("capacity", capacity);
  return capacity;
}
