/**
 * How long a server lets a call of `status` wait, seen from a process of its own.
 *
 * @module
 */

import { LineProcess } from "./line_process.ts";
import type { Row } from "./rows.ts";

/** Milliseconds between two calls. */
const EVERY_MS = 5;

/**
 * The latencies of the calls that this server answered while the work was done, in milliseconds, ascending. Nobody asks
 * before and after.
 */
export async function statusDuring(address: string, work: () => Promise<unknown>): Promise<number[]> {
  const program = import.meta.resolve("./status_program.ts");
  await using process = new LineProcess(["run", "-A", program, address, String(EVERY_MS)]);
  // Connected, and answered once.
  await process.readLine();
  await work();
  await process.writeLine("take");
  const latencies: number[] = JSON.parse(await process.readLine());
  return latencies.sort((a, b) => a - b);
}

/** Median and 99th percentile of ascending latencies; the bar is for the latter. */
export function latencyRows(when: string, latencies: readonly number[], bar?: number): Row[] {
  const at = (share: number) => latencies[Math.floor(latencies.length * share)];
  const p99: Row = { figure: `status() ${when}, p99`, unit: "ms", value: at(0.99), min: at(0), max: latencies.at(-1) };
  if (bar !== undefined) p99.bar = bar;
  return [{ figure: `status() ${when}, median`, unit: "ms", value: at(0.5) }, p99];
}
