/**
 * What grows with the number of connected clients. No figure has a bar.
 *
 * @module
 */

import { Client, remote, task } from "../mod.ts";
import { BenchServer } from "./bench_server.ts";
import { type Row, timeMs } from "./rows.ts";
import { latencyRows, statusDuring } from "./status_probe.ts";

const functions = remote<typeof import("./functions.ts")>(import.meta.resolve("./functions.ts"));

/** Tasks that all clients together submit, and that one of them has run. */
const TASKS = 10_000;
/** Handshakes at once. */
const AT_ONCE = 50;

/** Memory per client, cost per task, latency of an unrelated call. */
export async function benchClients(): Promise<Row[]> {
  const rows: Row[] = [];
  for (const count of [1, 10, 100, 1000]) rows.push(...await connected(count));
  return rows;
}

async function connected(count: number): Promise<Row[]> {
  await using server = await BenchServer.start({ numWorkers: 1, graceMs: 0 });
  await using stack = new AsyncDisposableStack();
  const first = stack.use(await connect(server));
  const shared = first.with({ isolation: "module" });
  await shared.map(functions.square, Array.from({ length: TASKS }, (_, i) => i), { chunkSize: 1 });
  const before = await server.memory();
  const clients = [first];
  while (clients.length < count) {
    const more = Array.from({ length: Math.min(AT_ONCE, count - clients.length) }, () => connect(server));
    for (const client of await Promise.all(more)) clients.push(stack.use(client));
  }
  const after = await server.memory();
  let runMs = 0;
  let acceptMs = 0;
  const latencies = await statusDuring(server.address, async () => {
    runMs = await timeMs(() =>
      shared.map(functions.square, Array.from({ length: TASKS }, (_, i) => i), { chunkSize: 1 })
    );
    const holder = await first.submit(() => new Promise(() => setInterval(() => {}, 1000)));
    const share = Array.from({ length: TASKS / count }, (_, i) => task(functions.square, i));
    acceptMs = await timeMs(() => Promise.all(clients.map((client) => client.submit(share))));
    await holder.cancel();
  });
  const what = `${count} client${count === 1 ? "" : "s"}`;
  const rows: Row[] = [
    { figure: `${what}: accept a task, submitted by all`, unit: "µs", value: acceptMs * 1000 / TASKS },
    { figure: `${what}: run a task, for one of them`, unit: "µs", value: runMs * 1000 / TASKS },
    ...latencyRows(`with ${what}`, latencies),
  ];
  if (count === 1) return rows;
  return [
    { figure: `${what}: memory per client`, unit: "B", value: (after.used - before.used) / (count - 1) },
    ...rows,
  ];
}

function connect(server: BenchServer): Promise<Client> {
  return Client.connect({ address: server.address, authkey: "bench" });
}
