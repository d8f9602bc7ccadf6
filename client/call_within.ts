/**
 * Calls to a server that their callers may give up: it may be away, or say nothing.
 *
 * @module
 */

import { type CallLimits, requireCallLimits, withinLimits } from "../core/call_limits.ts";
import { WaitTimeout } from "../core/errors.ts";

/**
 * Settles as the call does, or gives it up.
 *
 * @throws {WaitTimeout} when the time is over. @throws the reason of the signal. @throws {TypeError} {RangeError} for limits
 * that are none.
 */
export async function callWithin<T>(
  limits: CallLimits,
  call: (unsent: AbortSignal | undefined) => Promise<T>,
  what = "The server has not answered",
): Promise<T> {
  requireCallLimits(limits);
  return await withinLimits(limits, call, () => new WaitTimeout(`${what} within ${limits.timeoutMs} ms`));
}
