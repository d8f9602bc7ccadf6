/** Adds up the invoices in a folder, and names those that are no invoices: `deno task start FOLDER`. */

import { Client, remote, task } from "@palpable/palpable";
import { Server } from "@palpable/palpable/server";

const { sumOf } = remote<typeof import("./invoice.ts")>(import.meta.resolve("./invoice.ts"));

const folder = await Deno.realPath(Deno.args[0]);
const files = (await Array.fromAsync(Deno.readDir(folder), ({ name }) => `${folder}/${name}`)).sort();

const authkey = crypto.randomUUID();
await using server = await Server.start({ address: "127.0.0.1:0", authkey, logLevel: "none" });
await using client = await Client.connect({ address: server.address, authkey });

const tasks = files.map((file) => task(sumOf, file).with({ permissions: { read: [file] }, timeoutMs: 10_000 }));
const results = await client.map(tasks, { settled: true, progress: true });

const bad = results.flatMap(({ error }, i) => error === undefined ? [] : [`${files[i]}: ${error}`]);
const cents = results.reduce((sum, { data }) => sum + (data ?? 0), 0);
console.log(`${results.length - bad.length} invoices, ${(cents / 100).toFixed(2)} in all`);
for (const line of bad) console.log(line);
Deno.exitCode = bad.length === 0 ? 0 : 1;
