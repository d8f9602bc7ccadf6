/**
 * What the calls of a persistent worker gave that nobody waited for by name: it is kept in the order of the calls until
 * somebody takes it.
 *
 * @module
 */

import { isDoneWithin } from "../core/done_within.ts";
import { Fifo } from "../core/fifo.ts";
import type { Supply } from "../core/leavable_iterator.ts";
import { copyOfError } from "../core/own_errors.ts";
import type { CallSink } from "./call_line.ts";

/** What a call gave. */
export type CallOutcome<Result> = { readonly value: Result } | { readonly error: unknown };

/** The place of one call's outcome. */
export class ResultPlace<Result> implements CallSink {
  outcome: CallOutcome<Result> | "lost" | null = null;
  #results: WorkerResults<Result>;

  constructor(results: WorkerResults<Result>) {
    this.#results = results;
  }

  onValue(value: unknown): void {
    this.#settle({ value: value as Result });
  }

  onError(error: unknown): void {
    this.#settle({ error });
  }

  onLost(error: unknown): void {
    this.#results.lost ??= { error };
    this.#settle("lost");
  }

  #settle(outcome: CallOutcome<Result> | "lost"): void {
    this.outcome = outcome;
    this.#results.serve();
  }
}

/** A line of them. Several may wait: each is served in its turn. */
export class WorkerResults<Result> {
  /** Of the worker's present life: why results may be missing. */
  lost: { readonly error: unknown } | null = null;
  #places = new Fifo<ResultPlace<Result>>();
  #waiters = new Fifo<() => void>();

  /** Why results are missing, for one of those who ask; undefined where none are. */
  whyLost(): unknown {
    return copyOfError(this.lost?.error);
  }

  /** A call was sent that this is the place of. */
  expect(place: ResultPlace<Result>): void {
    this.#places.push(place);
  }

  /** The next outcome in order; null when it is not there. */
  take(): CallOutcome<Result> | null {
    for (let place = this.#places.peek(); place !== undefined; place = this.#places.peek()) {
      if (place.outcome === null) return null;
      this.#places.shift();
      if (place.outcome !== "lost") return place.outcome;
    }
    return null;
  }

  /** The next outcome when it is there; null when the worker is dead and none will come; `"too late"` after so long. */
  async next(timeoutMs: number | undefined, isAlive: () => boolean): Promise<CallOutcome<Result> | "too late" | null> {
    const ready = this.take();
    if (ready !== null || !isAlive()) return ready;
    const { promise, resolve } = Promise.withResolvers<CallOutcome<Result> | null>();
    const look = () => resolve(this.take());
    this.wait(look);
    if (await isDoneWithin(promise, timeoutMs)) return await promise;
    this.#stepOut(look);
    return "too late";
  }

  /** So many results at most, until the worker is dead. */
  supply(maxItems: number, isAlive: () => boolean): Supply<Result> {
    let count = 0;
    let waiting: (() => void) | null = null;
    return {
      take: () => {
        if (count >= maxItems) return { done: true, value: undefined };
        const outcome = this.take();
        if (outcome === null) {
          if (isAlive()) return null;
          if (this.lost !== null) throw this.whyLost();
          return { done: true, value: undefined };
        }
        if ("error" in outcome) throw outcome.error;
        count++;
        return { done: false, value: outcome.value };
      },
      wait: (wake) => this.wait(waiting = wake),
      leave: () => {
        if (waiting !== null) this.#stepOut(waiting);
      },
    };
  }

  /** Calls `look` once, when there is an outcome and its turn has come, or the worker is dead. */
  wait(look: () => void): void {
    this.#waiters.push(look);
  }

  /** Lets those look who wait, as long as there is something; or all, since there will be nothing. */
  serve(isOver = false): void {
    // Who looks may wait again.
    for (let left = this.#waiters.length; left > 0 && (isOver || this.#hasNext); left--) this.#waiters.shift()?.();
  }

  /** It does not wait any more. */
  #stepOut(look: () => void): void {
    this.#waiters.retain((waiter) => waiter !== look);
  }

  get #hasNext(): boolean {
    const outcome = this.#places.peek()?.outcome ?? null;
    return outcome !== null;
  }
}
