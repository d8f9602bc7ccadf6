/**
 * Tasks in fresh processes, next to bare spawns of an empty script in the same run.
 *
 * @module
 */

import { Client, remote, task } from "../mod.ts";
import { Server } from "../server.ts";
import { type Row, spread, timeMs } from "./rows.ts";

const functions = remote<typeof import("./functions.ts")>(import.meta.resolve("./functions.ts"));
const EMPTY = new URL("./empty.ts", import.meta.url).pathname;

/** A cold task may take this many times as long as a bare spawn. */
const COLD_BAR = 1.15;

/** Cold task, submit. */
export async function benchTasks(): Promise<Row[]> {
  await using server = await Server.start({ address: "127.0.0.1:0", authkey: "bench", logLevel: "none", spares: 0 });
  await using client = await Client.connect({ address: server.address, authkey: "bench" });
  return [...await coldTask(client), ...await submit()];
}

async function coldTask(client: Client): Promise<Row[]> {
  const bare: number[] = [];
  const cold: number[] = [];
  await client.run(functions.square, 0);
  // In turn, so that a change of the machine's speed meets both.
  for (let run = 0; run < 60; run++) {
    bare.push(await timeMs(bareSpawn));
    cold.push(await timeMs(() => client.run(functions.square, run)));
  }
  const ratios = cold.map((ms, i) => ms / bare[i]);
  return [
    { figure: "bare spawn of an empty script, until its exit", unit: "ms", ...spread(bare) },
    { figure: "run(), cold task in a fresh process, sequential", unit: "ms", ...spread(cold) },
    {
      figure: "cold task / bare spawn",
      unit: "×",
      value: spread(cold).value / spread(bare).value,
      min: spread(ratios).min,
      max: spread(ratios).max,
      bar: COLD_BAR,
      ratioOf: "bare spawn",
    },
  ];
}

/** Into a queue whose only worker is busy: what is measured is accepting. */
async function submit(): Promise<Row[]> {
  const runs: number[] = [];
  for (let run = 0; run < 5; run++) {
    await using server = await Server.start({
      address: "127.0.0.1:0",
      authkey: "bench",
      logLevel: "none",
      numWorkers: 1,
    });
    await using client = await Client.connect({ address: server.address, authkey: "bench" });
    await client.submit(() => new Promise(() => setInterval(() => {}, 1000)));
    const tasks = Array.from({ length: 10_000 }, (_, i) => task(functions.square, i));
    runs.push(await timeMs(() => client.submit(tasks)));
  }
  const perSecond = runs.map((ms) => 10_000 / (ms / 1000));
  return [{
    figure: "submit() of 10,000 tasks, acknowledged",
    unit: "tasks/s",
    ...spread(perSecond),
    bar: 100_000,
    least: true,
  }];
}

async function bareSpawn(): Promise<void> {
  await new Deno.Command(Deno.execPath(), {
    args: ["run", EMPTY],
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn().status;
}
