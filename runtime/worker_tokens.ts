/**
 * The one-time tokens of processes that were started and have not connected yet.
 *
 * @module
 */

import { AuthenticationFailed } from "../core/errors.ts";
import type { TaskRun } from "./task_run.ts";

/** Which run a token stands for. */
export class WorkerTokens {
  #runs = new Map<string, TaskRun>();

  /** A process was started. */
  issue(run: TaskRun): void {
    this.#runs.set(run.token!.toHex(), run);
  }

  /**
   * The run of a token, which is good for this once.
   *
   * @throws {AuthenticationFailed} for a token that never was, or was used.
   */
  redeem(token: Uint8Array): TaskRun {
    const key = token.toHex();
    const run = this.#runs.get(key);
    if (run === undefined) throw new AuthenticationFailed("The worker's token is unknown or used");
    this.#runs.delete(key);
    return run;
  }

  /** The process is gone; a token that it did not use is void. */
  revoke(run: TaskRun): void {
    if (run.token !== null) this.#runs.delete(run.token.toHex());
  }
}
