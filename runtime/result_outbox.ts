/**
 * The results that one session awaits, and their way to it: pushed when known, no faster than the session reads, kept
 * by the cache until the session acknowledges them.
 *
 * @module
 */

import { NotSendable } from "../core/errors.ts";
import type { Result } from "../core/task.ts";
import { encode } from "../wire/codec.ts";
import type { WireResult } from "../wire/message.ts";
import type { Peer } from "../wire/peer.ts";
import { HIGH_WATER_BYTES } from "../wire/transport.ts";

/** Results in one push, at most. */
const RESULTS_PER_PUSH = 512;

/** One session's awaited results. */
export class ResultOutbox {
  /** Awaited, and not known yet. */
  readonly awaited = new Set<string>();
  /** Known and on their way, and not acknowledged; the cache counts this session as awaiting them. */
  readonly unacknowledged = new Set<string>();
  #peer: Peer;
  #find: (id: string) => Result | undefined;
  #ready: string[] = [];
  #isPumping = false;

  /** `find` gives a result out of the cache. */
  constructor(peer: Peer, find: (id: string) => Result | undefined) {
    this.#peer = peer;
    this.#find = find;
  }

  /** Sends a result that is in the cache; what is sent in one turn leaves in one push. */
  send(id: string): void {
    this.awaited.delete(id);
    this.unacknowledged.add(id);
    this.#ready.push(id);
    if (this.#isPumping) return;
    this.#isPumping = true;
    queueMicrotask(() => this.#pump());
  }

  async #pump(): Promise<void> {
    while (this.#ready.length > 0 && this.#peer.closeReason === null) {
      this.#pushSome();
      if (this.#peer.bufferedBytes >= HIGH_WATER_BYTES) await this.#peer.drained();
    }
    this.#isPumping = false;
  }

  #pushSome(): void {
    const batch: WireResult[] = [];
    let bytes = 0;
    while (this.#ready.length > batch.length && batch.length < RESULTS_PER_PUSH && bytes < HIGH_WATER_BYTES) {
      const result = this.#find(this.#ready[batch.length]);
      if (result === undefined) {
        // Another session acknowledged it first.
        this.unacknowledged.delete(this.#ready[batch.length]);
        this.#ready.splice(batch.length, 1);
        continue;
      }
      const wire = toWire(result);
      batch.push(wire);
      bytes += wire[3]!.length;
    }
    this.#ready = this.#ready.slice(batch.length);
    if (batch.length === 0) return;
    for (const result of this.#peer.pushList("results", batch)) this.#peer.push("results", [withoutData(result)]);
  }
}

/** For a result that is larger than a message may be. */
function withoutData([id, , attempt, payload, , submittedAt, startedAt, finishedAt]: WireResult): WireResult {
  const message = `Cannot send the result: ${payload?.length} bytes are more than a message may hold`;
  const refusal = new NotSendable(message, "$", "RESULT_NOT_SENDABLE");
  return [id, "failed", attempt, encode(refusal), [], submittedAt, startedAt, finishedAt];
}

/** A result in the form in which it is sent. */
export function toWire(result: Result): WireResult {
  const { id, origin, status, attempt, payload, followupIds, startedAt, finishedAt } = result;
  return [id, status, attempt, payload, followupIds, origin.submittedAt, startedAt, finishedAt];
}
