/**
 * Who comes to a busy server: how long a stranger's single task takes behind a backlog, and what few long items among
 * many tiny ones cost.
 *
 * @module
 */

import { Client, task } from "../mod.ts";
import { Pool } from "../workers/mod.ts";
import { BenchServer } from "./bench_server.ts";
import { type Row, spread, timeMs } from "./rows.ts";
import { functions } from "./with_client.ts";

const TINY = 1_000_000;
const SHORT = 3000;
const SHORT_MS = 20;
const STRANGERS = 9;

const LONG = 8;
const LONG_MS = 1000;
const AMONG = 2000;

/** The figures. */
export async function benchFairness(): Promise<Row[]> {
  return [...await strangers(), ...await longAmongTiny()];
}

async function strangers(): Promise<Row[]> {
  await using server = await BenchServer.start({ numWorkers: 2, queueCapacity: 2 * TINY });
  const behindTiny = await behind(
    server,
    (owner) => owner.map(functions.square, Array.from({ length: TINY }, (_, n) => n)),
  );
  const behindShort = await behind(server, (owner) => {
    return owner.map(functions.pause, Array.from({ length: SHORT }, () => SHORT_MS));
  });
  return [
    { figure: "a stranger's task behind a map of 1,000,000 tiny ones", unit: "ms", ...behindTiny, bar: 50 },
    { figure: "a stranger's task behind a map of 3,000 tasks of 20 ms", unit: "ms", ...behindShort, bar: 60 },
  ];
}

/** A task of another client, again and again while the backlog is there. */
async function behind(
  server: BenchServer,
  fill: (owner: Client) => Promise<unknown>,
): Promise<ReturnType<typeof spread>> {
  await using stranger = await Client.connect({ address: server.address, authkey: "bench" });
  // Its module is known, and a process of another kind than the owner's is what it needs each time.
  await stranger.run(functions.square, 7);
  const owner = await Client.connect({ address: server.address, authkey: "bench" });
  const times: number[] = [];
  try {
    const filled = fill(owner).then(() => true, () => false);
    while ((await stranger.status()).taskQueueSize < 500) await stranger.run(functions.square, 7);
    for (let n = 0; n < STRANGERS; n++) times.push(await timeMs(() => stranger.run(functions.square, 7)));
    if ((await stranger.status()).taskQueueSize === 0) throw new Error("Cannot count this: the backlog is gone");
    void filled;
  } finally {
    await owner.close();
  }
  return spread(times);
}

/** Eight seconds of work for four workers, among what takes no time. */
async function longAmongTiny(): Promise<Row[]> {
  await using server = await BenchServer.start({ numWorkers: 4 });
  await using client = await Client.connect({ address: server.address, authkey: "bench" });
  // Long ones stand in the middle of the others.
  const items = Array.from({ length: AMONG }, (_, n) => n % (AMONG / LONG) === 100 ? LONG_MS : 0);
  const module = client.with({ isolation: "module" });
  await using pool = new Pool(functions.pause);
  await Promise.all([0, 1, 2, 3].map(() => pool.addWorker("process")));
  const works: Record<string, () => Promise<unknown>> = {
    "map()": () => client.map(functions.pause, items),
    "execute() in chunks of 200": () => drain(client, items, 200),
    'execute(), isolation "module"': () => drain(module as Client, items, 1),
    'map(), isolation "module"': () => module.map(functions.pause, items),
    "Pool": () => pool.run(items),
  };
  const rows: Row[] = [];
  for (const [name, work] of Object.entries(works)) {
    const times: number[] = [];
    for (let round = 0; round < 3; round++) times.push(await timeMs(work) / 1000);
    rows.push({
      figure: `${LONG} items of 1 s among ${AMONG} tiny ones, 4 workers, ${name}`,
      unit: "s",
      ...spread(times),
      bar: 2.3,
    });
  }
  return rows;
}

async function drain(client: Client, items: readonly number[], chunkSize: number): Promise<void> {
  for await (
    const _ of client.execute(items.map((ms) => task(functions.pause, ms)), { chunkSize })
  ) { /* all of them */ }
}
