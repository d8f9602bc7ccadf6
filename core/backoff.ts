/**
 * Waiting longer after each failure, with a random part so that many clients do not come back at once.
 *
 * @module
 */

/** How the waits grow. */
export interface BackoffOptions {
  /** First wait, in milliseconds. @default {50} */
  firstMs?: number;
  /** Each wait is so many times as long as the one before. @default {2} */
  factor?: number;
  /** Longest wait, in milliseconds. @default {2000} */
  maxMs?: number;
  /** The part of the wait that is random, 0 to 1. @default {0.5} */
  jitter?: number;
}

/** The wait before the given attempt (1-based), in milliseconds: exponential, half of it random unless said otherwise. */
export function backoffMs(attempt: number, random: number, options: BackoffOptions = {}): number {
  const { firstMs = 50, factor = 2, maxMs = 2000, jitter = 0.5 } = options;
  const full = Math.min(maxMs, firstMs * factor ** (attempt - 1));
  return full * (1 - jitter) + full * jitter * random;
}
