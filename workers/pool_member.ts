/**
 * A worker in a pool: how many items it may have at once, and what became of it.
 *
 * @module
 */

import { callNow, concurrencyOf, hasRoomFor, type PersistentWorker } from "./persistent_worker.ts";
import type { Assignment } from "./pool_run.ts";

/** A worker has as many items as it does in this many milliseconds, so that it need not wait for the next. */
const AHEAD_MS = 4;
/** Durations are looked at over this many milliseconds. */
const SAMPLE_MS = 2;
/** No more than may be under way to a worker. */
const MAX_AHEAD = 512;
/** A worker that dies so often without having done anything is not started again. */
const MAX_FRUITLESS = 5;

/** One worker of a pool. */
export class PoolMember {
  readonly worker: PersistentWorker;
  /** Its start anew, while that is under way. Owned by the pool. */
  restarting: Promise<void> | null = null;
  /** Items that it has and has not done. */
  inFlight = 0;
  /** It is to leave the pool: what it is given no more it is not to blame for. Owned by the pool. */
  isLeaving = false;
  /** The pool has made it by itself, and ends it when it is not needed. */
  readonly isSpare: boolean;
  /** Since when it has had nothing to do. */
  idleSince = performance.now();
  #fixedAhead: number | null;
  /** It is at so many at once. */
  #leastAhead: number;
  #ahead: number;
  #isLosing = false;
  /** What it has may be what another died of: nothing is put behind it, so that it would be known. */
  #isOnTrial = false;
  #fruitless = 0;
  #since = 0;
  #done = 0;

  /** `ahead`: how many items it may have at once; null: as many as it does in a few milliseconds. */
  constructor(worker: PersistentWorker, { ahead, isSpare }: { ahead: number | null; isSpare: boolean }) {
    this.worker = worker;
    this.isSpare = isSpare;
    this.#fixedAhead = ahead;
    this.#leastAhead = concurrencyOf(worker);
    this.#ahead = ahead ?? this.#leastAhead;
  }

  /** Whether there is a point in starting it again. */
  get isHopeless(): boolean {
    return this.#fruitless >= MAX_FRUITLESS;
  }

  /** True when it may be given an item of `left` that `members` workers share. */
  isFree(left: number, members: number): boolean {
    // Towards the end each takes its share only, so that all end together.
    const share = left === Infinity ? Infinity : Math.max(1, Math.ceil(left / members));
    return !this.#isOnTrial && !this.isLeaving && this.inFlight < Math.min(this.#ahead, share) &&
      hasRoomFor(this.worker);
  }

  /** Gives it an item; `isOnTrial` when another worker had it and died. */
  give(assignment: Assignment, isOnTrial: boolean): void {
    if (this.inFlight === 0) {
      this.#since = performance.now();
      this.#done = 0;
    }
    callNow(this.worker, assignment.args, assignment);
    this.#isOnTrial = isOnTrial;
    this.inFlight++;
  }

  /** It has done one. */
  onDone(): void {
    this.#isOnTrial = false;
    this.inFlight--;
    this.#done++;
    this.#fruitless = 0;
    if (this.inFlight === 0) this.idleSince = performance.now();
    if (this.#fixedAhead !== null) return;
    const elapsedMs = performance.now() - this.#since;
    if (elapsedMs < SAMPLE_MS) return;
    this.#ahead = Math.min(MAX_AHEAD, Math.max(this.#leastAhead, Math.round(AHEAD_MS * this.#done / elapsedMs)));
    this.#since += elapsedMs;
    this.#done = 0;
  }

  /** It died with an item undone. True when that was the only one: then it was that item's doing. */
  onLost(): boolean {
    this.#isOnTrial = false;
    const isAlone = this.inFlight === 1 && !this.#isLosing && !this.isLeaving;
    this.#isLosing = true;
    this.inFlight--;
    return isAlone;
  }

  /** It is dead. */
  onDeath(): void {
    this.#isLosing = false;
    this.#fruitless++;
    this.#ahead = this.#fixedAhead ?? this.#leastAhead;
  }
}
