/**
 * How the commands that talk to a running server reach it.
 *
 * @module
 */

import { systemClock } from "../core/clock.ts";
import { TaskError } from "../core/errors.ts";
import type { CallOption } from "../core/option_words.ts";
import { type Address, DEFAULT_ADDRESS, parseAddress } from "../wire/address.ts";
import { AUTHKEY_VARIABLE, findAuthkey } from "../client/authkey_file.ts";
import { type ClientTls, DEFAULT_HANDSHAKE_MS, dial, unreachable } from "../client/dial.ts";
import { dialEntry, findGroup } from "../client/dial_group.ts";
import type { FoundEntry } from "../client/group_entry.ts";
import { ServerSearch } from "../client/server_search.ts";
import { importAuthkey } from "../wire/handshake.ts";
import { DEFAULT_HEARTBEAT_MS, Heartbeat } from "../wire/heartbeat.ts";
import type { Calls } from "../wire/message.ts";
import { Peer } from "../wire/peer.ts";
import { writeDuration } from "./duration.ts";
import type { Flag, FlagValues } from "./flags.ts";
import { readNamedFile } from "./named_file.ts";
import { flagError, UsageError } from "./cli_error.ts";

/** Flags of every command that uses {@linkcode connector}. */
export const CONNECTION_FLAGS: readonly Flag[] = [
  { name: "address", value: "ADDRESS", help: `Where the server listens (${DEFAULT_ADDRESS})` },
  { name: "group", value: "NAME", help: "The server with this name, instead of an address" },
  {
    name: "authkey-file",
    value: "FILE",
    help: `The shared key (the variable ${AUTHKEY_VARIABLE}, or the server's file)`,
  },
  { name: "tls", help: "Speak TLS" },
  { name: "insecure", help: "Allow an address of another machine without TLS" },
  { name: "tls-ca", value: "FILE", help: "Speak TLS and trust these certificates as well, PEM" },
  {
    name: "handshake-timeout",
    value: "TIME",
    help: `Longest time to connect, where the way is slow (${writeDuration(DEFAULT_HANDSHAKE_MS)})`,
  },
  { name: "wait", value: "TIME", help: "Wait so long for a server that is not there yet: 500ms, 30s, 5m or 3h" },
];

const CALLED: Readonly<Record<string, string>> = {
  authkey: "--authkey-file",
  tls: "--tls or --tls-ca",
  "tls.caCerts": "--tls-ca",
  insecure: "--insecure",
  handshakeTimeoutMs: "--handshake-timeout",
  waitMs: "--wait",
};

/** What these flags are called in messages that name options. */
export const callOfConnection: CallOption = (option, inCode = option) => CALLED[option] ?? inCode;

/**
 * Connects as the flags say, as often as it is called; a group is looked up once, so that it is one server always. The
 * first time it waits for the server as long as the flags say.
 */
export async function connector(values: FlagValues): Promise<() => Promise<Peer>> {
  requireOnePlace(values);
  const named = addressFrom(values.text("address") ?? DEFAULT_ADDRESS);
  const tls = await tlsFrom(values);
  const insecure = values.isOn("insecure");
  const handshakeTimeoutMs = values.durationMs("handshake-timeout");
  let entry: FoundEntry | null = null;
  let key: CryptoKey | null = null;
  const open = async () => {
    entry ??= await entryFrom(values);
    const address = entry === null ? named : addressFrom(entry.address);
    key ??= await keyFrom(values, address);
    const params = { key, tls, insecure, handshakeTimeoutMs };
    return await (entry === null ? dial({ ...params, address }) : dialEntry(entry, params));
  };
  const waitMs = values.durationMs("wait");
  const search = new ServerSearch({ dial: open, reconnectMs: 0, heartbeatMs: DEFAULT_HEARTBEAT_MS, waitMs });
  return async () => {
    const peer = new Peer(await search.find(), { onCall: refuse, onPush: () => {} });
    // A command always waits for something.
    new Heartbeat(peer, { heartbeatMs: DEFAULT_HEARTBEAT_MS, clock: systemClock, isExpecting: () => true });
    return peer;
  };
}

/** Makes one call, over a connection of its own. */
export async function callOnce<Command extends keyof Calls>(
  values: FlagValues,
  command: Command,
  body: Calls[Command]["body"],
): Promise<Calls[Command]["reply"]> {
  const connect = await connector(values);
  const peer = await connect();
  try {
    return await peer.call(command, body) as Calls[Command]["reply"];
  } finally {
    await peer.close();
  }
}

function requireOnePlace(values: FlagValues): void {
  if (values.text("group") === undefined || values.text("address") === undefined) return;
  throw new UsageError("Give --address or --group, not both");
}

async function entryFrom(values: FlagValues): Promise<FoundEntry | null> {
  const group = values.text("group");
  if (group === undefined) return null;
  try {
    return await findGroup(group);
  } catch (error) {
    throw flagError("group", error);
  }
}

function addressFrom(text: string): Address {
  try {
    return parseAddress(text);
  } catch (error) {
    throw new UsageError((error as Error).message, { cause: error });
  }
}

async function tlsFrom(values: FlagValues): Promise<ClientTls | undefined> {
  const file = values.text("tls-ca");
  if (file !== undefined) return { caCerts: [await readNamedFile("tls-ca", file)] };
  return values.isOn("tls") ? {} : undefined;
}

async function keyFrom(values: FlagValues, address: Address): Promise<CryptoKey> {
  const file = values.text("authkey-file");
  try {
    return await importAuthkey(await findAuthkey(undefined, file));
  } catch (error) {
    // Before the first server there is no key either, and that there is no server is what the user is to hear.
    if (file === undefined) await requireListener(address);
    throw error;
  }
}

async function requireListener(address: Address): Promise<void> {
  try {
    const { transport } = address;
    (transport === "unix" ? await Deno.connect({ transport, path: address.path }) : await Deno.connect(address))
      .close();
  } catch (error) {
    throw unreachable(address, error);
  }
}

function refuse(command: string): never {
  throw new TaskError("UNKNOWN_COMMAND", `A client has no command "${command}"`);
}
