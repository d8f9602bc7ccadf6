/**
 * Calls to a server that may answer nothing, though its connection lives.
 *
 * @module
 */

import { isDoneWithin } from "../core/done_within.ts";

/** True when a call is answered or refused within so many milliseconds; what the answer is does not matter. */
export function isAnswered(call: Promise<unknown>, withinMs: number): Promise<boolean> {
  return isDoneWithin(call.catch(() => {}), withinMs);
}
