/**
 * Workers of a pool that are at items which nobody wants any more, of a run that was ended. Code need not yield: where
 * another run waits for such a worker, and it does not come back from them, it is started anew.
 *
 * @module
 */

import { systemClock } from "../core/clock.ts";
import type { Call } from "./call_line.ts";
import { callsAtWork, type PersistentWorker, replaceWorker } from "./persistent_worker.ts";

/** How long a worker may take to come back from what nobody wants any more, in milliseconds, while others wait for it. */
const GIVEN_UP_MS = 1000;

/** Watches the workers of one pool. */
export class GivenUp {
  #timers = new Map<PersistentWorker, () => void>();

  /** Looks at workers that a run needs. */
  watch(workers: Iterable<PersistentWorker>): void {
    for (const worker of workers) {
      const calls = unwantedOf(worker);
      if (calls === null || this.#timers.has(worker)) continue;
      this.#timers.set(worker, systemClock.schedule(GIVEN_UP_MS, () => this.#judge(worker, calls)));
    }
  }

  /** Nobody waits for any of them. */
  clear(): void {
    for (const cancel of this.#timers.values()) cancel();
    this.#timers.clear();
  }

  #judge(worker: PersistentWorker, before: readonly Call[]): void {
    this.#timers.delete(worker);
    const now = unwantedOf(worker);
    if (now === null) return;
    if (before.every((call) => now.includes(call))) replaceWorker(worker);
    // It is at others of that run by now.
    else this.watch([worker]);
  }
}

/** What a worker is at, where nobody wants any of it. */
function unwantedOf(worker: PersistentWorker): readonly Call[] | null {
  const calls = callsAtWork(worker);
  return calls.length > 0 && calls.every(({ sink }) => sink.isWanted === false) ? calls : null;
}
