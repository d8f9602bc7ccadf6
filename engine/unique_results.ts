/**
 * Results of tasks that hold their keys beyond their ends: who joins one gets what it ended with. Each is kept until its
 * time is over, also when its caller has it. There are only so many; the oldest make room, and their keys are free.
 *
 * @module
 */

import type { Alarm, Ticker } from "../core/ticker.ts";
import type { TaskStore } from "./task_store.ts";

/** Most that are kept, and bytes that these may have together. */
const MAX_RESULTS = 100_000;
const MAX_BYTES = 64 * 2 ** 20;

/** Whom these results have to do with. */
export interface UniqueResultsParams {
  ticker: Ticker;
  store: Pick<TaskStore, "peek" | "letterOf" | "hold" | "letGo" | "acknowledge" | "lasts">;
  /** A task holds its key no longer. */
  onGone(name: string, id: string): void;
}

interface Kept {
  readonly name: string;
  readonly alarm: Alarm;
  /** Null before the store has it. */
  bytes: number | null;
  /** A caller has it. */
  isTaken: boolean;
}

/** Results by the ids of their tasks. */
export class UniqueResults {
  #params: UniqueResultsParams;
  #kept = new Map<string, Kept>();
  #bytes = 0;
  #isStopping = false;

  constructor(params: UniqueResultsParams) {
    this.#params = params;
  }

  /** A task is over, and holds its key until then. False where it does not: the server stops. */
  add(id: string, name: string, until: number): boolean {
    if (this.#isStopping) return false;
    const { ticker } = this.#params;
    const alarm = ticker.after(until - ticker.clock.now(), () => this.drop(id));
    this.#kept.set(id, { name, alarm, bytes: null, isTaken: false });
    return true;
  }

  /** The store has the result. */
  keep(id: string): void {
    const kept = this.#kept.get(id);
    if (kept === undefined) return;
    const { store } = this.#params;
    const result = store.peek(id);
    // Nobody was to have it; of what an earlier server has seen fail there may be the dead letter alone.
    if (result === undefined && store.letterOf(id) === undefined) return this.drop(id);
    store.hold(id);
    kept.bytes = result?.payloadBytes ?? 0;
    this.#bytes += kept.bytes;
    for (const oldest of this.#kept.keys()) {
      if (this.#kept.size <= MAX_RESULTS && (this.#bytes <= MAX_BYTES || this.#kept.size === 1)) return;
      this.drop(oldest);
    }
  }

  /** A caller has these. */
  acknowledged(ids: readonly string[]): void {
    if (this.#kept.size === 0) return;
    for (const id of ids) {
      const kept = this.#kept.get(id);
      if (kept !== undefined) kept.isTaken = true;
    }
  }

  /** Another task takes the key. */
  release(id: string): void {
    const kept = this.#kept.get(id);
    if (kept === undefined) return;
    const { ticker, store } = this.#params;
    this.#kept.delete(id);
    ticker.cancel(kept.alarm);
    if (kept.bytes === null) return;
    this.#bytes -= kept.bytes;
    // What lasts holds its key at the next server too. Its dead letter, where there is one, stays.
    if (kept.isTaken && !(this.#isStopping && store.lasts)) store.acknowledge(id, true);
    else store.letGo(id);
  }

  /** The server stops: nothing is kept for tasks that are to come. */
  stop(): void {
    this.#isStopping = true;
    for (const id of [...this.#kept.keys()]) this.drop(id);
  }

  /** A task holds its key no longer. */
  drop(id: string): void {
    const kept = this.#kept.get(id);
    if (kept === undefined) return;
    this.release(id);
    this.#params.onGone(kept.name, id);
  }
}
