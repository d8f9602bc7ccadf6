/**
 * A map as it is by default: its items share processes, a chunk each.
 *
 * @module
 */

import { spawnAfterSpares } from "./bare_spawn.ts";
import { type Row, spread, timeMs } from "./rows.ts";
import { functions, withClient } from "./with_client.ts";

const ITEMS = Array.from({ length: 1000 }, (_, i) => i);
const RUNS = 11;
const WARM_UPS = 2;

/** 1,000 tiny items. */
export async function benchMap(): Promise<Row[]> {
  const maps: number[] = [];
  const spawns: number[] = [];
  await withClient(async (client) => {
    for (let run = -WARM_UPS; run < RUNS; run++) {
      const spawnMs = await spawnAfterSpares();
      const mapMs = await timeMs(() => client.map(functions.square, ITEMS));
      if (run < 0) continue;
      spawns.push(spawnMs);
      maps.push(mapMs);
    }
  });
  return [{
    figure: "map() of 1,000 by default, warm",
    unit: "ms",
    ...spread(maps),
    bar: Math.max(60, 4 * spread(spawns).value),
  }];
}
