/**
 * What a client knows of servers that stop. Being stopped is no outcome of what the client could submit again: it waits
 * until such a server has gone, and goes on with the next one at the address.
 *
 * @module
 */

import { isDoneWithin } from "../core/done_within.ts";
import { TaskError, TaskKilledByQuitSignal } from "../core/errors.ts";
import type { Peer } from "../wire/peer.ts";

/** Servers that stop, by the connection to each. */
export class StoppingServers {
  /** How many there have been. */
  count = 0;
  #stopping = new WeakSet<Peer>();
  /** Those that this client has told to stop. */
  #asked = new WeakSet<Peer>();
  #waitMs: number;

  /** What a stopping server refuses waits for so many milliseconds until it has gone. */
  constructor(waitMs: number) {
    this.#waitMs = waitMs;
  }

  /** The server stops. False when that was known. */
  add(peer: Peer): boolean {
    if (this.#stopping.has(peer)) return false;
    this.#stopping.add(peer);
    this.count++;
    return true;
  }

  /** True when the server has said that it stops. */
  has(peer: Peer): boolean {
    return this.#stopping.has(peer);
  }

  /** This client has told the server to stop: it does not wait for another. */
  asked(peer: Peer): void {
    this.#asked.add(peer);
  }

  /** True when this client has told the server to stop. */
  wasAsked(peer: Peer): boolean {
    return this.#asked.has(peer);
  }

  /**
   * Resolves when the server has gone.
   *
   * @throws its refusal, when it goes on for longer than the client waits for a server.
   */
  async whenGone(peer: Peer, refusal: unknown): Promise<void> {
    if (this.wasAsked(peer) || this.#waitMs <= 0) throw refusal;
    if (!await isDoneWithin(peer.closed, this.#waitMs)) throw refusal;
  }
}

/** True for what a server says that takes nothing new; what a pipeline's stage raised is no word of the server. */
export function isStopping(error: unknown): boolean {
  return error instanceof TaskError && error.code === "SERVER_STOPPING" && !Object.hasOwn(error, "stage");
}

/** The end of a wait for a task whose server stopped. */
export function killedByStop(cause?: unknown): TaskKilledByQuitSignal {
  if (cause === undefined) return new TaskKilledByQuitSignal();
  return new TaskKilledByQuitSignal("The server stopped before the task ended, and no other took its place in time", {
    cause,
  });
}
