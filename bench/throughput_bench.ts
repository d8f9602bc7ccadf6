/**
 * Many tiny tasks and two workers, here and elsewhere.
 *
 * @module
 */

import type { TaskCaller } from "../mod.ts";
import { alternate } from "./alternate.ts";
import type { PeerProcess } from "./peers/peer_process.ts";
import { PEERS, startPeer } from "./peers/start_peer.ts";
import { ratio, type Row, spread } from "./rows.ts";
import { functions, withClient } from "./with_client.ts";
import { MANY_NUMBERS, SQUARES, timeSquares } from "./work.ts";

/** 10,000 squares: ours in two isolations, and each peer that is there. */
export async function benchThroughput(): Promise<Row[]> {
  await using peers = new AsyncDisposableStack();
  const there: PeerProcess[] = [];
  for (const name of PEERS) {
    const peer = peers.use(await startPeer(name));
    if (peer !== null) there.push(peer);
  }
  // Each isolation has a server: the idle processes of one would take the places of the spares of the other.
  const times = await withClient((client) =>
    withClient((shared) =>
      alternate({
        default: () => squaresMs(client),
        many: () => timeSquares((numbers) => client.map(functions.square, numbers), MANY_NUMBERS),
        module: () => squaresMs(shared.with({ isolation: "module" }), 1),
        ...Object.fromEntries(there.map((peer) => [peer.name, () => peer.ms("squares")])),
      } as Record<string, () => Promise<number>>, { rounds: 9, warmUps: 2 })
    )
  );
  const rate = (name: string) => times[name].map((ms) => SQUARES / ms * 1000);
  const rows: Row[] = [
    {
      figure: "10,000 tiny tasks, map() by default",
      unit: "tasks/s",
      ...spread(rate("default")),
      bar: 500_000,
      least: true,
      shown: { chart: "throughput", label: 'isolation "task", map() in chunks', kind: "ours" },
    },
    {
      figure: "100,000 tiny tasks, map() by default",
      unit: "tasks/s",
      ...spread(times.many.map((ms) => MANY_NUMBERS.length / ms * 1000)),
      bar: 500_000,
      least: true,
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
  ];
  if (times.Piscina === undefined) return rows;
  return [...rows, {
    figure: "map() by default / Piscina",
    unit: "×",
    ...ratio(rate("default"), rate("Piscina")),
    bar: 5,
    least: true,
    ratioOf: "Piscina",
  }, {
    figure: "shared / Piscina",
    unit: "×",
    ...ratio(rate("module"), rate("Piscina")),
    bar: 1.5,
    least: true,
    ratioOf: "Piscina",
  }];
}

function squaresMs(caller: TaskCaller, chunkSize?: number): Promise<number> {
  return timeSquares((numbers) => caller.map(functions.square, numbers, { chunkSize }));
}
