/**
 * Sorts by blocking subtasks, with a single worker slot: a task that waits lends its slot, so nesting never deadlocks.
 * Prints:
 *
 *     1 1 2 3 4 5 6 9
 *     15 tasks, one slot
 */

import { Client, remote } from "@palpable/palpable";
import { Server } from "@palpable/palpable/server";

const utils = remote<typeof import("./utils.ts")>(import.meta.resolve("./utils.ts"));

await using server = await Server.start({ address: "127.0.0.1:0", authkey: "secret", numWorkers: 1, logLevel: "none" });
await using client = await Client.connect({ address: server.address, authkey: "secret" });

console.log((await client.run(utils.mergeSort, [3, 1, 4, 1, 5, 9, 2, 6])).join(" "));
const { totals } = await client.status();
console.log(`${totals.submitted} tasks, one slot`);
