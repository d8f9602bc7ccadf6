/**
 * Waiting for at most so long.
 *
 * @module
 */

/** Longest delay that the runtime's timers take; a longer wait is a wait for ever. */
const MAX_DELAY_MS = 2 ** 31 - 1;

/** True when it is done within so many milliseconds; undefined waits as long as it takes. */
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
