/**
 * The server of a bench, as the bench sees it: a process of its own that tells how much memory it needs.
 *
 * @module
 */

import type { ServerOptions } from "../server.ts";
import { LineProcess } from "./line_process.ts";

/** Memory of a server's process, in bytes. */
export interface ServerMemory {
  /** Resident. */
  rss: number;
  /** V8's heap in use, and what hangs on it outside: array buffers. */
  used: number;
}

/** How late the event loop of a server got to a timer of a millisecond: a turn took so long, or other processes ran. */
export interface Turns {
  longestMs: number;
  /** Of a thousand looks, all but one. */
  p999Ms: number;
}

/** A server process. */
export class BenchServer implements AsyncDisposable {
  readonly address: string;
  #process: LineProcess;

  private constructor(process: LineProcess, address: string) {
    this.#process = process;
    this.address = address;
  }

  /** Starts one; disposing of it ends it with all its tasks. */
  static async start(options: ServerOptions = {}): Promise<BenchServer> {
    const args = ["run", "-A", "--v8-flags=--expose-gc", import.meta.resolve("./server_program.ts")];
    const process = new LineProcess([...args, JSON.stringify(options)]);
    return new BenchServer(process, await process.readLine());
  }

  /** What it holds once its garbage is gone. */
  async memory(): Promise<ServerMemory> {
    await this.#process.writeLine("memory");
    return JSON.parse(await this.#process.readLine());
  }

  /** How long its event loop was held up since this was asked last; measured from the first time on. */
  async turns(): Promise<Turns> {
    await this.#process.writeLine("turns");
    return JSON.parse(await this.#process.readLine());
  }

  /** Ends it. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#process[Symbol.asyncDispose]();
  }
}
