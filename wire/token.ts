/**
 * The one-time token with which a worker process proves itself. A file of its own, because a task's process needs
 * nothing else of the handshake and pays for each module that it loads.
 *
 * @module
 */

import { PROTOCOL_VERSION } from "./message.ts";
import type { Transport } from "./transport.ts";

/** Bytes of a token. */
export const TOKEN_BYTES = 32;

/** The worker's hello. The server's first push shows that it was accepted. */
export function presentToken(transport: Transport, token: Uint8Array): void {
  transport.send(["palpable", PROTOCOL_VERSION, "worker", token]);
}
