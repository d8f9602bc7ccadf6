/**
 * Cold tasks behind the second wall, next to the same without it.
 *
 * @module
 */

import { Client } from "../client.ts";
import { TaskError } from "../mod.ts";
import { Server } from "../server.ts";
import { alternate } from "./alternate.ts";
import { ratio, type Row, spread, timeMs } from "./rows.ts";
import { functions } from "./with_client.ts";
import { WORKERS } from "./work.ts";

/** A cold task behind the wall may take this many times as long as one without. */
const WALL_BAR = 1.5;

/** Nothing where there can be no wall: what is wrong is said on standard error. */
export async function benchWall(): Promise<Row[]> {
  await using stack = new AsyncDisposableStack();
  const start = async (wall: "none" | "bwrap") => {
    const options = { address: "127.0.0.1:0", authkey: "bench", logLevel: "none", numWorkers: WORKERS } as const;
    const server = stack.use(await Server.start({ ...options, spares: 0, wall }));
    return stack.use(await Client.connect({ address: server.address, authkey: "bench" }));
  };
  const without = await start("none");
  let behind: Client;
  try {
    behind = await start("bwrap");
  } catch (error) {
    if (!(error instanceof TaskError)) throw error;
    console.error(`The second wall is not measured: ${error.message}`);
    return [];
  }
  const { plain, walled } = await alternate({
    plain: () => timeMs(() => without.run(functions.square, 7)),
    walled: () => timeMs(() => behind.run(functions.square, 7)),
  }, { rounds: 60, warmUps: 3 });
  return [
    { figure: "run(), cold task behind the second wall", unit: "ms", ...spread(walled) },
    {
      figure: "cold task behind the second wall / without it",
      unit: "×",
      ...ratio(walled, plain),
      bar: WALL_BAR,
      ratioOf: "the same without it",
    },
  ];
}
