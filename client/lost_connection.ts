/**
 * What a client makes of the end of a connection.
 *
 * @module
 */

import { isDoneWithin } from "../core/done_within.ts";
import { type ErrorCode, ServerBusy, ServerOffline, TaskError } from "../core/errors.ts";
import { offlineDetail } from "../core/offline.ts";
import { FAREWELL_MS } from "../wire/peer.ts";
import { isHopeless } from "./server_search.ts";

/** One side sent what the other does not take: over a new connection it would be the same again, without end. */
const UNREPEATABLE = new Set<ErrorCode>([
  "FRAME_TOO_LARGE",
  "MALFORMED_MESSAGE",
  "INVALID_REQUEST",
  "RESULTS_NOT_TAKEN",
]);

/** True when what was under way must not be sent again. */
export function isUnrepeatable(reason: TaskError): boolean {
  return UNREPEATABLE.has(reason.code);
}

/** Why there is no server after a connection was lost for a reason, and the search for another met an error. */
export function offlineAfter(reason: TaskError, error: unknown): unknown {
  if (isHopeless(error) || error instanceof ServerBusy) return error;
  // What the search has met beyond that nothing answered, such as what became of a group.
  const detail = offlineDetail(error);
  const why = detail === null ? [reason.message] : [reason.message, detail];
  return new ServerOffline(`TaskServer OFFLINE: ${why.join("; ")}`, { cause: error });
}

/** The error of whoever uses a closed client. */
export function closedError(): TaskError {
  return new TaskError("CONNECTION_CLOSED", "The client is closed");
}

/** Resolves when the work is done, or has taken as long as a farewell may. */
export async function soon(work: Promise<unknown>): Promise<void> {
  await isDoneWithin(work, FAREWELL_MS);
}
