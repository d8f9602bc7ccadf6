/**
 * Workers of each kind: once by hand, and once in a loop, because the handle is the same for all.
 *
 * Prints:
 *
 *     1 4 9
 *     [ 1, 4, 9, 16 ]
 */
import { Client, remote } from "@palpable/palpable";
import { Server } from "@palpable/palpable/server";
import { Worker, type WorkerKind } from "@palpable/palpable/workers";

const utils = remote<typeof import("./utils.ts")>(import.meta.resolve("./utils.ts"));
await using server = await Server.start({ address: "127.0.0.1:0", authkey: "secret", logLevel: "none" });
await using client = await Client.connect({ address: server.address, authkey: "secret" });

const thread = await Worker.create({ kind: "thread", target: utils.square, args: [1] });
const process = await Worker.create({ kind: "process", target: utils.square, args: [2] });
const distant = await Worker.create({ kind: "remote", target: utils.square, args: [3], client });
await Promise.all([thread.wait(), process.wait(), distant.wait()]);
console.log(thread.result, process.result, distant.result);

const kinds: WorkerKind[] = ["thread", "process", "remote", "inline"];
const workers = await Promise.all(
  kinds.map((kind, i) => Worker.create({ kind, target: utils.square, args: [i + 1], client })),
);
await Promise.all(workers.map((worker) => worker.wait()));
console.log(workers.map(({ result }) => result));
