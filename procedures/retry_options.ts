/**
 * The option `retry`: its check, at the door, and what the server is told of it.
 *
 * @module
 */

import { OptionRangeError, OptionTypeError } from "../core/option_error.ts";
import { requireKnown } from "../core/require_known.ts";
import { requireNumber } from "../core/require_number.ts";
import { FAILURE_KINDS, type FailureKind, MAX_ATTEMPTS, RETRY_DEFAULTS, type RetryPolicy } from "../core/retry.ts";
import { showValue } from "../core/show_value.ts";

/** When a task whose attempt failed has another. */
export interface RetryOptions {
  /** Attempts in all, the first included: a whole number up to 1,000. @default {5} */
  attempts?: number;
  /** The wait before the second attempt, in milliseconds. @default {1000} */
  delayMs?: number;
  /** Each further wait is so many times as long as the one before; from 1. @default {2} */
  factor?: number;
  /** Longest wait, in milliseconds. @default {60_000} */
  maxDelayMs?: number;
  /** The part of each wait that is random, 0 to 1, so that many tasks do not come back at once. @default {0.2} */
  jitter?: number;
  /**
   * After which failures: the task raised an error, its time was over, its process ended by itself or for want of memory,
   * no process could be started for it. @default {all of them}
   */
  on?: readonly FailureKind[];
}

const KNOWN: readonly (keyof RetryOptions)[] = ["attempts", "delayMs", "factor", "maxDelayMs", "jitter", "on"];

/**
 * Checks the option.
 *
 * @throws {TypeError} for an unknown part, or one of the wrong type. @throws {RangeError} for a value out of range.
 */
export function requireRetry(retry: number | RetryOptions | undefined): void {
  if (retry === undefined) return;
  if (typeof retry === "number") return requireAttempts("retry", retry);
  if (typeof retry !== "object" || retry === null || Array.isArray(retry)) {
    const why = `it must be a number of attempts, such as 5, or an object, such as { attempts: 5, delayMs: 1000 }`;
    throw new OptionTypeError("retry", `${why}: current value is ${showValue(retry)}`);
  }
  requireKnown(retry, KNOWN, "part of retry");
  const { attempts, delayMs, factor, maxDelayMs, jitter, on } = retry;
  requireAttempts("retry.attempts", attempts);
  requireNumber("retry.delayMs", delayMs, isTime, "a number of milliseconds from 0, such as 1000");
  requireNumber("retry.factor", factor, (n) => n >= 1 && n < Infinity, "a number from 1, such as 2");
  requireNumber("retry.maxDelayMs", maxDelayMs, isTime, "a number of milliseconds from 0, such as 60_000");
  requireNumber("retry.jitter", jitter, (part) => part >= 0 && part <= 1, "a number from 0 to 1, such as 0.2");
  if (on !== undefined) requireKinds(on);
}

function requireAttempts(option: string, attempts: unknown): void {
  const fits = (n: number) => Number.isInteger(n) && n >= 1 && n <= MAX_ATTEMPTS;
  requireNumber(option, attempts, fits, `a whole number of attempts from 1 to ${MAX_ATTEMPTS}, such as 5`);
}

function requireKinds(on: readonly unknown[]): void {
  const must = `it must be a list of some of ${FAILURE_KINDS.map((kind) => `"${kind}"`).join(", ")}, such as ["crash"]`;
  if (!Array.isArray(on)) throw new OptionTypeError("retry.on", `${must}: current value is ${showValue(on)}`);
  const wrong = on.length === 0 ? on : on.find((kind) => !FAILURE_KINDS.includes(kind as FailureKind));
  if (wrong !== undefined) throw new OptionRangeError("retry.on", `${must}: current value is ${showValue(wrong)}`);
}

function isTime(ms: number): boolean {
  return ms >= 0 && ms < Infinity;
}

/** In full; null for a task that has one attempt. What is given was checked. */
export function retryPolicy(retry: number | RetryOptions | undefined): RetryPolicy | null {
  if (retry === undefined) return null;
  const given = typeof retry === "number" ? { attempts: retry } : retry;
  const policy: RetryPolicy = { ...RETRY_DEFAULTS, ...defined(given) };
  return policy.attempts === 1 ? null : policy;
}

/** Without what is given as undefined. */
function defined(options: RetryOptions): RetryOptions {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}
