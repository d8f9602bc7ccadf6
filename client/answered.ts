/**
 * Calls to a server that may answer nothing, though its connection lives.
 *
 * @module
 */

/** True when a call is answered or refused within so many milliseconds; what the answer is does not matter. */
export async function isAnswered(call: Promise<unknown>, withinMs: number): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const timer = setTimeout(resolve, withinMs, false);
  call.then(() => resolve(true), () => resolve(true));
  return await promise.finally(() => clearTimeout(timer));
}
