/**
 * `execute` next to `map` over the same tasks, and what open queues cost.
 *
 * @module
 */

import { Client, remote, task } from "../mod.ts";
import { Server } from "../server.ts";
import { type Row, spread, timeMs } from "./rows.ts";

const functions = remote<typeof import("./functions.ts")>(import.meta.resolve("./functions.ts"));

const TASKS = 10_000;
const QUEUES = 1000;

/** `execute` may take this many times as long as `map`. */
const EXECUTE_BAR = 1.2;
/** Bytes of an open queue. */
const QUEUE_BAR = 2048;
/** With many open queues a call may take this many times as long as without. */
const LATENCY_BAR = 1.1;

/** Overhead of `execute`, cost of queues. */
export async function benchQueues(): Promise<Row[]> {
  await using server = await Server.start({
    address: "127.0.0.1:0",
    authkey: "bench",
    logLevel: "none",
    isolation: "module",
  });
  await using client = await Client.connect({ address: server.address, authkey: "bench" });
  return [...await executeNextToMap(client), await bytesPerQueue(client), ...await latencyWithQueues(client)];
}

async function executeNextToMap(client: Client): Promise<Row[]> {
  const numbers = Array.from({ length: TASKS }, (_, i) => i);
  const map: number[] = [];
  const execute: number[] = [];
  const ordered: number[] = [];
  const count = async (isOrdered: boolean) => {
    let results = 0;
    for await (const _ of client.execute(numbers.map((n) => task(functions.square, n)), { ordered: isOrdered })) {
      results++;
    }
    if (results !== TASKS) throw new Error(`${results} results of ${TASKS} tasks`);
  };
  // Processes and the runtime's own compiler warm up.
  for (let run = 0; run < 3; run++) {
    await client.map(functions.square, numbers, { chunkSize: 1 });
    await count(false);
    await count(true);
  }
  for (let run = 0; run < 9; run++) {
    map.push(await timeMs(() => client.map(functions.square, numbers, { chunkSize: 1 })));
    execute.push(await timeMs(() => count(false)));
    ordered.push(await timeMs(() => count(true)));
  }
  const ratio = (figure: string, values: number[]): Row => ({
    figure,
    unit: "×",
    ...spread(values.map((ms, i) => ms / map[i])),
    bar: EXECUTE_BAR,
    ratioOf: "map",
  });
  return [
    { figure: `map() of ${TASKS} tiny tasks, shared processes`, unit: "ms", ...spread(map) },
    { figure: `execute() of the same`, unit: "ms", ...spread(execute) },
    ratio("execute() / map()", execute),
    ratio("execute() in order / map()", ordered),
  ];
}

/** The heap before and after; the collector runs where it may be told to, else the figure is too high. */
async function bytesPerQueue(client: Client): Promise<Row> {
  const bytes: number[] = [];
  const { gc } = globalThis as { gc?: () => void };
  for (let run = 0; run < 5; run++) {
    gc?.();
    const before = Deno.memoryUsage().heapUsed;
    const queues = Array.from({ length: QUEUES }, () => client.makeQueue());
    gc?.();
    bytes.push((Deno.memoryUsage().heapUsed - before) / QUEUES);
    for (const queue of queues) await queue.close();
  }
  return { figure: `open queue, of ${QUEUES}`, unit: "bytes", ...spread(bytes), bar: QUEUE_BAR };
}

async function latencyWithQueues(client: Client): Promise<Row[]> {
  const without: number[] = [];
  const withQueues: number[] = [];
  await using used = client.makeQueue<number>();
  const call = async () => {
    await used.push(task(functions.square, 3));
    await used.pop();
  };
  for (let run = 0; run < 20; run++) {
    for (let i = 0; i < 20; i++) without.push(await timeMs(call));
    const queues = Array.from({ length: QUEUES }, () => client.makeQueue());
    for (let i = 0; i < 20; i++) withQueues.push(await timeMs(call));
    for (const queue of queues) await queue.close();
  }
  return [
    { figure: "push() and pop() of a tiny task", unit: "ms", ...spread(without) },
    {
      figure: `the same with ${QUEUES} more queues open`,
      unit: "×",
      value: spread(withQueues).value / spread(without).value,
      bar: LATENCY_BAR,
      ratioOf: "without",
    },
  ];
}
