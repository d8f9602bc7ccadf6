/**
 * Waiting for at most so long.
 *
 * @module
 */

import { MAX_DELAY_MS } from "./clock.ts";

/**
 * True when it is done within so many milliseconds; undefined, and what is more than a timer takes, waits as long as it
 * takes.
 */
export async function isDoneWithin(done: Promise<unknown>, timeoutMs: number | undefined): Promise<boolean> {
  if (timeoutMs === undefined || timeoutMs > MAX_DELAY_MS) {
    await done;
    return true;
  }
  const { promise, resolve } = Promise.withResolvers<false>();
  const timer = setTimeout(resolve, timeoutMs, false);
  try {
    return await Promise.race([done.then(() => true), promise]);
  } finally {
    clearTimeout(timer);
  }
}
