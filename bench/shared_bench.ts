/**
 * Isolation `"module"`, next to bare echoes over a socket.
 *
 * @module
 */

import { alternate } from "./alternate.ts";
import { Echo } from "./peers/echo.ts";
import { ratio, type Row, spread, timeMs } from "./rows.ts";
import { functions, withClient } from "./with_client.ts";

/** Each is the median of 200: a single one takes so little time that the slowest only tells of the machine. */
const RUNS = 15;

/** One task in a process that is there. */
export async function benchShared(): Promise<Row[]> {
  const { run, echoes } = await withClient(async (client) => {
    const module = client.with({ isolation: "module" });
    await using echo = await Echo.start();
    const works = {
      run: () => timeMs(() => module.run(functions.square, 7)),
      // From the client to the server and on to the worker, and back.
      echoes: async () => 2 * await timeMs(() => echo.roundTrip()),
    };
    const medians: Record<keyof typeof works, number[]> = { run: [], echoes: [] };
    for (let run = 0; run < RUNS; run++) {
      const { run: tasks, echoes } = await alternate(works, { rounds: 200, warmUps: run === 0 ? 2000 : 0 });
      medians.run.push(spread(tasks).value);
      medians.echoes.push(spread(echoes).value);
    }
    return medians;
  });
  return [
    {
      figure: 'run() with isolation "module", medians of 200',
      unit: "ms",
      ...spread(run),
      shown: { chart: "latency", label: 'isolation "module"', kind: "ours" },
    },
    {
      figure: "two echo round trips on a bare socket, medians of 200",
      unit: "ms",
      ...spread(echoes),
      shown: { chart: "latency", label: "two echo round trips on a bare socket", kind: "limit" },
    },
    {
      figure: "shared run / two echo round trips",
      unit: "×",
      ...ratio(run, echoes),
      bar: 2,
      ratioOf: "two echo round trips",
    },
  ];
}
