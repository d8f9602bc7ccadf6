/**
 * The results that one session awaits, and their way to it: pushed when known, no faster than the session reads, kept
 * by the cache until the session acknowledges them.
 *
 * @module
 */

import { TaskError } from "../core/errors.ts";
import type { Result } from "../engine/task.ts";
import { encode } from "../wire/codec.ts";
import type { WireResult } from "../wire/message.ts";
import type { Peer } from "../wire/peer.ts";
import { pushList } from "../wire/push_list.ts";
import { FAREWELL_MS } from "../wire/peer.ts";
import { HIGH_WATER_BYTES } from "../wire/transport.ts";
import type { Alarm, Ticker } from "../core/ticker.ts";

/** Results in one push, at most. */
const RESULTS_PER_PUSH = 512;

/** A session that holds too much and takes nothing for this long, in milliseconds, is ended. */
export const PATIENCE_MS = 30_000;

/** What an outbox needs. */
export interface ResultOutboxParams {
  /** Gives a result out of the cache. */
  find(id: string): Result | undefined;
  ticker: Ticker;
  /** Bytes of results that a session may leave untaken. */
  maxBytes: number;
}

/** One session's awaited results. */
export class ResultOutbox {
  /** Awaited, and not known yet. */
  readonly awaited = new Set<string>();
  /** Known and on their way, and not acknowledged: the cache counts this session as awaiting them. With their sizes. */
  #held = new Map<string, number>();
  #heldBytes = 0;
  /** How many it has released so far. */
  #released = 0;
  /** Somebody waits until nothing is held. */
  #onTaken: () => void = () => {};
  /** Set while too much is held. */
  #patience: Alarm | null = null;
  #peer: Peer;
  #params: ResultOutboxParams;
  #ready: string[] = [];
  #isPumping = false;

  constructor(peer: Peer, params: ResultOutboxParams) {
    this.#peer = peer;
    this.#params = params;
  }

  /** Those that the session has not acknowledged. */
  get held(): Iterable<string> {
    return this.#held.keys();
  }

  /** True while there is any that the session awaits or has not acknowledged. */
  get isExpecting(): boolean {
    return this.awaited.size + this.#held.size > 0;
  }

  /** True for one that the session has not acknowledged. */
  holds(id: string): boolean {
    return this.#held.has(id);
  }

  /** From now on a result is the session's, until it is released: acknowledged, or given up. */
  hold({ id, payloadBytes }: Result): void {
    if (this.#held.has(id)) return;
    this.#held.set(id, payloadBytes);
    this.#heldBytes += payloadBytes;
    if (this.#patience === null) this.#watch();
  }

  /**
   * Resolves when the session has acknowledged all that is known and awaited, has ended, or has taken nothing for
   * {@linkcode FAREWELL_MS}.
   */
  whenTaken(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#onTaken = resolve;
    this.#peer.closed.then(() => resolve());
    const look = (before: number) => {
      const taken = this.#released + this.#peer.vitals.written;
      if (this.#held.size === 0 || taken === before) resolve();
      else this.#params.ticker.after(FAREWELL_MS, () => look(taken));
    };
    look(-1);
    return promise;
  }

  /** False when the session did not hold it. */
  release(id: string): boolean {
    const bytes = this.#held.get(id);
    if (bytes === undefined) return false;
    this.#held.delete(id);
    this.#heldBytes -= bytes;
    this.#released++;
    if (this.#held.size === 0) this.#onTaken();
    return true;
  }

  /** A session may be slow, and is served as long as it takes anything at all. */
  #watch(): void {
    const { ticker, maxBytes } = this.#params;
    this.#patience = null;
    if (this.#heldBytes < maxBytes || this.#peer.closeReason !== null) return;
    const before = this.#released;
    this.#patience = ticker.after(PATIENCE_MS, () => {
      if (this.#released === before && this.#heldBytes >= maxBytes) void this.#peer.close(notTaken(maxBytes));
      this.#watch();
    });
  }

  /** Sends a result that is in the cache; what is sent in one turn leaves in one push. */
  send(result: Result): void {
    this.awaited.delete(result.id);
    this.hold(result);
    this.#ready.push(result.id);
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
      const result = this.#params.find(this.#ready[batch.length]);
      if (result === undefined) {
        // Another session acknowledged it first.
        this.release(this.#ready[batch.length]);
        this.#ready.splice(batch.length, 1);
        continue;
      }
      const wire = toWire(result);
      batch.push(wire);
      bytes += wire[3]!.length;
    }
    this.#ready = this.#ready.slice(batch.length);
    if (batch.length === 0) return;
    for (const result of pushList(this.#peer, "results", batch)) this.#peer.push("results", [withoutData(result)]);
  }
}

function notTaken(maxBytes: number): TaskError {
  return new TaskError(
    "RESULTS_NOT_TAKEN",
    `Cannot keep more results for this client: it has left ${maxBytes} bytes of them untaken for ${PATIENCE_MS} ms; ask for less at a time, as execute() does, or raise resultRetentionMb`,
  );
}

/** For a result that is larger than a message may be. */
function withoutData([id, , attempt, payload, , submittedAt, startedAt, finishedAt]: WireResult): WireResult {
  const message = `Cannot send the result: ${payload?.length} bytes are more than a message may hold`;
  const refusal = new TaskError("RESULT_TOO_LARGE", message);
  return [id, "failed", attempt, encode(refusal), [], submittedAt, startedAt, finishedAt];
}

/** A result in the form in which it is sent. */
export function toWire(result: Result): WireResult {
  const { id, origin, status, attempt, payload, followupIds, startedAt, finishedAt } = result;
  return [id, status, attempt, payload, followupIds, origin.submittedAt, startedAt, finishedAt];
}
