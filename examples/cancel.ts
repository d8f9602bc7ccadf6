/**
 * Ending tasks: one that never yields by its time limit, one that waits by its caller, through a signal. Prints:
 *
 *     TaskTimeout: The task ran longer than its limit of 300 ms
 *     AbortError: changed my mind
 *     0 processes are left
 */

import { Client, remote } from "@palpable/palpable";
import { Server } from "@palpable/palpable/server";

const utils = remote<typeof import("./utils.ts")>(import.meta.resolve("./utils.ts"));

await using server = await Server.start({ address: "127.0.0.1:0", authkey: "secret", logLevel: "none", graceMs: 100 });
await using client = await Client.connect({ address: server.address, authkey: "secret" });

await client.with({ timeoutMs: 300 }).run(utils.spin).catch((error) => console.log(`${error}`));

const controller = new AbortController();
const waiting = client.with({ signal: controller.signal }).run(utils.waitForCancel);
controller.abort(new DOMException("changed my mind", "AbortError"));
await waiting.catch((error) => console.log(`${error}`));

await server.stop();
console.log(`${server.status().workers.length} processes are left`);
