/**
 * How long a server lets a call of `status` wait, seen from a process of its own.
 *
 * @module
 */

import { LineProcess } from "./line_process.ts";
import type { Row } from "./rows.ts";

/** Milliseconds between two calls. */
const EVERY_MS = 5;

/** Asks for the status every few milliseconds. */
export class StatusProbe implements AsyncDisposable {
  #process: LineProcess;

  private constructor(process: LineProcess) {
    this.#process = process;
  }

  /** Starts to ask the server at this address. */
  static async start(address: string): Promise<StatusProbe> {
    const program = import.meta.resolve("./status_program.ts");
    const process = new LineProcess(["run", "-A", program, address, String(EVERY_MS)]);
    // Connected: it has been answered.
    await process.readLine();
    return new StatusProbe(process);
  }

  /** The latencies of the calls that were answered while the work was done, in milliseconds, ascending. */
  async during(work: () => Promise<unknown>): Promise<number[]> {
    await this.#take();
    await work();
    return (await this.#take()).sort((a, b) => a - b);
  }

  /** Ends it. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#process[Symbol.asyncDispose]();
  }

  async #take(): Promise<number[]> {
    await this.#process.writeLine("take");
    return JSON.parse(await this.#process.readLine());
  }
}

/** Median and 99th percentile of ascending latencies; the bar is for the latter. */
export function latencyRows(when: string, latencies: readonly number[], bar?: number): Row[] {
  const at = (share: number) => latencies[Math.floor(latencies.length * share)];
  const p99: Row = { figure: `status() ${when}, p99`, unit: "ms", value: at(0.99), min: at(0), max: latencies.at(-1) };
  if (bar !== undefined) p99.bar = bar;
  return [{ figure: `status() ${when}, median`, unit: "ms", value: at(0.5) }, p99];
}
