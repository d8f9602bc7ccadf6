/**
 * The server for examples/client.ts, as an application would start it. Prints its address, and ends when it is told to.
 */

import { Server } from "@palpable/palpable/server";

const [address = "127.0.0.1:8089"] = Deno.args;
const server = await Server.start({ address, authkey: Deno.env.get("PALPABLE_AUTHKEY"), logLevel: "none" });
console.log(server.address);
await server.finished;
