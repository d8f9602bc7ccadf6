import type { Clock } from "../../core/clock.ts";

interface Timer {
  readonly at: number;
  readonly callback: () => void;
}

/** A clock that stands still until {@linkcode FakeClock.advance} turns it. */
export class FakeClock implements Clock {
  /** Most timers that were set at once. */
  peakTimers = 0;
  /** How often a timer was set. */
  scheduled = 0;
  /** Somebody has set the computer's clock, by so many milliseconds. */
  wallAhead = 0;
  #now: number;
  #timers: Timer[] = [];

  constructor(now = 1000) {
    this.#now = now;
  }

  /** Times for which a timer is set. */
  get timers(): number[] {
    return this.#timers.map(({ at }) => at);
  }

  now(): number {
    return this.#now;
  }

  wall(): number {
    return 1_700_000_000_000 + this.#now + this.wallAhead;
  }

  schedule(delayMs: number, callback: () => void): () => void {
    const timer = { at: this.#now + Math.max(0, delayMs), callback };
    this.#timers.push(timer);
    this.scheduled++;
    this.peakTimers = Math.max(this.peakTimers, this.#timers.length);
    return () => this.#timers = this.#timers.filter((other) => other !== timer);
  }

  /** Turns the clock on, and calls back all timers that are due on the way, each at its own time. */
  advance(ms: number): void {
    const end = this.#now + ms;
    for (let fired = 0;; fired++) {
      if (fired > 10_000) throw new Error("The timers of this clock never come to rest");
      const next = this.#timers.reduce<Timer | null>((a, b) => a === null || b.at < a.at ? b : a, null);
      if (next === null || next.at > end) break;
      this.#timers = this.#timers.filter((timer) => timer !== next);
      this.#now = Math.max(this.#now, next.at);
      next.callback();
    }
    this.#now = end;
  }
}
