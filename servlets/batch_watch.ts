/**
 * How long workers may be at a batch: so long for each of its items where the stage says so; else, once nobody wants it
 * any more, for a time that depends on how long batches take.
 *
 * @module
 */

import type { Clock } from "../core/clock.ts";
import type { Batch } from "./stage_batch.ts";

/** A batch that nobody wants any more has so many milliseconds, */
const GIVEN_UP_MS = 1000;
/** or so many times as long as batches took lately, where that is longer. */
const GIVEN_UP_SHARE = 10;

/** What watching is built from. */
export interface BatchWatchParams {
  readonly clock: Clock;
  /** Longest time for an item, in milliseconds. */
  readonly itemTimeoutMs: number | undefined;
  /** How long batches took lately, in milliseconds; null before the first. */
  serviceMs(): number | null;
  /** The time of a batch is over. */
  onTimeout(batch: Batch): void;
  /** Nobody wants the batch any more, and its worker does not come back from it. */
  onStuck(): void;
}

/** Watches the batches of one stage. */
export class BatchWatch {
  #params: BatchWatchParams;
  /** Nobody wants any of these, and workers have them. */
  #givenUp = new Set<Batch>();

  constructor(params: BatchWatchParams) {
    this.#params = params;
  }

  /** True while a worker has what nobody wants any more. */
  get isAnyGivenUp(): boolean {
    return this.#givenUp.size > 0;
  }

  /** A worker is at it from now on. */
  begun(batch: Batch): void {
    batch.hasBegun = true;
    const { itemTimeoutMs, clock, onTimeout } = this.#params;
    if (itemTimeoutMs !== undefined) {
      // Twice a turn more: what has arrived while the program was busy is read before it is judged.
      batch.cancelLimit = clock.schedule(itemTimeoutMs * batch.entries.length, () => {
        batch.cancelLimit = clock.schedule(0, () => {
          batch.cancelLimit = clock.schedule(0, () => onTimeout(batch));
        });
      });
    }
  }

  /** Nobody may want it any more. */
  dropped(batch: Batch): void {
    if (!batch.isDropped) return;
    batch.givenUpAt ??= this.#params.clock.now();
    this.#givenUp.add(batch);
  }

  /** Others wait for the worker of a batch that nobody wants any more, or not. */
  awaited(batch: Batch, isAwaited: boolean): void {
    const { clock, itemTimeoutMs, serviceMs, onStuck } = this.#params;
    // A limit of its own ends it, whoever waits.
    if (itemTimeoutMs !== undefined || batch.isStuck) return;
    if (!isAwaited) {
      batch.cancelLimit?.();
      batch.cancelLimit = null;
    }
    if (!isAwaited || batch.cancelLimit !== null) return;
    const graceMs = Math.max(GIVEN_UP_MS, GIVEN_UP_SHARE * (serviceMs() ?? 0));
    batch.cancelLimit = clock.schedule(Math.max(0, batch.givenUpAt! + graceMs - clock.now()), () => {
      batch.isStuck = true;
      onStuck();
    });
  }

  /** The worker has it no more. */
  over(batch: Batch): void {
    batch.cancelLimit?.();
    batch.cancelLimit = null;
    this.#givenUp.delete(batch);
  }
}
