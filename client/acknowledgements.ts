/**
 * Tells a server which results have arrived: together with what the client sends next, where that is soon.
 *
 * @module
 */

/** Ids in one message. */
export const MAX_IDS = 10_000;

/**
 * Turns of the microtask queue that acknowledgements wait for. Whoever awaited a result and calls again at once takes
 * fewer, and both leave in one write.
 */
const ACK_TURNS = 12;

/** Results that have arrived, of which the server was not told yet. */
export class Acknowledgements {
  #ids: string[] = [];
  #push: (ids: readonly string[]) => void;

  /** `push` sends so many ids at a time; without a connection they are lost, and the results expire in time. */
  constructor(push: (ids: readonly string[]) => void) {
    this.#push = push;
  }

  /** These have arrived. */
  add(ids: readonly string[]): void {
    if (this.#ids.length === 0) void this.#sendSoon();
    for (const id of ids) this.#ids.push(id);
  }

  /** Sends them now. */
  send(): void {
    if (this.#ids.length === 0) return;
    const ids = this.#ids;
    this.#ids = [];
    for (let from = 0; from < ids.length; from += MAX_IDS) this.#push(ids.slice(from, from + MAX_IDS));
  }

  async #sendSoon(): Promise<void> {
    for (let turn = 0; turn < ACK_TURNS; turn++) await null;
    this.send();
  }
}
