/**
 * Tasks in fresh processes with nothing prepared, next to bare spawns of an empty script; and submitting.
 *
 * @module
 */

import { task } from "../mod.ts";
import { alternate } from "./alternate.ts";
import { bareSpawn } from "./bare_spawn.ts";
import { ratio, type Row, spread, timeMs } from "./rows.ts";
import { functions, withClient } from "./with_client.ts";

/** A cold task may take this many times as long as a bare spawn. */
const COLD_BAR = 1.15;

const SUBMITTED = 10_000;

/** Cold task, submit. */
export async function benchTasks(): Promise<Row[]> {
  return [...await coldTask(), await submit()];
}

async function coldTask(): Promise<Row[]> {
  const { bare, cold } = await withClient((client) =>
    alternate({
      bare: () => timeMs(bareSpawn),
      cold: () => timeMs(() => client.run(functions.square, 7)),
    }, { rounds: 60, warmUps: 3 }), { spares: 0 });
  return [
    {
      figure: "bare spawn of an empty script, until its exit",
      unit: "ms",
      ...spread(bare),
      shown: { chart: "latency", label: "bare spawn of an empty script", kind: "limit" },
    },
    {
      figure: "run(), cold task in a fresh process, sequential",
      unit: "ms",
      ...spread(cold),
      shown: { chart: "latency", label: 'isolation "task", nothing prepared', kind: "ours" },
    },
    { figure: "cold task / bare spawn", unit: "×", ...ratio(cold, bare), bar: COLD_BAR, ratioOf: "bare spawn" },
  ];
}

/** Into a queue whose only worker is busy: what is measured is accepting. */
async function submit(): Promise<Row> {
  const run = () =>
    withClient(async (client) => {
      await client.submit(() => new Promise(() => setInterval(() => {}, 1000)));
      const tasks = Array.from({ length: SUBMITTED }, (_, i) => task(functions.square, i));
      return await timeMs(() => client.submit(tasks));
    }, { numWorkers: 1 });
  const { times } = await alternate({ times: run }, { rounds: 7, warmUps: 1 });
  return {
    figure: "submit() of 10,000 tasks, acknowledged",
    unit: "tasks/s",
    ...spread(times.map((ms) => SUBMITTED / ms * 1000)),
    bar: 100_000,
    least: true,
  };
}
