/**
 * Isolation `"module"`, next to bare echoes over a socket.
 *
 * @module
 */

import { alternate } from "./alternate.ts";
import { Echo } from "./peers/echo.ts";
import { ratio, type Row, spread, timeMs } from "./rows.ts";
import { functions, withClient } from "./with_client.ts";

/** One task in a process that is there. */
export async function benchShared(): Promise<Row[]> {
  const { run, echo } = await withClient(async (client) => {
    const module = client.with({ isolation: "module" });
    await using echo = await Echo.start();
    return await alternate({
      run: () => timeMs(() => module.run(functions.square, 7)),
      echo: () => timeMs(() => echo.roundTrip()),
    }, { rounds: 2000, warmUps: 2000 });
  });
  // From the client to the server and on to the worker, and back.
  const echoes = echo.map((ms) => 2 * ms);
  return [
    {
      figure: 'run() with isolation "module"',
      unit: "ms",
      ...spread(run),
      shown: { chart: "latency", label: 'isolation "module"', kind: "ours" },
    },
    {
      figure: "two echo round trips on a bare socket",
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
