/**
 * `execute` next to `map` over the same tasks, and what open queues cost.
 *
 * @module
 */

import { type Client, task, type TaskQueue } from "../mod.ts";
import { ratio, type Row, spread, timeMs } from "./rows.ts";
import { functions, withClient } from "./with_client.ts";

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
  return await withClient(async (client) => [
    ...await executeNextToMap(client),
    await bytesPerQueue(client),
    ...await latencyWithQueues(client),
  ], { isolation: "module" });
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
  for (let run = 0; run < 15; run++) {
    map.push(await timeMs(() => client.map(functions.square, numbers, { chunkSize: 1 })));
    execute.push(await timeMs(() => count(false)));
    ordered.push(await timeMs(() => count(true)));
  }
  return [
    { figure: `map() of ${TASKS} tiny tasks, shared processes`, unit: "ms", ...spread(map) },
    { figure: `execute() of the same`, unit: "ms", ...spread(execute) },
    { figure: "execute() / map()", unit: "×", ...ratio(execute, map), bar: EXECUTE_BAR, ratioOf: "map()" },
    { figure: "execute() in order / map()", unit: "×", ...ratio(ordered, map), bar: EXECUTE_BAR, ratioOf: "map()" },
  ];
}

/** What the heap holds more; garbage is collected before each look, for which the engine's own collector is asked for. */
async function bytesPerQueue(client: Client): Promise<Row> {
  const bytes: number[] = [];
  // All are open until the end: what one run frees would be taken off the next one's.
  const queues: TaskQueue[] = [];
  for (let run = 0; run < 5; run++) {
    const before = await heapUsed();
    for (let n = 0; n < QUEUES; n++) queues.push(client.makeQueue());
    bytes.push((await heapUsed() - before) / QUEUES);
  }
  for (const queue of queues) await queue.close();
  return { figure: `memory of an open queue, of ${QUEUES}`, unit: "bytes", ...spread(bytes), bar: QUEUE_BAR };
}

async function heapUsed(): Promise<number> {
  const { setFlagsFromString } = await import("node:v8");
  const { runInNewContext } = await import("node:vm");
  setFlagsFromString("--expose-gc");
  const gc = runInNewContext("gc") as () => void;
  // Finalizers run between two collections.
  for (let run = 0; run < 3; run++) {
    gc();
    await new Promise((resolve) => setTimeout(resolve));
  }
  return Deno.memoryUsage().heapUsed;
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
      value: ratio(withQueues, without).value,
      bar: LATENCY_BAR,
      ratioOf: "without",
    },
  ];
}
