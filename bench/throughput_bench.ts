/**
 * Many tiny tasks and two workers, here and elsewhere.
 *
 * @module
 */

import type { TaskCaller } from "../mod.ts";
import { alternate } from "./alternate.ts";
import { startBullmq } from "./peers/bullmq.ts";
import { startMultiprocessing } from "./peers/multiprocessing.ts";
import { checkSquares, NUMBERS, type Peer, PeerMissing, SQUARES } from "./peers/peer.ts";
import { PiscinaPeer } from "./peers/piscina.ts";
import { WorkerpoolPeer } from "./peers/workerpool.ts";
import { ratio, type Row, spread, timeMs } from "./rows.ts";
import { functions, withClient } from "./with_client.ts";

const STARTS: Record<string, () => Peer | Promise<Peer>> = {
  Piscina: PiscinaPeer.start,
  workerpool: WorkerpoolPeer.start,
  "multiprocessing.Pool": startMultiprocessing,
  BullMQ: startBullmq,
};

/** 10,000 squares: ours in two isolations, and each peer that is there. */
export async function benchThroughput(): Promise<Row[]> {
  await using peers = new AsyncDisposableStack();
  const there: Peer[] = [];
  for (const [name, start] of Object.entries(STARTS)) {
    try {
      there.push(peers.use(await start()));
    } catch (error) {
      if (!(error instanceof PeerMissing)) throw error;
      console.error(`${name} is not measured: ${error.message}`);
    }
  }
  const times = await withClient((client) =>
    alternate({
      default: () => squaresMs(client),
      module: () => squaresMs(client.with({ isolation: "module" }), 1),
      ...Object.fromEntries(there.map((peer) => [peer.name, () => peer.squaresMs()])),
    } as Record<string, () => Promise<number>>, { rounds: 9, warmUps: 2 })
  );
  const rate = (name: string) => times[name].map((ms) => SQUARES / ms * 1000);
  return [
    {
      figure: "10,000 tiny tasks, map() by default",
      unit: "tasks/s",
      ...spread(rate("default")),
      shown: { chart: "throughput", label: 'isolation "task", map() in chunks', kind: "ours" },
    },
    {
      figure: '10,000 tiny tasks, isolation "module", chunkSize 1',
      unit: "tasks/s",
      ...spread(rate("module")),
      shown: { chart: "throughput", label: 'isolation "module"', kind: "ours" },
    },
    ...there.map(({ name, version }): Row => ({
      figure: `10,000 tiny tasks, ${name}`,
      unit: "tasks/s",
      ...spread(rate(name)),
      shown: { chart: "throughput", label: name, kind: "peer" },
      peer: `${name} ${version}`,
    })),
    {
      figure: "shared / Piscina",
      unit: "×",
      ...ratio(rate("module"), rate("Piscina")),
      bar: 1.5,
      least: true,
      ratioOf: "Piscina",
    },
  ];
}

async function squaresMs(caller: TaskCaller, chunkSize?: number): Promise<number> {
  let squares: number[] = [];
  const ms = await timeMs(async () => {
    squares = await caller.map(functions.square, NUMBERS, { chunkSize });
  });
  checkSquares(squares);
  return ms;
}
