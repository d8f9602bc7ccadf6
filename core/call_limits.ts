/**
 * How long a call may wait, as its caller says: kept here, whatever the other side does.
 *
 * @module
 */

import { onAbort, untilAborted } from "./abort.ts";
import { MAX_DELAY_MS } from "./clock.ts";
import { requireMs } from "./require_number.ts";
import { showValue } from "./show_value.ts";

/** What gives up a call. */
export interface CallLimits {
  readonly signal?: AbortSignal;
  /** Milliseconds. */
  readonly timeoutMs?: number;
}

/** Their names among other options. */
export const LIMITS = ["signal", "timeoutMs"] as const;

/** Checks a signal. @throws {TypeError} */
export function requireSignal(signal: unknown): void {
  if (signal === undefined || signal instanceof AbortSignal) return;
  throw new TypeError(`Cannot use signal: it must be an AbortSignal: current value is ${showValue(signal)}`);
}

/** Checks limits. @throws {TypeError} for a value of the wrong type. @throws {RangeError} for a time below 0. */
export function requireCallLimits(limits: { readonly signal?: unknown; readonly timeoutMs?: unknown }): void {
  requireSignal(limits.signal);
  requireMs("timeoutMs", limits.timeoutMs);
}

/**
 * Settles as `act` does, or gives it up: with the reason of the signal, or with what `late` makes when the time is over.
 * `act` is given a signal that aborts then, where there is any limit, and is not waited for: the other side may never
 * answer. Who has started something, and has to see it ended, takes `startWithin` (`core/start_within.ts`).
 */
export async function withinLimits<T>(
  { signal, timeoutMs = Infinity }: CallLimits,
  act: (signal: AbortSignal | undefined) => Promise<T>,
  late: () => Error,
): Promise<T> {
  signal?.throwIfAborted();
  if (timeoutMs > MAX_DELAY_MS) return await untilAborted(act(signal), signal);
  const over = new AbortController();
  const timer = setTimeout(() => over.abort(late()), timeoutMs);
  const letGo = onAbort(signal, (reason) => over.abort(reason));
  try {
    return await untilAborted(act(over.signal), over.signal);
  } finally {
    clearTimeout(timer);
    letGo();
  }
}
