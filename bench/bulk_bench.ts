/**
 * Much data through a task, next to the codec alone and to a structured clone between threads.
 *
 * @module
 */

import { decode, encode } from "../wire/codec.ts";
import { alternate } from "./alternate.ts";
import { PiscinaPeer } from "./peers/piscina.ts";
import { ratio, type Row, spread, timeMs } from "./rows.ts";
import { functions, withClient } from "./with_client.ts";

const VALUE = Array.from(
  { length: 10_000 },
  (_, id) => ({ id, name: `name ${id}`, tags: ["a", "b"], score: id / 3 }),
);

/** 10,000 objects there and back. */
export async function benchBulk(): Promise<Row[]> {
  const times = await withClient(async (client) => {
    const module = client.with({ isolation: "module" });
    await using piscina = PiscinaPeer.start();
    return await alternate({
      run: () => timeMs(() => module.run(functions.echo, VALUE)),
      codec: () => timeMs(() => decode(encode(VALUE))),
      piscina: () => timeMs(() => piscina.run("echo", VALUE)),
    }, { rounds: 21, warmUps: 5 });
  });
  return [
    { figure: "echo of 10,000 objects through a task, warm", unit: "ms", ...spread(times.run) },
    {
      figure: "echo of 10,000 objects / (encode + decode)",
      unit: "×",
      ...ratio(times.run, times.codec),
      bar: 2.6,
      ratioOf: "encode + decode",
    },
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
