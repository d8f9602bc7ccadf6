/**
 * Much data through a task, next to the codec alone and to a structured clone between threads.
 *
 * @module
 */

import { decode, encode } from "../wire/codec.ts";
import { alternate } from "./alternate.ts";
import { startPeer } from "./peers/start_peer.ts";
import { ratio, type Row, spread, timeMs } from "./rows.ts";
import { functions, withClient } from "./with_client.ts";
import { OBJECTS } from "./work.ts";

/** 10,000 objects there and back. */
export async function benchBulk(): Promise<Row[]> {
  await using piscina = await startPeer("Piscina");
  const times = await withClient((client) => {
    const module = client.with({ isolation: "module" });
    return alternate({
      run: () => timeMs(() => module.run(functions.echo, OBJECTS)),
      codec: () => timeMs(() => decode(encode(OBJECTS))),
      ...piscina !== null && { piscina: () => piscina.ms("echo") },
    } as Record<"run" | "codec" | "piscina", () => Promise<number>>, { rounds: 21, warmUps: 20 });
  });
  const rows: Row[] = [
    { figure: "echo of 10,000 objects through a task, warm", unit: "ms", ...spread(times.run) },
    {
      figure: "echo of 10,000 objects / (encode + decode)",
      unit: "×",
      ...ratio(times.run, times.codec),
      bar: 2.6,
      ratioOf: "encode + decode",
    },
  ];
  if (piscina === null) return rows;
  return [
    ...rows,
    { figure: "echo of 10,000 objects, Piscina", unit: "ms", ...spread(times.piscina) },
    {
      figure: "echo of 10,000 objects / Piscina",
      unit: "×",
      ...ratio(times.run, times.piscina),
      bar: 1,
      ratioOf: "Piscina",
    },
  ];
}
