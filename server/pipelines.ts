/**
 * The pipelines that a server runs for its clients, and for tasks that may do what their stages may. What a server needs
 * of one is named here, so that it loads the rest only where there is one.
 *
 * @module
 */

import { PipelineTimeout, TaskError } from "../core/errors.ts";
import { ownReason } from "../core/own_errors.ts";
import type { Profile } from "../core/profile.ts";
import type { PipelineSnapshot } from "../wire/pipeline_snapshot.ts";
import type { Calls } from "../wire/message.ts";
import { type Passage, Passages } from "./passages.ts";
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
  /** @throws {PermissionCeilingExceeded} when a stage may do what a task with this profile may not. */
  requireFor(profile: Profile): void;
  /** What goes on. */
  snapshot(): PipelineSnapshot;
  /** Ends: what is inside comes through first, or is dropped. */
  stop(mode: "drain" | "now"): Promise<void>;
}

/** Starts a pipeline; gives up when the signal aborts. */
type Start = (signal: AbortSignal) => Promise<ServedPipeline>;

/** What a name stands for. */
interface Entry {
  /** The first that had the name. */
  readonly starting: Promise<ServedPipeline>;
  /** The one that takes items. */
  running: ServedPipeline | null;
}

/** One pipeline of a server, for whoever has it run. */
export interface ServedName {
  /** Takes nothing new under the name, which is free again; what is inside comes through first, or is dropped. */
  stop(mode: "drain" | "now"): Promise<void>;
  /** Has another take the items once it has started; what is inside the one before comes through. */
  replace(start: Start): Promise<void>;
}

/** All pipelines of a server, by name. */
export class Pipelines {
  #byName = new Map<string, Entry>();
  /** Stopped or replaced, with items inside. */
  #leaving = new Set<ServedPipeline>();
  #passages: Passages;
  /** Clients get nothing new. */
  #isQuiet = false;
  #stopMode: "drain" | "now" | null = null;
  #ticker: Ticker;
  /** Ends those that start: a stage may never be loaded. */
  #starting = new AbortController();

  /** Deadlines are alarms of the ticker. */
  constructor(ticker: Ticker) {
    this.#ticker = ticker;
    this.#passages = new Passages(ticker);
  }

