/**
 * BullMQ as a peer of the bench: a queue in Redis, and worker processes. The queue has a name that nobody else uses, and
 * is removed at the end.
 */

import { timeMs } from "../rows.ts";
import { NUMBERS, timeSquares, WORKERS } from "../work.ts";
import { answerLines } from "./answer_lines.ts";
import { loadBullmq } from "./bullmq_library.ts";

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
const processes = await Promise.all(Array.from({ length: WORKERS }, startWorker));

let squares: number[] = [];
let left = 0;
let allDone = () => {};
events.on("completed", ({ returnvalue }) => {
  squares.push(Number(returnvalue));
  if (--left === 0) allDone();
});

await answerLines(`${version} with Redis ${redis}`, {
  squares: () => timeSquares(squareAll),
  submit,
});

for (const process of processes) {
  await process.stdin.close();
  await process.status;
}
await events.close();
await queue.obliterate({ force: true });
await queue.close();
for (const connection of connections) connection.disconnect();

async function startWorker(): Promise<Deno.ChildProcess> {
  const script = new URL("./bullmq_worker.ts", import.meta.url).pathname;
  const args = ["run", "-A", "--no-config", "--no-lock", "--quiet", script, name];
  const process = new Deno.Command(Deno.execPath(), { args, stdin: "piped", stdout: "piped" }).spawn();
  await process.stdout.getReader().read();
  return process;
}

async function squareAll(numbers: readonly number[]): Promise<number[]> {
  squares = [];
  left = numbers.length;
  const done = new Promise<void>((resolve) => allDone = resolve);
  await queue.addBulk(numbers.map((data) => ({ name: "square", data })));
  await done;
  // They come in the order in which they are done, and rise with their numbers.
  return squares.sort((a, b) => a - b);
}

/** Until all are accepted; none is worked on meanwhile. */
async function submit(): Promise<number> {
  await queue.pause();
  const ms = await timeMs(() => queue.addBulk(NUMBERS.map((data) => ({ name: "square", data }))));
  await queue.drain();
  await queue.resume();
  return ms;
}
