/**
 * Connects a client for the first time: finds the address and the key that its options mean.
 *
 * @module
 */

import { DEFAULT_ADDRESS, parseAddress } from "../wire/address.ts";
import { findAuthkey } from "./authkey_file.ts";
import { dial } from "./dial.ts";
import { importAuthkey } from "../wire/handshake.ts";
import { ClientLink } from "./client_link.ts";
import type { Dial } from "./server_search.ts";
import type { ClientOptions } from "./client_options.ts";

/** Connects; a server that is not there is an error at once. The options were checked. */
export async function openClientLink(options: ClientOptions): Promise<ClientLink> {
  const link = new ClientLink(await dialerFor(options), options);
  await link.open();
  return link;
}

async function dialerFor(options: ClientOptions): Promise<Dial> {
  const { group, tls, insecure, maxFrameBytes, handshakeTimeoutMs } = options;
  const how = { tls, insecure, maxFrameBytes, handshakeTimeoutMs };
  const keyOf = async () => await importAuthkey(await findAuthkey(options.authkey, options.authkeyFile));
  if (group === undefined) {
    const address = parseAddress(options.address ?? DEFAULT_ADDRESS);
    const key = await keyOf();
    return (withinMs) => dial({ ...how, address, key, withinMs });
  }
  // Most clients have an address.
  const { dialGroup, findGroup } = await import("./dial_group.ts");
  // Before the first server there is no key either, and that there is no server is what the caller is to hear.
  await findGroup(group);
  const key = await keyOf();
  return (withinMs) => dialGroup(group, { ...how, key, withinMs });
}
