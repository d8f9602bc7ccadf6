/** One worker process of a BullMQ queue, until its input ends. */

import { loadBullmq } from "./bullmq_library.ts";

/** With one job at a time, it waits for Redis most of the time and does half as much. More than this adds nothing. */
const CONCURRENCY = 100;

const { bullmq, connect } = await loadBullmq();
const connection = connect();
const worker = new bullmq.Worker(Deno.args[0], ({ data }) => Promise.resolve(data * data), {
  connection,
  concurrency: CONCURRENCY,
});
await worker.waitUntilReady();
console.log("ready");
for await (const _ of Deno.stdin.readable);
await worker.close();
connection.disconnect();
