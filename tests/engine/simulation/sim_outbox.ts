/**
 * The results that one simulated caller awaits.
 *
 * @module
 */

import type { Outbox } from "../../../engine/caller.ts";
import type { Result } from "../../../engine/result.ts";

/** Sends each result by itself. */
export class SimOutbox implements Outbox {
  readonly awaited = new Set<string>();
  readonly #held = new Set<string>();
  #deliver: (result: Result) => void;

  constructor(deliver: (result: Result) => void) {
    this.#deliver = deliver;
  }

  get held(): Iterable<string> {
    return this.#held;
  }

  holds(id: string): boolean {
    return this.#held.has(id);
  }

  hold({ id }: Result): void {
    this.#held.add(id);
  }

  release(id: string): boolean {
    return this.#held.delete(id);
  }

  send(result: Result): void {
    this.awaited.delete(result.id);
    this.hold(result);
    this.#deliver(result);
  }

  /** No maps are submitted here as items. */
  sendItems(): never {
    throw new Error("There are no items here");
  }

  releaseItems(): never {
    throw new Error("There are no items here");
  }
}
