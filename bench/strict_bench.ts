/**
 * Strict isolation, a process for each item of a map, next to bare spawns at the same parallelism.
 *
 * @module
 */

import { alternate } from "./alternate.ts";
import { bareSpawns } from "./bare_spawn.ts";
import { ratio, type Row, spread, timeMs } from "./rows.ts";
import { functions, withClient } from "./with_client.ts";
import { WORKERS } from "./work.ts";

const ITEMS = Array.from({ length: 500 }, (_, i) => i);

/** Tasks a second, and the share of the bare spawns a second. */
export async function benchStrict(): Promise<Row[]> {
  const times = await withClient(async (client) => {
    await client.run(functions.square, 0);
    return await alternate({
      bare: () => timeMs(() => bareSpawns(ITEMS.length, WORKERS)),
      strict: () => timeMs(() => client.map(functions.square, ITEMS, { chunkSize: 1 })),
    }, { rounds: 3, warmUps: 0 });
  }, { spares: 0 });
  const [bare, strict] = [times.bare, times.strict].map((all) => all.map((ms) => ITEMS.length / ms * 1000));
  return [
    {
      figure: "500 bare spawns, 2 at a time",
      unit: "spawns/s",
      ...spread(bare),
      shown: { chart: "throughput", label: "bare spawns, 2 at a time", kind: "limit" },
    },
    {
      figure: "map() of 500, chunkSize 1, a process each",
      unit: "tasks/s",
      ...spread(strict),
      shown: { chart: "throughput", label: 'isolation "task", a process each', kind: "ours" },
    },
    {
      figure: "strict isolation / bare spawns at the same parallelism",
      unit: "×",
      ...ratio(strict, bare),
      bar: 0.85,
      least: true,
      ratioOf: "bare spawns per second",
    },
  ];
}
