/**
 * BullMQ as a peer of the bench: see peer_process.ts for what it reads and writes. Its queue has a name that nobody else
 * uses, and is removed at the end.
 */

import { loadBullmq } from "./bullmq_library.ts";

const [workers, count] = Deno.args.map(Number);
const name = `palpable-bench-${crypto.randomUUID()}`;
const { bullmq, connect, version } = await loadBullmq();
const connections = [connect(), connect()];
const redis = /redis_version:(\S+)/.exec(await connections[0].info("server"))?.[1];

const queue = new bullmq.Queue(name, {
  connection: connections[0],
  defaultJobOptions: { removeOnComplete: true },
});
const events = new bullmq.QueueEvents(name, { connection: connections[1] });
await Promise.all([queue.waitUntilReady(), events.waitUntilReady()]);
const processes = await Promise.all(Array.from({ length: workers }, startWorker));

let left = 0;
let sum = 0;
let allDone = () => {};
events.on("completed", ({ returnvalue }) => {
  sum += Number(returnvalue);
  if (--left === 0) allDone();
});

console.log(JSON.stringify({ version: `${version} with Redis ${redis}` }));
for await (const _ of Deno.stdin.readable) console.log(JSON.stringify({ ms: await squaresMs() }));

await queue.obliterate({ force: true });
for (const process of processes) {
  await process.stdin.close();
  await process.status;
}
await events.close();
await queue.close();
for (const connection of connections) connection.disconnect();

async function startWorker(): Promise<Deno.ChildProcess> {
  const script = new URL("./bullmq_worker.ts", import.meta.url).pathname;
  const args = ["run", "-A", "--no-config", "--no-lock", "--quiet", script, name];
  const process = new Deno.Command(Deno.execPath(), { args, stdin: "piped", stdout: "piped" }).spawn();
  await process.stdout.getReader().read();
  return process;
}

async function squaresMs(): Promise<number> {
  left = count;
  sum = 0;
  const done = new Promise<void>((resolve) => allDone = resolve);
  const jobs = Array.from({ length: count }, (_, data) => ({ name: "square", data }));
  const from = performance.now();
  await queue.addBulk(jobs);
  await done;
  const ms = performance.now() - from;
  if (sum !== jobs.reduce((total, { data }) => total + data * data, 0)) {
    throw new Error("Cannot count a run whose squares are wrong");
  }
  return ms;
}
