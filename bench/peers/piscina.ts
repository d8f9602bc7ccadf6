/**
 * Piscina: worker threads of the bench's own process, so nothing crosses a socket.
 *
 * @module
 */

import { Piscina } from "piscina";
import { timeMs } from "../rows.ts";
import { WORKERS } from "../with_client.ts";
import { checkSquares, NUMBERS, type Peer } from "./peer.ts";
import { versionOf } from "./version_of.ts";

/** A pool of it. */
export class PiscinaPeer implements Peer {
  readonly name = "Piscina";
  readonly version: string;
  #pool: Piscina;

  private constructor(version: string) {
    this.version = version;
    const filename = new URL("./squares.mjs", import.meta.url).href;
    this.#pool = new Piscina({ filename, minThreads: WORKERS, maxThreads: WORKERS });
  }

  /** Starts one. */
  static start(): PiscinaPeer {
    return new PiscinaPeer(versionOf("piscina"));
  }

  /** One task. */
  async run(name: "square" | "echo", value: unknown): Promise<unknown> {
    return await this.#pool.run(value, { name });
  }

  /** All numbers. */
  async squaresMs(): Promise<number> {
    let squares: unknown[] = [];
    const ms = await timeMs(async () => {
      squares = await Promise.all(NUMBERS.map((x) => this.#pool.run(x, { name: "square" })));
    });
    checkSquares(squares);
    return ms;
  }

  /** Ends its threads. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#pool.destroy();
  }
}
