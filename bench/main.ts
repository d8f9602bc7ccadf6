/**
 * `deno task bench`: every figure with its bar.
 *
 * - `--json` prints one JSON line per figure.
 * - `--only=codec,tasks` measures some parts: those of `parts` below.
 * - `--write` also puts the figures into docs/figures.md and docs/bench.svg.
 *
 * Exits with 1 when a bar is missed.
 */

import { parseArgs } from "@std/cli/parse-args";
import { benchCodec } from "./codec_bench.ts";
import { benchFairness } from "./fairness_bench.ts";
import { benchFrames } from "./frames_bench.ts";
import { benchGrowth } from "./growth_bench.ts";
import { benchIsolation } from "./isolation_bench.ts";
import { benchLimits } from "./limits_bench.ts";
import { benchLogs } from "./logs_bench.ts";
import { benchQueues } from "./queues_bench.ts";
import { holds, printRows, type Row } from "./rows.ts";
import { benchServlets } from "./servlets_bench.ts";
import { benchStore } from "./store_bench.ts";
import { benchStreams } from "./streams_bench.ts";
import { benchTasks } from "./tasks_bench.ts";
import { benchTight } from "./tight_bench.ts";
import { benchThroughput } from "./throughput_bench.ts";
import { benchWall } from "./wall_bench.ts";
import { benchWorkers } from "./workers_bench.ts";

const parts = {
  tasks: benchTasks,
  isolation: benchIsolation,
  wall: benchWall,
  tight: benchTight,
  throughput: benchThroughput,
  fairness: benchFairness,
  workers: benchWorkers,
  servlets: benchServlets,
  streams: benchStreams,
  logs: benchLogs,
  limits: benchLimits,
  codec: benchCodec,
  store: benchStore,
  growth: benchGrowth,
  frames: benchFrames,
  queues: benchQueues,
};

const args = parseArgs(Deno.args, { boolean: ["json", "write"], string: ["only"] });
const only = args.only?.split(",") ?? Object.keys(parts);
const unknown = only.filter((name) => !Object.hasOwn(parts, name));
if (unknown.length > 0) {
  throw new RangeError(`Cannot measure ${unknown.join(", ")}: the parts are ${Object.keys(parts).join(", ")}`);
}
if (args.write && args.only !== undefined) throw new TypeError("Cannot write a part of the figures: leave out --only");

// What was going on before the bench, not because of it.
const load = Deno.loadavg()[0];
const rows: Row[] = [];
for (const [name, bench] of Object.entries(parts)) {
  if (!only.includes(name)) continue;
  const some = await bench();
  printRows(some, args.json);
  rows.push(...some);
}
if (args.write) {
  const { writeFigures } = await import("./write_figures.ts");
  await writeFigures(rows, load);
}
if (!rows.every(holds)) Deno.exitCode = 1;
