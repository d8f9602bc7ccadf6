/**
 * The one-time tokens of processes that were started and have not connected yet.
 *
 * @module
 */

import { AuthenticationFailed } from "../core/errors.ts";
import type { Worker } from "./worker.ts";

/** Which worker a token stands for. */
export class WorkerTokens {
  #workers = new Map<string, Worker>();

  /** A process was started. */
  issue(worker: Worker): void {
    this.#workers.set(worker.token!.toHex(), worker);
  }

  /**
   * The worker of a token, which is good for this once.
   *
   * @throws {AuthenticationFailed} for a token that never was, or was used.
   */
  redeem(token: Uint8Array): Worker {
    const key = token.toHex();
    const worker = this.#workers.get(key);
    if (worker === undefined) throw new AuthenticationFailed("The worker's token is unknown or used");
    this.#workers.delete(key);
    return worker;
  }

  /** The process is gone; a token that it did not use is void. */
  revoke(worker: Worker): void {
    if (worker.token !== null) this.#workers.delete(worker.token.toHex());
  }
}
