/**
 * Time as an argument: whatever depends on it takes a {@linkcode Clock}, and tests give one that they turn by hand.
 *
 * @module
 */

/** Two times and one timer. */
export interface Clock {
  /** Monotonic milliseconds, for durations and deadlines. */
  now(): number;
  /** Wall-clock milliseconds since 1970, for records that people read. */
  wall(): number;
  /** Calls back once after `delayMs`; the returned function prevents it. */
  schedule(delayMs: number, callback: () => void): () => void;
}

/** Longest delay that the runtime's timers take. */
const MAX_DELAY_MS = 2 ** 31 - 1;

/** The computer's clock. */
export const systemClock: Clock = {
  now: () => performance.now(),
  wall: () => Date.now(),
  schedule(delayMs, callback) {
    const timer = setTimeout(callback, Math.min(Math.max(0, delayMs), MAX_DELAY_MS));
    return () => clearTimeout(timer);
  },
};
