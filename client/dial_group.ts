/**
 * Connects to the server of a group, and to no other: what an entry names may be gone, and something else be there.
 *
 * @module
 */

import { AuthenticationFailed, type ErrorCode, ServerOffline, TaskError } from "../core/errors.ts";
import { serverOffline } from "../core/offline.ts";
import { parseAddress } from "../wire/address.ts";
import { dial, type DialParams } from "./dial.ts";
import type { FoundEntry } from "./group_entry.ts";
import { Kind } from "../wire/message.ts";
import type { ServerStatus } from "../wire/server_status.ts";
import type { Transport } from "../wire/transport.ts";

export { findGroup } from "./group_entry.ts";

/** How to connect; the entry says where. */
export type DialEntryParams = Omit<DialParams, "address" | "verify">;

/**
 * Connects to the server that a group's entry tells of.
 *
 * @throws {ServerOffline} when it does not run there; the message names the group, its file and what to do.
 * @throws {AuthenticationFailed} when the keys differ. @throws {TaskError} `PROTOCOL_VERSION`.
 */
export async function dialEntry(entry: FoundEntry, params: DialEntryParams): Promise<Transport> {
  try {
    return await dial({
      ...params,
      address: parseAddress(entry.address),
      tls: params.tls ?? (entry.tls ? {} : undefined),
      verify: (transport) => requireGroup(transport, entry.group),
    });
  } catch (error) {
    if (error instanceof AuthenticationFailed) {
      const place = `${entry.address}, where ${entry.file} says that the group "${entry.group}" is`;
      throw new AuthenticationFailed(`${error.message} (${place})`, { cause: error });
    }
    if (error instanceof TaskError && PASSED_ON.has(error.code)) throw error;
    throw serverOffline(
      `the server of the group "${entry.group}" is not at ${entry.address}, where ${entry.file} ` +
        `says; it (process ${entry.pid}) was probably killed: start it again, which replaces the file, or remove the file`,
      { cause: error },
    );
  }
}

/** What is no sign that the server is gone. */
const PASSED_ON = new Set<ErrorCode>(["PROTOCOL_VERSION", "SERVER_BUSY", "INSECURE_ADDRESS"]);

/** Asks before there is a peer, whose calls are numbered from 1. */
async function requireGroup(transport: Transport, group: string): Promise<void> {
  transport.send([Kind.call, 0, "status", null]);
  const message = await transport.receive();
  const [kind, , body] = Array.isArray(message) ? message : [];
  if (message === null || kind === Kind.bye) {
    throw new TaskError("CONNECTION_CLOSED", "The server closed the connection");
  }
  const actual = kind === Kind.reply ? (body as ServerStatus | null)?.group : undefined;
  if (actual !== group) {
    throw new ServerOffline(`The server there is of ${actual ? `the group "${actual}"` : "no group"}`);
  }
}
