/**
 * A pool of mixed workers, restarted between two runs: each counts its calls since then.
 *
 * Prints:
 *
 *     0 true
 *     1 true
 *     2 true
 *     0 false
 *     1 false
 *     2 false
 *     10 calls since the restart
 *     0 1 4 9 16 25 36 49 64 81 100 121 144 169 196 225 256 289 324 361
 */
import { Client, remote } from "@palpable/palpable";
import { Server } from "@palpable/palpable/server";
import { Pool } from "@palpable/palpable/workers";

const range = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i);

const utils = remote<typeof import("./utils.ts")>(import.meta.resolve("./utils.ts"));
await using server = await Server.start({ address: "127.0.0.1:0", authkey: "secret", logLevel: "none" });
await using client = await Client.connect({ address: server.address, authkey: "secret" });

const pool = new Pool(utils.square, { name: "Simple Pool" });
for (const kind of ["thread", "process", "remote"] as const) await pool.addWorker(kind, { client });
for (const worker of pool.workers) console.log(worker.userId, worker.isAlive);

const results = await pool.run(range(0, 10));
// Workers are alive as long as the pool is open. They are started anew here, and run some more.
await pool.restartWorkers();
results.push(...await pool.run(range(10, 20)));
await pool.close();

for (const worker of pool.workers) console.log(worker.userId, worker.isAlive);
const calls = pool.workers.map(({ result }) => result as number);
console.log(calls.reduce((sum, count) => sum + count), "calls since the restart");
console.log(...results);
