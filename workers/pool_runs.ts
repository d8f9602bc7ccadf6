/**
 * The runs of a pool that go on. They take turns at its workers: each worker that is free is given an item of one, then
 * of the next.
 *
 * @module
 */

import type { PoolMember } from "./pool_member.ts";
import type { PoolRun } from "./pool_run.ts";

/** All runs of one pool. */
export class PoolRuns {
  #members: readonly PoolMember[];
  #runs: PoolRun[] = [];
  #next = 0;
  #onShort: () => void;

  /** `members`: those of the pool, at any time. `onShort`: an item waits, and no worker is free. */
  constructor(members: readonly PoolMember[], onShort: () => void) {
    this.#members = members;
    this.#onShort = onShort;
  }

  /** True when there is none. */
  get isIdle(): boolean {
    return this.#runs.length === 0;
  }

  /** One begins. */
  add(run: PoolRun): void {
    this.#runs.push(run);
  }

  /** One is over. */
  remove(run: PoolRun): void {
    this.#runs = this.#runs.filter((other) => other !== run);
  }

  /** Gives items to all that are free. */
  deal(): void {
    // One for each in turn: the first must not take all there is.
    for (let isDealing = true; isDealing;) {
      isDealing = false;
      for (const member of this.#members) isDealing = this.#giveTo(member) || isDealing;
    }
    this.#dealt();
  }

  /** Gives items to one that may be free. */
  dealTo(member: PoolMember): void {
    while (this.#giveTo(member));
    this.#dealt();
  }

  /** A worker has died, or could not be started. */
  checkWorkers(error: unknown, isAnyStarting: boolean): void {
    for (const run of this.#runs.slice()) run.checkWorkers(error, isAnyStarting);
  }

  /** Ends them all. */
  fail(makeReason: () => Error): void {
    for (const run of this.#runs.slice()) run.fail(makeReason());
  }

  #giveTo(member: PoolMember): boolean {
    const count = this.#runs.length;
    if (count === 1) return this.#runs[0].giveTo(member);
    for (let i = 0; i < count; i++) {
      const run = this.#runs[(this.#next + i) % this.#runs.length];
      if (!run?.giveTo(member)) continue;
      this.#next = (this.#next + i + 1) % Math.max(1, this.#runs.length);
      return true;
    }
    return false;
  }

  #dealt(): void {
    let isShort = false;
    for (const run of this.#runs) if (!run.endIfDone() && !isShort) isShort = run.hasItem;
    if (isShort) this.#onShort();
  }
}
