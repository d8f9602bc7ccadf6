/**
 * Starts a server, maps a function over a thousand numbers, runs it once, and runs a procedure that succeeds and one
 * that fails. Prints:
 *
 *     1000 squares, sum 332833500
 *     16
 *     true [ 2, 6, 10, 14, 18 ]
 *     false TaskFailed: the given numbers are not all odd
 */

import { Client, remote } from "@palpable/palpable";
import { Server } from "@palpable/palpable/server";
import { DoubleOddNumbers } from "./utils.ts";

const utils = remote<typeof import("./utils.ts")>(import.meta.resolve("./utils.ts"));

await using server = await Server.start({ address: "127.0.0.1:0", authkey: "29r8in389rhd", logLevel: "none" });
await using client = await Client.connect({ address: server.address, authkey: "29r8in389rhd" });

const squares = await client.map(utils.square, Array.from({ length: 1000 }, (_, i) => i));
console.log(`${squares.length} squares, sum ${squares.reduce((a, b) => a + b)}`);

console.log(await client.run(utils.square, 4));

const good = await client.runProcedure(new DoubleOddNumbers([1, 3, 5, 7, 9]));
console.log(good.isSuccessful, good.data);

const bad = await client.runProcedure(new DoubleOddNumbers([2, 4, 6, 8]));
console.log(bad.isSuccessful, `${bad.error}`);
