/**
 * Who has which key of which there is to be one task at a time, and until when, which the task says that has it. One that
 * is over may hold its key for a time yet, and its result is kept for as long.
 *
 * @module
 */

import type { Ticker } from "../core/ticker.ts";
import type { Result } from "./result.ts";
import { hasBegun, type Origin, type TaskRecord } from "./task.ts";
import type { TaskStore } from "./task_store.ts";
import { UniqueResults, type UniqueResultsParams } from "./unique_results.ts";

/** Who has a key. */
export interface Holder {
  readonly id: string;
  readonly origin: Origin;
  /** On its way to the store; there, and not over; or over, and its result is kept. */
  stage: "coming" | "here" | "over";
  /** Waits until that one has ended, and has the key then. */
  next: TaskRecord | null;
}

/** Whom holding keys has to do with. */
export interface UniqueHoldersParams {
  ticker: Ticker;
  store: Pick<TaskStore, "get"> & UniqueResultsParams["store"];
}

/** Those that have keys, by these. */
export class UniqueHolders {
  /** What tasks have ended with that hold their keys yet. */
  readonly results: UniqueResults;
  #params: UniqueHoldersParams;
  #holders = new Map<string, Holder>();

  constructor(params: UniqueHoldersParams) {
    this.#params = params;
    this.results = new UniqueResults({
      ...params,
      onGone: (name, id) => {
        if (this.#holders.get(name)?.id === id) this.#holders.delete(name);
      },
    });
  }

  /** How many keys some task has, or had last. */
  get size(): number {
    return this.#holders.size;
  }

  /** The one that has a key, or had it last. */
  of(name: string): Holder | undefined {
    return this.#holders.get(name);
  }

  /** The task that has a key and holds it, or waits to have it; null where it is free. */
  inTheWay(name: string): string | null {
    const holder = this.#holders.get(name);
    if (holder === undefined) return null;
    const { id, origin, stage, next } = holder;
    if (next !== null) return next.id;
    const { during, until } = origin.unique!;
    if (stage === "over" || typeof during === "number") return until > this.#now() ? id : null;
    if (stage === "coming") return id;
    const task = this.#params.store.get(id);
    // A server that stops has let it go.
    if (task === undefined) return null;
    return during === "unfinished" || !hasBegun(task) ? id : null;
  }

  /** A task has its key from now on. */
  take(id: string, origin: Origin, stage: Holder["stage"]): Holder {
    const { name } = origin.unique!;
    this.release(name);
    const holder: Holder = { id, origin, stage, next: null };
    this.#holders.set(name, holder);
    return holder;
  }

  /** A task that an earlier server has seen the end of holds its key yet, unless its time is over or another came later. */
  takeUp({ id, origin }: Result): void {
    const { name, during, until } = origin.unique!;
    if (typeof during !== "number" || until <= this.#now()) return;
    const known = this.#holders.get(name);
    if (known !== undefined && known.origin.submittedAt > origin.submittedAt) return;
    this.take(id, origin, "over");
    if (this.results.add(id, name, until)) this.results.keep(id);
  }

  /** It has run to its end, and nobody waits to have its key: it may hold that for a while yet. */
  ended(holder: Holder): void {
    const { name, until, during } = holder.origin.unique!;
    const holdsOn = typeof during === "number" && until > this.#now() && this.results.add(holder.id, name, until);
    if (holdsOn) holder.stage = "over";
    else this.#holders.delete(name);
  }

  /** Nobody has the key. */
  release(name: string): void {
    const holder = this.#holders.get(name);
    if (holder?.stage === "over") this.results.release(holder.id);
    this.#holders.delete(name);
  }

  #now(): number {
    return this.#params.ticker.clock.now();
  }
}
