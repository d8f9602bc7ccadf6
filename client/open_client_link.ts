/**
 * Connects a client for the first time: finds the address and the key that its options mean.
 *
 * @module
 */

import { DEFAULT_ADDRESS, parseAddress } from "../wire/address.ts";
import { endedByAbort } from "../core/abort.ts";
import { callWithin } from "./call_within.ts";
import { findAuthkey } from "./authkey_file.ts";
import { dial } from "./dial.ts";
import { importAuthkey } from "../wire/handshake.ts";
import { ClientLink } from "./client_link.ts";
import type { Dial } from "./server_search.ts";
import type { ClientOptions } from "./client_options.ts";

/** What ends connecting: forgotten once there is a connection, which is looked for again whatever becomes of it. */
interface Opening {
  signal: AbortSignal | undefined;
}

/** Connects; a server that is not there is waited for as long as the options say. They were checked. */
export function openClientLink(options: ClientOptions): Promise<ClientLink> {
  const { signal, timeoutMs } = options;
  return callWithin({ signal, timeoutMs }, (over) => open(options, over), "The client has not connected");
}

async function open(options: ClientOptions, signal: AbortSignal | undefined): Promise<ClientLink> {
  const opening: Opening = { signal };
  const { reconnectMs, heartbeatMs, waitMs, maxResultItems } = options;
  const link = new ClientLink(dialerFor(options, opening), { reconnectMs, heartbeatMs, waitMs, maxResultItems });
  try {
    // What connects then is closed at once.
    await endedByAbort(link.open(), signal, () => void link.close());
    signal?.throwIfAborted();
    opening.signal = undefined;
    return link;
  } catch (error) {
    // The attempt that it ended tells of that in its own words.
    signal?.throwIfAborted();
    throw error;
  }
}

function dialerFor(options: ClientOptions, opening: Opening): Dial {
  const { group, tls, insecure, maxFrameBytes, handshakeTimeoutMs } = options;
  const how = { tls, insecure, maxFrameBytes, handshakeTimeoutMs };
  let found: CryptoKey | null = null;
  const findKey = async () => found ??= await importAuthkey(await findAuthkey(options.authkey, options.authkeyFile));
  if (group === undefined) {
    const address = parseAddress(options.address ?? DEFAULT_ADDRESS);
    return async (withinMs) => dial({ ...how, address, key: await findKey(), withinMs, signal: opening.signal });
  }
  return async (withinMs) => {
    // Most clients have an address.
    const { dialEntry, findGroup } = await import("./dial_group.ts");
    // Before the first server there is no key either, and that there is no server is what the caller is to hear.
    const entry = await findGroup(group);
    return await dialEntry(entry, { ...how, key: await findKey(), withinMs, signal: opening.signal });
  };
}
