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

/** Longest delay that the runtime's timers take: 24.8 days. They fire at once for more. */
export const MAX_DELAY_MS = 2 ** 31 - 1;

/** The computer's clock. */
export const systemClock: Clock = {
  now: () => performance.now(),
  wall: () => Date.now(),
  schedule(delayMs, callback) {
    if (delayMs > MAX_DELAY_MS) {
      let cancel = systemClock.schedule(MAX_DELAY_MS, () => {
        cancel = systemClock.schedule(delayMs - MAX_DELAY_MS, callback);
      });
      return () => cancel();
    }
    const timer = setTimeout(callback, Math.max(0, delayMs));
    return () => clearTimeout(timer);
  },
};

/**
 * Wall-clock milliseconds that neither jump nor go back while the program runs: those of now, and what passes. Whoever
 * sets the computer's clock right is not to make what is kept for a while older by years.
 */
export function steadyWall(clock: Clock): () => number {
  const ahead = clock.wall() - clock.now();
  return () => ahead + clock.now();
}
