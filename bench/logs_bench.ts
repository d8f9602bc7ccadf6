/**
 * Lines of a task that computes and never yields: what they cost it, and how long they are on their way.
 *
 * @module
 */

import { remote } from "../mod.ts";
import type * as LogFunctions from "./log_functions.ts";
import { LINES } from "./log_functions.ts";
import { type Row, spread } from "./rows.ts";
import { withClient } from "./with_client.ts";

const { logWhileComputing } = remote<typeof LogFunctions>(import.meta.resolve("./log_functions.ts"));

const ROUNDS = 5;

/** A thousand lines in a second of computing. */
export async function benchLogs(): Promise<Row[]> {
  const shares: number[] = [];
  const ways: number[] = [];
  await withClient(async (client) => {
    for (let round = 0; round <= ROUNDS; round++) {
      const handle = await client.submit(logWhileComputing);
      const late: number[] = [];
      for await (const { text } of handle.logs) {
        late.push(performance.timeOrigin + performance.now() - Number(text.split(" ")[2]));
      }
      const spent = await handle.result();
      // The first warms up.
      if (round === 0) continue;
      shares.push(100 * spent / LINES);
      ways.push(late.sort((a, b) => a - b)[Math.floor(0.99 * late.length)]);
    }
  });
  return [
    {
      figure: "1,000 console.log() a second in a task that computes: of its time",
      unit: "%",
      ...spread(shares),
      bar: 5,
    },
    { figure: "a line's way to handle.logs meanwhile, p99", unit: "ms", ...spread(ways), bar: 100 },
  ];
}
