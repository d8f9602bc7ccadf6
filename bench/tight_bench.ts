/**
 * One task after the other, and very many at once, in processes that are there: what a task costs beyond its way.
 *
 * @module
 */

import type { TaskCaller } from "../mod.ts";
import { Echo } from "./peers/echo.ts";
import { ratio, type Row, spread, timeMs } from "./rows.ts";
import { functions, withClient } from "./with_client.ts";

/** Rounds of one loop; those before the last thousand warm up. */
const ROUNDS = 1500;
const COUNTED = 1000;
/** What goes there and back. */
const BYTES = 120;
const CONCURRENT = 10_000;
const LOOPS = 7;
/** The runtime's own compiler takes its time with what so many tasks go through. */
const WARM_UPS = 3;

/** A warm run in a tight loop; 10,000 of them at once. */
export async function benchTight(): Promise<Row[]> {
  const { runs, echoes, rates } = await withClient(async (client) => {
    const module = client.with({ isolation: "module" });
    await using echo = await Echo.start(BYTES);
    const text = "x".repeat(BYTES);
    const runs: number[] = [];
    const echoes: number[] = [];
    const rates: number[] = [];
    for (let loop = 0; loop < WARM_UPS; loop++) await concurrent(module);
    for (let loop = 0; loop < LOOPS; loop++) {
      runs.push(await medianOf(() => module.run(functions.echo, text)));
      echoes.push(2 * await medianOf(() => echo.roundTrip()));
      rates.push(await concurrent(module));
    }
    return { runs, echoes, rates };
  });
  return [
    { figure: `run() in a tight loop, medians of ${COUNTED}`, unit: "ms", ...spread(runs) },
    { figure: `two echo round trips in a tight loop, medians of ${COUNTED}`, unit: "ms", ...spread(echoes) },
    {
      figure: "run() / two echo round trips, in tight loops",
      unit: "×",
      ...ratio(runs, echoes),
      bar: 4,
      ratioOf: "two echo round trips",
    },
    {
      figure: `${CONCURRENT.toLocaleString("en")} run() at once, isolation "module"`,
      unit: "tasks/s",
      ...spread(rates),
      bar: 50_000,
      least: true,
    },
  ];
}

async function medianOf(work: () => Promise<unknown>): Promise<number> {
  const times: number[] = [];
  for (let round = 0; round < ROUNDS; round++) times.push(await timeMs(work));
  return spread(times.slice(-COUNTED)).value;
}

async function concurrent(caller: TaskCaller): Promise<number> {
  const numbers = Array.from({ length: CONCURRENT }, (_, n) => n);
  const ms = await timeMs(async () => {
    const squares = await Promise.all(numbers.map((n) => caller.run(functions.square, n)));
    if (squares.some((square, n) => square !== n * n)) throw new Error("Cannot count a run whose squares are wrong");
  });
  return CONCURRENT / ms * 1000;
}
