/**
 * `deno task bench`: every figure with its bar. `--json` prints one JSON line per figure, `--only=codec`,
 * `--only=tasks` or `--only=isolation` a part of them. Exits with 1 when a bar is missed.
 */

import { benchCodec } from "./codec_bench.ts";
import { benchIsolation } from "./isolation_bench.ts";
import { holds, printRows } from "./rows.ts";
import { benchTasks } from "./tasks_bench.ts";

const parts = { codec: benchCodec, tasks: benchTasks, isolation: benchIsolation };
const only = Deno.args.find((arg) => arg.startsWith("--only="))?.slice("--only=".length);
const asJson = Deno.args.includes("--json");

let allHold = true;
for (const [name, bench] of Object.entries(parts)) {
  if (only !== undefined && only !== name) continue;
  const rows = await bench();
  printRows(rows, asJson);
  allHold &&= rows.every(holds);
}
if (!allHold) Deno.exit(1);
