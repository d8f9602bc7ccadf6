/**
 * The pipelines that a server runs for its clients. What a server needs of one is named here, so that it loads the rest
 * only where there is one.
 *
 * @module
 */

import { TaskCancelled, TaskError } from "../core/errors.ts";
import type { PipelineSnapshot } from "../wire/pipeline_snapshot.ts";
import type { PipelineStatus } from "../wire/server_status.ts";
import { parseLeave, parsePipe } from "./requests.ts";
import type { Caller } from "./task_run.ts";

/** A running pipeline, which takes and gives encoded items. */
export interface ServedPipeline {
  /** Takes an item through. `drop` gives it up. */
  begin(
    item: Uint8Array,
    passage: { timeoutMs?: number; refuse: boolean },
  ): { result: Promise<Uint8Array>; drop(reason: unknown): void };
  /** What goes on. */
  snapshot(): PipelineSnapshot;
  /** Ends: what is inside comes through first, or is dropped. */
  stop(mode: "drain" | "now"): Promise<void>;
}

interface UnderWay {
  drop(reason: unknown): void;
}

/** All pipelines of a server, by name. */
export class Pipelines {
  #byName = new Map<string, Promise<ServedPipeline>>();
  #running = new Map<string, ServedPipeline>();
  #underWay = new Map<Caller, Map<number, UnderWay>>();
  #stopMode: "drain" | "now" | null = null;

  /** Runs a pipeline under a name; calls that come while it starts wait for it. */
  async serve(name: string, start: () => Promise<ServedPipeline>): Promise<void> {
    if (typeof name !== "string" || name === "") throw new TypeError("Cannot serve a pipeline without a name");
    if (this.#byName.has(name)) throw new RangeError(`Cannot serve "${name}": there is a pipeline of that name`);
    if (this.#stopMode !== null) throw stopping();
    const starting = start();
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
    const pipeline = this.#running.get(name) ?? await found;
    if (caller.peer.closeReason !== null) throw left();
    const underWay = pipeline.begin(item, { timeoutMs: timeoutMs ?? undefined, refuse });
    let own = this.#underWay.get(caller);
    if (own === undefined) this.#underWay.set(caller, own = new Map());
    own.set(id, underWay);
    try {
      return await underWay.result;
    } finally {
      own.delete(id);
      if (own.size === 0) this.#underWay.delete(caller);
    }
  }

  /** The caller does not want these any more. Those that are none of its own, or over, are passed over. */
  leave(body: unknown, caller: Caller): void {
    const own = this.#underWay.get(caller);
    for (const id of parseLeave(body)) own?.get(id)?.drop(left());
  }

  /** The caller is gone. */
  leaveAll(caller: Caller): void {
    const reason = left();
    for (const { drop } of this.#underWay.get(caller)?.values() ?? []) drop(reason);
  }

  /** Ends them all. */
  async stop(mode: "drain" | "now"): Promise<void> {
    this.#stopMode = mode;
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

function left(): TaskCancelled {
  return new TaskCancelled("The caller has left");
}

function stopping(): TaskError {
  return new TaskError("SERVER_STOPPING", "The server is stopping");
}
