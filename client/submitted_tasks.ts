/**
 * What a client has submitted and has handles of. While a handle is alive it holds what its task was submitted with:
 * when a server without a store stops, its client takes the results that are there, and submits again what was handed
 * back.
 *
 * @module
 */

import type { Submission } from "./awaited_results.ts";
import { isStored, type ServerLife } from "./server_life.ts";

/** What a task was submitted with, for another server. */
export interface Source {
  /** One whose results are pushed. */
  readonly submission: Submission;
  readonly input: Uint8Array;
  /** See `client/start_limit.ts`. */
  readonly asked: number;
  /** How many servers had stopped when one accepted the task. */
  stops: number;
  /** The server that accepted it; null where that is gone by now. */
  life: ServerLife | null;
}

/** What is asked of a handle. */
export interface Submitted {
  readonly id: string;
  /** Null once its result is known. */
  readonly source: Source | null;
  /** Takes the result when it comes, though nobody asks for it yet. */
  collect(): void;
}

/** A server keeps no more results that nobody has fetched, unless it is told to. */
const MOST_COLLECTED = 100_000;

/** The handles of a client, those of one submission as long as one of them is alive. */
export class SubmittedTasks {
  #batches = new Set<WeakRef<readonly Submitted[]>>();
  #forgotten = new FinalizationRegistry<WeakRef<readonly Submitted[]>>((batch) => this.#batches.delete(batch));

  /** These were accepted by a server, when so many had stopped. Each handle is to hold the list. */
  add(handles: readonly Submitted[], stops: number, life: ServerLife | null): void {
    for (const { source } of handles) {
      if (source === null) continue;
      source.stops = stops;
      source.life = life;
    }
    const batch = new WeakRef(handles);
    this.#batches.add(batch);
    this.#forgotten.register(handles, batch);
  }

  /**
   * Has handles take their results when they come, as they would be lost with the server; gives the ids of those that did
   * not have them. What is in its store stays there: another client may come for it.
   */
  collect(): string[] {
    const ids: string[] = [];
    for (const batch of this.#batches) {
      for (const handle of batch.deref() ?? []) {
        const { source } = handle;
        if (source === null || isStored(source) || ids.length === MOST_COLLECTED) continue;
        handle.collect();
        ids.push(handle.id);
      }
    }
    return ids;
  }
}
