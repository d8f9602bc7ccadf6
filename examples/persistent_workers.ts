/**
 * Workers that call their target for one input after the other.
 *
 * Prints:
 *
 *     4 [ 0, 9, 36, 81 ]
 *     3 [ 1, 16, 49 ]
 *     3 [ 4, 25, 64 ]
 */
import { Client, remote } from "@palpable/palpable";
import { Server } from "@palpable/palpable/server";
import { PersistentWorker, type WorkerKind } from "@palpable/palpable/workers";

const utils = remote<typeof import("./utils.ts")>(import.meta.resolve("./utils.ts"));
await using server = await Server.start({ address: "127.0.0.1:0", authkey: "secret", logLevel: "none" });
await using client = await Client.connect({ address: server.address, authkey: "secret" });

const kinds: WorkerKind[] = ["thread", "process", "remote"];
const workers = await Promise.all(
  kinds.map((kind) => PersistentWorker.create({ kind, target: utils.square, client })),
);
for (let x = 0; x < 10; x++) await workers[x % 3].enqueue(x);
for (const worker of workers) {
  await worker.wait();
  console.log(worker.result, await Array.fromAsync(worker.results()));
}
