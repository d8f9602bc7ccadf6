/**
 * What limits by key cost: tasks that name one of 10,000 keys next to tasks that name none, in turn. No key makes a task
 * wait, so that what is measured is what the limits themselves take.
 *
 * @module
 */

import { Client, task } from "../mod.ts";
import { alternate } from "./alternate.ts";
import { BenchServer } from "./bench_server.ts";
import { ratio, type Row, spread, timeMs } from "./rows.ts";
import { functions } from "./with_client.ts";

const KEYS = 10_000;
const ROUNDS = 9;

const BAR = 1.5;

/** The figures. */
export async function benchLimits(): Promise<Row[]> {
  await using server = await BenchServer.start({ numWorkers: 2, isolation: "module" });
  await using client = await Client.connect({ address: server.address, authkey: "bench" });
  const plain = Array.from({ length: KEYS }, (_, n) => task(functions.square, n).with({ priority: 0 }));
  const limited = plain.map((task, n) => task.with({ limit: { key: `key ${n}`, concurrency: 1 } }));
  const { without, withKeys } = await alternate({
    without: () => timeMs(() => client.map(plain)),
    withKeys: () => timeMs(() => client.map(limited)),
  }, { rounds: ROUNDS, warmUps: 2 });
  return [
    {
      figure: "10,000 tasks, each with a key of its own",
      unit: "/s",
      ...spread(withKeys.map((ms) => KEYS / ms * 1000)),
    },
    {
      figure: "10,000 tasks, each with a key of its own, time",
      unit: "×",
      ratioOf: "tasks without a limit",
      bar: BAR,
      ...ratio(withKeys, without),
    },
    {
      figure: "what a key costs a task",
      unit: "µs",
      detail: true,
      ...spread(withKeys.map((ms, at) => 1000 * (ms - without[at]) / KEYS)),
    },
  ];
}
