/**
 * What a bystander notices of the worst frames that a task without permissions can send. No figure of docs/figures.md.
 *
 * @module
 */

import { Client, remote } from "../mod.ts";
import { WORST } from "../tests/fixtures/hostile.ts";
import { BenchServer } from "./bench_server.ts";
import type { Row } from "./rows.ts";
import { latencyRows, statusDuring } from "./status_probe.ts";

const hostile = remote<typeof import("../tests/fixtures/hostile.ts")>(
  import.meta.resolve("../tests/fixtures/hostile.ts"),
);

/** A bystander's `status()` at the 99th percentile, in milliseconds. */
const BAR_MS = 50;

/** Latency of an unrelated call for each kind of frame. */
export async function benchFrames(): Promise<Row[]> {
  await using server = await BenchServer.start({ permissionCeiling: {} });
  await using client = await Client.connect({ address: server.address, authkey: "bench" });
  const rows: Row[] = [];
  for (const what of Object.keys(WORST)) {
    const latencies = await statusDuring(server.address, async () => {
      // Those that the server takes end by the limit; the others end their process.
      for (let times = 0; times < 3; times++) {
        await client.with({ timeoutMs: 1500 }).run(hostile.sendWorst, what).catch(() => {});
      }
    });
    rows.push(...latencyRows(`while a task sends ${what}`, latencies, BAR_MS));
  }
  return rows;
}
