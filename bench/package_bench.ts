/**
 * A map whose module imports an npm package: processes that are shared, next to those that only its items share.
 *
 * @module
 */

import { alternate } from "./alternate.ts";
import { remote } from "../mod.ts";
import { ratio, type Row, spread, timeMs } from "./rows.ts";
import { withClient } from "./with_client.ts";

const { inWords } = remote<typeof import("./package_function.ts")>(import.meta.resolve("./package_function.ts"));

const ITEMS = Array.from({ length: 60 }, (_, i) => i);

/** Milliseconds for a map of 60, in two isolations. */
export async function benchPackage(): Promise<Row[]> {
  // Each isolation has a server: the idle processes of one would take the places of the spares of the other.
  const { task, module } = await withClient((client) =>
    withClient((other) =>
      alternate({
        task: () => timeMs(() => client.map(inWords, ITEMS)),
        module: () => timeMs(() => other.with({ isolation: "module" }).map(inWords, ITEMS)),
      }, { rounds: 9, warmUps: 2 })
    )
  );
  return [
    { figure: "map() of 60 with an npm package", unit: "ms", ...spread(task), detail: true },
    { figure: 'map() of 60 with an npm package, isolation "module"', unit: "ms", ...spread(module), detail: true },
    {
      figure: 'map() of 60 with an npm package, isolation "module" / default isolation',
      unit: "×",
      ...ratio(module, task),
      bar: 1.5,
      ratioOf: "the same in the default isolation",
    },
  ];
}
