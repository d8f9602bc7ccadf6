/**
 * Items as a task yields them, a talk with a task, and a loop that is left early. Prints:
 *
 *     2 3 5 7 11 13 17 19
 *     The longest of 4 words: antidisestablishmentarianism
 *     left after 1009, and 1 task was cancelled
 */

import { Client, remote } from "@palpable/palpable";
import { Server } from "@palpable/palpable/server";

const utils = remote<typeof import("./utils.ts")>(import.meta.resolve("./utils.ts"));

await using server = await Server.start({ address: "127.0.0.1:0", authkey: "secret", logLevel: "none", graceMs: 100 });
await using client = await Client.connect({ address: server.address, authkey: "secret" });

console.log((await Array.fromAsync(client.stream(utils.primes, 20))).join(" "));

await using talk = await client.open(utils.longest);
for (const word of ["a", "antidisestablishmentarianism", "long", "word"]) await talk.send(word);
await talk.end();
let longest = "";
for await (const word of talk) longest = word;
console.log(`The longest of ${await talk.result()} words: ${longest}`);

// Without end: the task is never more than a window ahead of this loop, and is cancelled when it is left.
let last = 0;
for await (const prime of client.stream(utils.primes)) {
  last = prime;
  if (prime > 1000) break;
}
// Drains: it would wait for ever for a task that goes on.
await server.stop();
console.log(`left after ${last}, and ${server.status().totals.cancelled} task was cancelled`);
