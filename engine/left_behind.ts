/**
 * What a client has left behind: tasks whose results only it could take. They are cancelled once it has left for good; a
 * process has a grace to end, and a client that comes back meanwhile submits its tasks again, and is not to get their
 * cancellation for a result.
 *
 * @module
 */

import type { Caller } from "./caller.ts";
import type { TaskRecord } from "./task.ts";
import type { Ticker } from "../core/ticker.ts";

/** Tasks that are cancelled in one go; then others have their turn. */
const TASKS_PER_TURN = 1000;

/** A client that has lost its connection and is not back after this many milliseconds has left for good. */
export const ABSENCE_MS = 30_000;

/** What cancelling needs. */
export interface LeftBehindParams {
  ticker: Ticker;
  /** Whether anybody awaits the task, also the client itself over another connection. */
  isAwaited(id: string): boolean;
  /** Whether its run is being ended. */
  isEnding(task: TaskRecord): boolean;
  find(id: string): TaskRecord | undefined;
  cancel(id: string): void;
}

/** Cancels, and knows what is being ended because of that. */
export class LeftBehind {
  #params: LeftBehindParams;
  /** Those that are being ended, and what waits for that. */
  #ends = new Map<string, (() => void)[]>();
  /** What clients await that may be back, and until when: nobody else's leaving ends it. */
  #absent = new Map<string, number>();
  /** What clients have come back for: one may leave again before it awaits that. */
  #returned = new WeakMap<Caller, Set<string>>();

  constructor(params: LeftBehindParams) {
    this.#params = params;
  }

  /** The client that awaited these has left: for good, or it may be back in a while and await them again. */
  leave(caller: Caller, awaited: readonly string[], isForGood: boolean): void {
    const returned = this.#returned.get(caller);
    const ids = returned === undefined ? awaited : [...new Set([...awaited, ...returned])];
    if (ids.length === 0) return;
    if (isForGood) return this.#cancel(ids);
    const { ticker } = this.#params;
    const until = ticker.clock.now() + ABSENCE_MS;
    for (const id of ids) this.#absent.set(id, until);
    ticker.after(ABSENCE_MS, () => this.#cancel(ids.filter((id) => this.#isGivenUp(id))));
  }

  /** Neither has its client been back since, nor is it away anew. */
  #isGivenUp(id: string): boolean {
    const until = this.#absent.get(id) ?? Infinity;
    if (until > this.#params.ticker.clock.now()) return false;
    this.#absent.delete(id);
    return true;
  }

  /** Those of what a client awaited that were its own alone. What it only submitted goes on. */
  #cancel(ids: readonly string[], from = 0): void {
    const { ticker, isAwaited, isEnding, find } = this.#params;
    const to = from + TASKS_PER_TURN;
    for (const id of ids.slice(from, to)) {
      const task = find(id);
      if (!task?.origin.bound || task.parent !== null) continue;
      // A stream is ended with its consumer, whoever else awaits its end.
      if (!isEnding(task) && (this.#absent.has(id) || isAwaited(id))) continue;
      this.#end(id);
    }
    if (to < ids.length) ticker.after(0, () => this.#cancel(ids, to));
  }

  #end(id: string): void {
    // Whoever submits it again may wait for the end already.
    if (!this.#ends.has(id)) this.#ends.set(id, []);
    this.#params.cancel(id);
  }

  /** Whoever read a stream has left: its task is ended. */
  abandon(id: string): void {
    if (this.#params.find(id) !== undefined) this.#end(id);
  }

  /** True for one that is being ended because its client was gone. */
  isEnding(id: string): boolean {
    return this.#ends.has(id);
  }

  /** A task is over, whichever, and what there was to do because of that is done. */
  settled(id: string): void {
    if (this.#ends.size === 0) return;
    const waiting = this.#ends.get(id) ?? [];
    this.#ends.delete(id);
    for (const goOn of waiting) goOn();
  }

  /** True while some client may come back for something. */
  get areAny(): boolean {
    return this.#absent.size > 0;
  }

  /** A client submits these, so it is back. */
  back(caller: Caller, ids: readonly string[]): void {
    for (const id of ids) {
      if (!this.#absent.delete(id)) continue;
      const returned = this.#returned.get(caller) ?? new Set();
      this.#returned.set(caller, returned.add(id));
    }
  }

  /** Goes on when none of these is being ended any more; false when none is. */
  whenEnded(ids: readonly string[], goOn: () => void): boolean {
    if (this.#ends.size === 0) return false;
    const ends = ids.flatMap((id) => this.#ends.has(id) ? [this.#ends.get(id)!] : []);
    let left = ends.length;
    for (const waiting of ends) waiting.push(() => --left === 0 && goOn());
    return left > 0;
  }
}
