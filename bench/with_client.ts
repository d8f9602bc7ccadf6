/**
 * A server with two workers and its client, both in the bench's own process.
 *
 * @module
 */

import { Client } from "../client.ts";
import { remote } from "../mod.ts";
import { Server, type ServerOptions } from "../server.ts";
import { WORKERS } from "./work.ts";

/** What the benches run as tasks. */
export const functions = remote<typeof import("./functions.ts")>(import.meta.resolve("./functions.ts"));

/** Starts both for the work, and stops them. */
export async function withClient<T>(work: (client: Client) => Promise<T>, options: ServerOptions = {}): Promise<T> {
  await using server = await Server.start({
    address: "127.0.0.1:0",
    authkey: "bench",
    logLevel: "none",
    numWorkers: WORKERS,
    ...options,
  });
  await using client = await Client.connect({ address: server.address, authkey: "bench" });
  return await work(client);
}
