/**
 * How many workers a pool makes by itself: at least `min`, one more whenever an item waits and no worker is free, up to
 * `max`; one that has had nothing to do for `idleMs` is ended.
 *
 * @module
 */

import { systemClock } from "../core/clock.ts";
import type { PoolMember } from "./pool_member.ts";

/** Starts that fail one after the other before no more are tried until the next run. */
const MAX_FAILURES = 3;

/** What sizing is built from. */
export interface PoolSizeParams {
  readonly min: number;
  readonly max: number;
  readonly idleMs: number;
  readonly members: readonly PoolMember[];
  /** Makes a worker and takes it in; gives up when the signal aborts. */
  add(signal: AbortSignal | undefined): Promise<unknown>;
  /** Ends a worker and lets go of it. */
  remove(member: PoolMember): void;
  /** One could not be started. */
  onFailed(error: unknown): void;
}

/** Sizes one pool. */
export class PoolSize {
  #params: PoolSizeParams;
  #starting = 0;
  #failures = 0;
  #cancelTimer: (() => void) | null = null;
  #isClosed = false;

  constructor(params: PoolSizeParams) {
    this.#params = params;
  }

  /** Whether a worker is on its way, or will be when an item needs one. */
  get canGrow(): boolean {
    return this.#starting > 0 || (this.#failures < MAX_FAILURES && this.#count < this.#params.max);
  }

  /** Resolves when there are as many as there must be. @throws what starting one of them threw. */
  async fill(signal?: AbortSignal): Promise<void> {
    this.#failures = 0;
    const missing = Math.max(0, this.#params.min - this.#count);
    await Promise.all(Array.from({ length: missing }, () => this.#add(signal)));
  }

  /** An item waits, and no worker is free. One start at a time: what is there by then may be enough. */
  onShort(): void {
    if (this.#isClosed || this.#starting > 0 || !this.canGrow) return;
    this.#add(undefined).catch((error) => this.#params.onFailed(error));
  }

  /** Nothing is made or ended any more. */
  close(): void {
    this.#isClosed = true;
    this.#cancelTimer?.();
    this.#cancelTimer = null;
  }

  get #count(): number {
    return this.#params.members.length + this.#starting;
  }

  async #add(signal: AbortSignal | undefined): Promise<void> {
    this.#starting++;
    try {
      await this.#params.add(signal);
      this.#failures = 0;
    } catch (error) {
      this.#failures++;
      throw error;
    } finally {
      this.#starting--;
    }
    this.#watch();
  }

  /** One timer for all, as long as one may be ended. */
  #watch(): void {
    const { members, min, idleMs } = this.#params;
    if (this.#isClosed || this.#cancelTimer !== null || members.length <= min || idleMs === Infinity) return;
    const spares = members.filter(({ isSpare }) => isSpare);
    if (spares.length === 0) return;
    const now = performance.now();
    const dueAt = Math.min(...spares.map(({ inFlight, idleSince }) => inFlight > 0 ? now : idleSince)) + idleMs;
    this.#cancelTimer = systemClock.schedule(dueAt - now, () => {
      this.#cancelTimer = null;
      this.#endIdle();
      this.#watch();
    });
  }

  #endIdle(): void {
    const { members, min, idleMs, remove } = this.#params;
    const now = performance.now();
    // The last to come goes first.
    for (const member of members.slice().reverse()) {
      if (members.length <= min) return;
      const { isSpare, inFlight, idleSince } = member;
      if (isSpare && inFlight === 0 && now - idleSince >= idleMs) remove(member);
    }
  }
}
