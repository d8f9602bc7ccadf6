/**
 * The check of what a submission says of further attempts.
 *
 * @module
 */

import { FAILURE_KINDS, type FailureKind, MAX_ATTEMPTS, RETRY_DEFAULTS, type RetryPolicy } from "../core/retry.ts";
import { type Fields, invalid, list, object, optional, show } from "./shapes.ts";

/** Most submissions say nothing of it. */
export function parseRetry({ retry }: Fields): { retry?: RetryPolicy } {
  if (retry == null) return {};
  const { attempts, delayMs, factor, maxDelayMs, jitter, on } = object(retry, "submit.retry");
  const isAttempts = (n: number) => Number.isInteger(n) && n >= 1 && n <= MAX_ATTEMPTS;
  const policy: RetryPolicy = {
    attempts: optional(attempts, "retry.attempts", isAttempts) ?? RETRY_DEFAULTS.attempts,
    delayMs: optional(delayMs, "retry.delayMs", isTime) ?? RETRY_DEFAULTS.delayMs,
    factor: optional(factor, "retry.factor", (n) => n >= 1 && n < Infinity) ?? RETRY_DEFAULTS.factor,
    maxDelayMs: optional(maxDelayMs, "retry.maxDelayMs", isTime) ?? RETRY_DEFAULTS.maxDelayMs,
    jitter: optional(jitter, "retry.jitter", (part) => part >= 0 && part <= 1) ?? RETRY_DEFAULTS.jitter,
    on: on == null ? FAILURE_KINDS : list(on, "retry.on", FAILURE_KINDS.length).map(parseKind),
  };
  return policy.attempts === 1 ? {} : { retry: policy };
}

/** Checks what a process says of another attempt: nothing, that there is to be one or none, or after which time. */
export function parseAgain(again: unknown): boolean | number | undefined {
  if (again == null) return undefined;
  if (typeof again === "boolean" || (typeof again === "number" && isTime(again))) return again;
  throw invalid(`what an outcome says of another attempt must be true, false or milliseconds: it is ${show(again)}`);
}

function isTime(ms: number): boolean {
  return ms >= 0 && ms < Infinity;
}

function parseKind(kind: unknown): FailureKind {
  if (FAILURE_KINDS.includes(kind as FailureKind)) return kind as FailureKind;
  throw invalid(`retry.on must hold kinds of failures: one of them is ${show(kind)}`);
}
