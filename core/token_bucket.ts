/**
 * A bucket of tokens that fills by itself: whoever takes one may do something once. Time is an argument.
 *
 * @module
 */

/** What sums of times are inexact by, in tokens. */
const INEXACT = 1e-6;

/** Tokens that come at a rate, as many as the bucket holds. */
export class TokenBucket {
  #perSecond: number;
  #burst: number;
  #tokens: number;
  #at: number;

  /** A bucket that holds `burst`, full or empty. */
  constructor(perSecond: number, burst: number, now: number, isFull = true) {
    this.#perSecond = perSecond;
    this.#burst = burst;
    this.#tokens = isFull ? burst : 0;
    this.#at = now;
  }

  /** From now on they come at another rate, and no more are kept than it holds now. */
  change(perSecond: number, burst: number, now: number): void {
    this.#fill(now);
    this.#perSecond = perSecond;
    this.#burst = burst;
    this.#tokens = Math.min(this.#tokens, burst);
  }

  /** Takes one. Where there is none, the next that comes is owed. */
  take(now: number): void {
    this.#fill(now);
    this.#tokens--;
  }

  /** In how many milliseconds there are so many; 0 where there are. Infinity where it never holds as many. */
  msUntil(count: number, now: number): number {
    this.#fill(now);
    if (count > this.#burst) return Infinity;
    const missing = count - this.#tokens;
    return missing <= INEXACT ? 0 : missing * 1000 / this.#perSecond;
  }

  /** In how many milliseconds it is full, so that it is as good as a new one. */
  msUntilFull(now: number): number {
    return this.msUntil(this.#burst, now);
  }

  #fill(now: number): void {
    this.#tokens = Math.min(this.#burst, this.#tokens + (now - this.#at) * this.#perSecond / 1000);
    this.#at = now;
  }
}
