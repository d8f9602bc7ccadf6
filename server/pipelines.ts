/**
 * The pipelines that a server runs for its clients. What a server needs of one is named here, so that it loads the rest
 * only where there is one.
 *
 * @module
 */

import { PipelineTimeout, TaskCancelled, TaskError } from "../core/errors.ts";
import type { PipelineSnapshot } from "../wire/pipeline_snapshot.ts";
import type { PipelineStatus } from "../wire/server_status.ts";
import { parseLeave, parsePipe } from "./requests.ts";
import type { Caller } from "../engine/caller.ts";
import type { Ticker } from "../core/ticker.ts";

/** A running pipeline, which takes and gives encoded items. */
export interface ServedPipeline {
  /** Takes an item through. `drop` gives it up. */
  begin(
    item: Uint8Array,
    passage: { timeoutMs?: number; refuse: boolean; whose: unknown },
  ): { result: Promise<Uint8Array>; drop(reason: unknown): void };
  /** What goes on. */
  snapshot(): PipelineSnapshot;
  /** Ends: what is inside comes through first, or is dropped. */
  stop(mode: "drain" | "now"): Promise<void>;
}

interface UnderWay {
  drop(reason: unknown): void;
}

/** An item that waits for its pipeline's start. */
class StartWait implements UnderWay {
  /** Why it was given up, in a box. */
  dropped: { reason: unknown } | null = null;
  onDropped: (reason: unknown) => void = () => {};

  drop(reason: unknown): void {
    this.dropped ??= { reason };
    this.onDropped(reason);
  }
}

/** All pipelines of a server, by name. */
export class Pipelines {
  #byName = new Map<string, Promise<ServedPipeline>>();
  #running = new Map<string, ServedPipeline>();
  #underWay = new Map<Caller, Map<number, UnderWay>>();
  #stopMode: "drain" | "now" | null = null;
  #ticker: Ticker;
  /** Ends those that start: a stage may never be loaded. */
  #starting = new AbortController();

  /** Deadlines are alarms of the ticker. */
  constructor(ticker: Ticker) {
    this.#ticker = ticker;
  }

  /** Runs a pipeline under a name; calls that come while it starts wait for it. */
  async serve(name: string, start: (signal: AbortSignal) => Promise<ServedPipeline>): Promise<void> {
    if (typeof name !== "string" || name === "") throw new TypeError("Cannot serve a pipeline without a name");
    if (this.#byName.has(name)) throw new RangeError(`Cannot serve "${name}": there is a pipeline of that name`);
    if (this.#stopMode !== null) throw stopping();
    const starting = start(this.#starting.signal);
    this.#byName.set(name, starting);
    try {
      const pipeline = await starting;
      this.#running.set(name, pipeline);
      if (this.#stopMode !== null) await pipeline.stop(this.#stopMode);
    } catch (error) {
      this.#byName.delete(name);
      throw error;
    }
  }

  /**
   * Takes a caller's item through.
   *
   * @throws {TaskError} `UNKNOWN_PIPELINE`, which names those there are.
   */
  async call(body: unknown, caller: Caller): Promise<Uint8Array> {
    const { name, id, item, timeoutMs, refuse } = parsePipe(body);
    const found = this.#byName.get(name);
    if (found === undefined) {
      const names = [...this.#byName.keys()].map((known) => `"${known}"`).join(", ") || "none";
      throw new TaskError("UNKNOWN_PIPELINE", `Cannot find the pipeline "${name}": this server has ${names}`);
    }
    if (this.#stopMode !== null) throw stopping();
    let own = this.#underWay.get(caller);
    if (own === undefined) this.#underWay.set(caller, own = new Map());
    const from = this.#ticker.clock.now();
    try {
      let pipeline = this.#running.get(name);
      if (pipeline === undefined) {
        const wait = new StartWait();
        own.set(id, wait);
        pipeline = await this.#started(found, timeoutMs, wait);
        // Given up when the pipeline had started already, and this had not gone on yet.
        if (wait.dropped !== null) throw wait.dropped.reason;
      }
      const left = timeoutMs === null
        ? undefined
        : Math.ceil(Math.max(0, timeoutMs - (this.#ticker.clock.now() - from)));
      const underWay = pipeline.begin(item, { timeoutMs: left, refuse, whose: caller });
      own.set(id, underWay);
      return await underWay.result;
    } catch (error) {
      // What the stop of the server has dropped is for the next one.
      throw this.#stopMode !== null && isOfStop(error) ? stopping() : error;
    } finally {
      own.delete(id);
      if (own.size === 0) this.#underWay.delete(caller);
    }
  }

  /** Waits for a pipeline's start, as long as the item may take in all and its caller wants it. */
  #started(found: Promise<ServedPipeline>, timeoutMs: number | null, wait: StartWait): Promise<ServedPipeline> {
    const { promise, resolve, reject } = Promise.withResolvers<ServedPipeline>();
    found.then(resolve, reject);
    wait.onDropped = reject;
    if (timeoutMs === null) return promise;
    const alarm = this.#ticker.after(timeoutMs, () => {
      reject(
        new PipelineTimeout(`The item was not through after ${timeoutMs} ms: the pipeline was starting`, timeoutMs),
      );
    });
    return promise.finally(() => this.#ticker.cancel(alarm));
  }

  /** The caller does not want these any more. Those that are none of its own, or over, are passed over. */
  leave(body: unknown, caller: Caller): void {
    const own = this.#underWay.get(caller);
    for (const id of parseLeave(body)) own?.get(id)?.drop(left());
  }

  /** The caller is gone. */
  leaveAll(caller: Caller): void {
    const reason = left();
    for (const underWay of this.#underWay.get(caller)?.values() ?? []) underWay.drop(reason);
  }

  /** Ends them all; with `"now"` also those that start. */
  async stop(mode: "drain" | "now"): Promise<void> {
    this.#stopMode = mode;
    if (mode === "now") this.#starting.abort(stopping());
    await Promise.all([...this.#byName.values()].map(async (starting) => {
      // One that does not start has nothing to be stopped.
      const pipeline = await starting.catch(() => null);
      await pipeline?.stop(mode);
    }));
  }

  /** What each does at the moment. */
  status(): PipelineStatus[] {
    return Array.from(this.#running, ([name, pipeline]) => ({ name, ...pipeline.snapshot() }));
  }
}

/** Not what a stage raised, which says so. */
function isOfStop(error: unknown): boolean {
  return error instanceof TaskError && error.code === "PIPELINE_STOPPED" && !Object.hasOwn(error, "stage");
}

function left(): TaskCancelled {
  return new TaskCancelled("The caller has left");
}

function stopping(): TaskError {
  return new TaskError("SERVER_STOPPING", "The server is stopping");
}