  /** Runs a pipeline under a name; calls that come while it starts wait for it. */
  async serve(name: string, start: Start): Promise<ServedName> {
    if (typeof name !== "string" || name === "") throw new TypeError("Cannot serve a pipeline without a name");
    if (this.#byName.has(name)) throw new RangeError(`Cannot serve "${name}": there is a pipeline of that name`);
    if (this.#isQuiet) throw stopping();
    const entry: Entry = { starting: start(this.#starting.signal), running: null };
    this.#byName.set(name, entry);
    try {
      entry.running = await entry.starting;
      if (this.#stopMode !== null) await entry.running.stop(this.#stopMode);
    } catch (error) {
      this.#byName.delete(name);
      throw ownReason(error, this.#starting.signal);
    }
    return {
      stop: async (mode) => {
        if (this.#byName.get(name) === entry) this.#byName.delete(name);
        await this.#retire(entry.running!, mode);
      },
      replace: (start) => this.#replace(name, entry, start),
    };
  }

  async #replace(name: string, entry: Entry, start: Start): Promise<void> {
    const requireServed = () => {
      if (this.#isQuiet) throw stopping();
      if (this.#byName.get(name) === entry) return;
      throw new TaskError("PIPELINE_STOPPED", `Cannot replace the pipeline "${name}": it was stopped`);
    };
    requireServed();
    const next = await start(this.#starting.signal);
    try {
      requireServed();
    } catch (error) {
      await next.stop("now");
      throw error;
    }
    const before = entry.running!;
    entry.running = next;
    // How the one before ends is nobody's business any more.
    this.#retire(before, "drain").catch(() => {});
  }

  async #retire(pipeline: ServedPipeline, mode: "drain" | "now"): Promise<void> {
    this.#leaving.add(pipeline);
    try {
      await pipeline.stop(mode);
    } finally {
      this.#leaving.delete(pipeline);
    }
  }

  /**
   * Takes a caller's item through, or goes on with it where the caller has come back for it.
   *
   * @throws {TaskError} `UNKNOWN_PIPELINE`, which names those there are.
   * @throws {PermissionCeilingExceeded} when the caller is a task, and a stage may do more than it.
   */
  async call(body: unknown, caller: Caller): Promise<Uint8Array> {
    const request = parsePipe(body);
    const { name } = request;
    const known = this.#passages.resume(request, caller);
    if (known !== null) return await known;
    const found = this.#byName.get(name);
    if (found === undefined) {
      const names = [...this.#byName.keys()].map((known) => `"${known}"`).join(", ") || "none";
      throw new TaskError("UNKNOWN_PIPELINE", `Cannot find the pipeline "${name}": this server has ${names}`);
    }
    if (this.#stopMode !== null || (this.#isQuiet && caller.run === null)) throw stopping();
    return await this.#passages.begin(request, caller, (passage) => this.#takeThrough(passage, request, found, caller));
  }

  async #takeThrough(
    passage: Passage,
    { item, timeoutMs, refuse }: Calls["pipe"]["body"],
    found: Entry,
    whose: Caller,
  ): Promise<Uint8Array> {
    const from = this.#ticker.clock.now();
    try {
      const pipeline = found.running ?? await this.#started(found.starting, timeoutMs, passage);
      const left = timeoutMs === null
        ? undefined
        : Math.ceil(Math.max(0, timeoutMs - (this.#ticker.clock.now() - from)));
      // What a task may not do itself, no stage does for it.
      if (whose.run !== null) pipeline.requireFor(whose.run.task.profile);
      // Given up when the pipeline had started already, and this had not gone on yet.
      passage.heldBy(() => {});
      const underWay = pipeline.begin(item, { timeoutMs: left, refuse, whose });
      passage.heldBy(underWay.drop);
      return await underWay.result;
    } catch (error) {
      // What the stop of the server has dropped is for the next one.
      throw this.#stopMode !== null && isOfStop(error) ? stopping() : error;
    }
  }

  /** Waits for a pipeline's start, as long as the item may take in all and its caller wants it. */
  #started(found: Promise<ServedPipeline>, timeoutMs: number | null, passage: Passage): Promise<ServedPipeline> {
    const { promise, resolve, reject } = Promise.withResolvers<ServedPipeline>();
    found.then(resolve, reject);
    passage.heldBy(reject);
    if (timeoutMs === null) return promise;
    const alarm = this.#ticker.after(timeoutMs, () => {
      reject(
        new PipelineTimeout(`The item was not through after ${timeoutMs} ms: the pipeline was starting`, timeoutMs),
      );
    });
    return promise.finally(() => this.#ticker.cancel(alarm));
  }

  /** The caller does not want these any more, or has what came out of them. */
  leave(body: unknown, caller: Caller): void {
    this.#passages.leave(parseLeave(body), caller);
  }

  /** The caller is gone: for good, or it may be back in a while. */
  leaveAll(caller: Caller, isForGood: boolean): void {
    this.#passages.leaveAll(caller, isForGood);
  }

  /**
   * Takes nothing new from clients; tasks that run may still call what they need to end. Those that start are given up:
   * whoever waits for them is for the next server.
   */
  quiet(): void {
    this.#isQuiet = true;
    this.#starting.abort(stopping());
  }

  /** Ends them all. */
  async stop(mode: "drain" | "now"): Promise<void> {
    this.quiet();
    if (this.#stopMode !== "now") this.#stopMode = mode;
    const served = [...this.#byName.values()].map(async ({ starting, running }) => {
      // One that does not start has nothing to be stopped.
      const pipeline = running ?? await starting.catch(() => null);
      await pipeline?.stop(mode);
    });
    await Promise.all([...served, ...[...this.#leaving].map((pipeline) => pipeline.stop(mode))]);
  }

  /** What each does at the moment. */
  status(): PipelineStatus[] {
    return [...this.#byName].flatMap(([name, { running }]) =>
      running === null ? [] : [{ name, ...running.snapshot() }]
    );
  }
}

/** Not what a stage raised, which says so. */
function isOfStop(error: unknown): boolean {
  return error instanceof TaskError && error.code === "PIPELINE_STOPPED" && !Object.hasOwn(error, "stage");
}

function stopping(): TaskError {
  return new TaskError("SERVER_STOPPING", "The server is stopping");
}
