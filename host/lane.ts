/**
 * A way that only so many may be on at once; whoever comes later waits in line, and may leave it.
 *
 * @module
 */

import { endedByAbort } from "../core/abort.ts";

/** First come, first served. */
export class Lane {
  /** Those that are on their way. */
  running = 0;
  #width: number;
  #line = new Set<() => void>();

  constructor(width: number) {
    this.#width = width;
  }

  /** Those in the line. */
  get waiting(): number {
    return this.#line.size;
  }

  /** Resolves to true when there is room, which is taken then: {@linkcode leave} gives it back. False after an abort. */
  async enter(signal: AbortSignal): Promise<boolean> {
    if (signal.aborted) return false;
    if (this.running < this.#width) {
      this.running++;
      return true;
    }
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const go = () => resolve(true);
    const giveUp = () => {
      // Whoever has been let in already is in: its turn was passed on to it.
      if (this.#line.delete(go)) resolve(false);
    };
    this.#line.add(go);
    return await endedByAbort(promise, signal, giveUp);
  }

  /** Gives the room to the next in line, if there is one. */
  leave(): void {
    const next = this.#line.values().next().value;
    if (next === undefined) {
      this.running--;
      return;
    }
    this.#line.delete(next);
    next();
  }
}
