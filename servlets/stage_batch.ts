/**
 * Items of a stage in batches, and the batches at a worker's place.
 *
 * @module
 */

import { copyOfError } from "../core/own_errors.ts";
import { decode } from "../wire/codec.ts";
import type { DecodeBudget } from "../wire/decode_budget.ts";
import { outputsOf, type StageAnswer } from "../wire/stage_batch.ts";
import { Parcel } from "./parcel.ts";
import { asStageError } from "./stage_error.ts";
import type { StageWorker } from "./stage_worker.ts";
import type { Holder } from "./ticket.ts";

/** An item that waits or is worked on. */
export class Entry implements Holder {
  attempts = 0;
  isDropped = false;
  /** The batch that it is in, while a worker has it. */
  batch: Batch | null = null;
  readonly result = Promise.withResolvers<Parcel>();
  readonly parcel: Parcel;
  readonly bytes: Uint8Array;
  #forget: (entry: Entry) => void;

  /** `forget`: nobody wants it any more. */
  constructor(parcel: Parcel, forget: (entry: Entry) => void) {
    this.parcel = parcel;
    this.bytes = parcel.bytes;
    this.#forget = forget;
  }

  drop(reason: unknown): void {
    this.isDropped = true;
    this.#forget(this);
    this.result.reject(reason);
  }
}

/** Items that a worker is given together. */
export class Batch {
  readonly entries: readonly Entry[];
  readonly place: Place;
  /** The worker is at it; else it stands behind others. */
  hasBegun = false;
  /** When the last of its items was dropped; null while one is wanted. */
  givenUpAt: number | null = null;
  /** Its worker does not come back from it, and nobody wants it. */
  isStuck = false;
  /** Prevents what is to happen when it is worked on for too long. */
  cancelLimit: (() => void) | null = null;

  constructor(entries: readonly Entry[], place: Place) {
    this.entries = entries;
    this.place = place;
    for (const entry of entries) entry.batch = this;
  }

  /** True when nobody wants any of it any more. */
  get isDropped(): boolean {
    return this.entries.every(({ isDropped }) => isDropped);
  }

  /** Gives each item what the stage's worker says that came of it. */
  settle(answer: StageAnswer, budget: DecodeBudget, stage: string): void {
    let i = 0;
    for (const [isError, bytes] of outputsOf(answer)) {
      const { result } = this.entries[i++];
      if (isError) result.reject(errorOf(bytes, budget, stage));
      else result.resolve(Parcel.ofBytes(bytes, budget));
    }
  }

  /** Nothing comes of any of them. */
  fail(error: Error): void {
    for (const { result } of this.entries) result.reject(copyOfError(error));
  }
}

/** Where a worker is, or one is to be. */
export class Place {
  readonly index: number;
  worker: StageWorker | null = null;
  /** Batches that the worker has; it is at the first ones. */
  batches: Batch[] = [];
  idleDeaths = 0;

  constructor(index: number) {
    this.index = index;
  }

  /** Those that the worker is at. */
  get atWork(): readonly Batch[] {
    return this.batches.filter(({ hasBegun }) => hasBegun);
  }

  /** The worker is at what nobody wants any more, and nothing else. */
  get isGivenUp(): boolean {
    const { atWork } = this;
    return atWork.length > 0 && atWork.every(({ isDropped }) => isDropped);
  }

  /** Something that is wanted stands behind what the worker is at. */
  get isAwaited(): boolean {
    return this.batches.some(({ hasBegun, isDropped }) => !hasBegun && !isDropped);
  }
}

/** What cannot be read is the error of that item alone: its worker is not to be trusted. */
function errorOf(bytes: Uint8Array, budget: DecodeBudget, stage: string): Error {
  try {
    return asStageError(decode(bytes, { budget }), stage, true);
  } catch (error) {
    return asStageError(error, stage);
  }
}
