/**
 * workerpool: worker threads too.
 *
 * @module
 */

import workerpool from "workerpool";
import { timeMs } from "../rows.ts";
import { WORKERS } from "../with_client.ts";
import { checkSquares, NUMBERS, type Peer } from "./peer.ts";
import { versionOf } from "./version_of.ts";

/** A pool of it. */
export class WorkerpoolPeer implements Peer {
  readonly name = "workerpool";
  readonly version: string;
  #pool: workerpool.Pool;

  private constructor(version: string) {
    this.version = version;
    const script = new URL("./workerpool_worker.mjs", import.meta.url).pathname;
    this.#pool = workerpool.pool(script, { workerType: "thread", minWorkers: WORKERS, maxWorkers: WORKERS });
  }

  /** Starts one. */
  static start(): WorkerpoolPeer {
    return new WorkerpoolPeer(versionOf("workerpool"));
  }

  /** All numbers. */
  async squaresMs(): Promise<number> {
    let squares: unknown[] = [];
    const ms = await timeMs(async () => {
      squares = await Promise.all(NUMBERS.map((x) => this.#pool.exec("square", [x])));
    });
    checkSquares(squares);
    return ms;
  }

  /** Ends its threads. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#pool.terminate();
  }
}
