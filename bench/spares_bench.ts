/**
 * Fresh single-use processes that were started ahead, next to bare spawns.
 *
 * @module
 */

import { spawnAfterSpares } from "./bare_spawn.ts";
import { ratio, type Row, spread, timeMs } from "./rows.ts";
import { functions, withClient } from "./with_client.ts";

const RUNS = 30;
const WARM_UPS = 3;

/** One task that meets a spare. */
export async function benchSpares(): Promise<Row[]> {
  const spares: number[] = [];
  const spawns: number[] = [];
  await withClient(async (client) => {
    for (let run = -WARM_UPS; run < RUNS; run++) {
      const spawnMs = await spawnAfterSpares();
      const spareMs = await timeMs(() => client.run(functions.square, run));
      if (run < 0) continue;
      spawns.push(spawnMs);
      spares.push(spareMs);
    }
  });
  return [
    {
      figure: "run() that meets a spare, fresh single-use process",
      unit: "ms",
      ...spread(spares),
      bar: 3,
      shown: { chart: "latency", label: 'isolation "task", meets a spare', kind: "ours" },
    },
    { figure: "spare / bare spawn", unit: "×", ...ratio(spares, spawns), bar: 0.15, ratioOf: "bare spawn" },
  ];
}
