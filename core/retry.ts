/**
 * When a task whose attempt failed has another, and how long it waits for that.
 *
 * @module
 */

import { backoffMs } from "./backoff.ts";

/**
 * A failure that another attempt may mend: the task raised an error; its time was over; its process ended by itself, or
 * for want of memory; no process could be started for it.
 */
export type FailureKind = "error" | "timeout" | "crash" | "lost";

/** All kinds. */
export const FAILURE_KINDS: readonly FailureKind[] = ["error", "timeout", "crash", "lost"];

/** Attempts that a task may have at most, in all. */
export const MAX_ATTEMPTS = 1000;

/** How often, when and after which failures. */
export interface RetryPolicy {
  /** Attempts in all, the first included. */
  readonly attempts: number;
  /** The wait before the second attempt, in milliseconds. */
  readonly delayMs: number;
  /** Each further wait is so many times as long as the one before. */
  readonly factor: number;
  /** Longest wait, in milliseconds. */
  readonly maxDelayMs: number;
  /** The part of each wait that is random, 0 to 1. */
  readonly jitter: number;
  readonly on: readonly FailureKind[];
}

/** What is not said. */
export const RETRY_DEFAULTS: RetryPolicy = Object.freeze({
  attempts: 5,
  delayMs: 1000,
  factor: 2,
  maxDelayMs: 60_000,
  jitter: 0.2,
  on: FAILURE_KINDS,
});

/** The wait behind so many failed attempts, in milliseconds. `random` is from 0 up to 1. */
export function retryDelayMs(
  { delayMs, factor, maxDelayMs, jitter }: RetryPolicy,
  failed: number,
  random: number,
): number {
  return backoffMs(failed, random, { firstMs: delayMs, factor, maxMs: maxDelayMs, jitter });
}
