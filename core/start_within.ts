/**
 * Starting within limits: what starts may run code of its user's, which may never come to an end.
 *
 * @module
 */

import { onAbort } from "./abort.ts";
import { requireSignal } from "./call_limits.ts";
import { systemClock } from "./clock.ts";
import { TaskTimeout } from "./errors.ts";
import { requireMs } from "./require_number.ts";

/** Limits of a start. */
export interface StartOptions {
  /** Gives the start up, and ends what has started; without effect once it is over. */
  signal?: AbortSignal;
  /** Longest time of the start in milliseconds; then what has started is ended. @default {no limit} */
  timeoutMs?: number;
}

/** Names of {@linkcode StartOptions}. */
export const START_OPTIONS: readonly (keyof StartOptions)[] = ["signal", "timeoutMs"];

/**
 * Checks limits of a start.
 *
 * @throws {TypeError} for a signal that is none. @throws {RangeError} for a time of negative length, or of none.
 */
export function requireStartOptions({ signal, timeoutMs }: StartOptions): void {
  requireSignal(signal);
  requireMs("timeoutMs", timeoutMs);
}

/**
 * Starts something, which gives up when its signal aborts, and is waited for until it has: nothing of it is left then.
 * `what` is what messages call it; `also` aborts too when whoever starts it comes to an end.
 *
 * @throws the reason of the caller's signal, or of `also`. @throws {TaskTimeout} when it has not started in time.
 */
export async function startWithin<T>(
  { signal, timeoutMs = Infinity }: StartOptions,
  what: string,
  start: (signal: AbortSignal | undefined) => Promise<T>,
  also?: AbortSignal,
): Promise<T> {
  signal?.throwIfAborted();
  if (timeoutMs === Infinity && (signal === undefined || also === undefined)) return await start(signal ?? also);
  const controller = new AbortController();
  const letGo = [signal, also].map((one) => onAbort(one, (reason) => controller.abort(reason)));
  const cancelTimer = timeoutMs === Infinity ? () => {} : systemClock.schedule(timeoutMs, () => {
    const message = `${what} had not started after ${timeoutMs} ms: it was ended`;
    controller.abort(new TaskTimeout(message, timeoutMs));
  });
  try {
    return await start(controller.signal);
  } finally {
    for (const letOne of letGo) letOne();
    cancelTimer();
  }
}
