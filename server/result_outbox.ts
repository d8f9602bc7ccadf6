/**
 * The results that one session awaits, and their way to it: pushed when known, no faster than the session reads, kept
 * by the cache until the session acknowledges them.
 *
 * @module
 */

import { TaskError } from "../core/errors.ts";
import { GrowingSet } from "../core/growing_set.ts";
import type { ItemResults } from "../engine/item_results.ts";
import type { Result } from "../engine/result.ts";
import { encode } from "../wire/codec.ts";
import type { WireResult } from "../wire/message.ts";
import { toWirePacked, valueAt } from "../wire/packed_values.ts";
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
  readonly awaited = new GrowingSet();
  /** Known and on their way, and not acknowledged: the cache counts this session as awaiting them. With their sizes. */
  #held = new Map<string, number>();
  /** The same of results of items. */
  #heldItems = new Map<ItemResults, number>();
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
  #readyItems: ItemResults[] = [];
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
    return this.awaited.size > 0 || this.#holdsAny;
  }

  get #holdsAny(): boolean {
    return this.#held.size + this.#heldItems.size > 0;
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
      if (!this.#holdsAny || taken === before) resolve();
      else this.#params.ticker.after(FAREWELL_MS, () => look(taken));
    };
    look(-1);
    return promise;
  }

  /** False when the session did not hold it. */
  release(id: string): boolean {
    return this.#release(this.#held, id);
  }

  /** Sends results of items of a map; they are the session's until they are released. */
  sendItems(results: ItemResults): void {
    if (this.#heldItems.has(results)) return;
    const bytes = results.values.bytes.length;
    this.#heldItems.set(results, bytes);
    this.#heldBytes += bytes;
    if (this.#patience === null) this.#watch();
    this.#readyItems.push(results);
    this.#pumpSoon();
  }

  /** The session has acknowledged them, or they are given up. */
  releaseItems(results: ItemResults): void {
    this.#release(this.#heldItems, results);
  }

  #release<Key>(held: Map<Key, number>, key: Key): boolean {
    const bytes = held.get(key);
    if (bytes === undefined) return false;
    held.delete(key);
    this.#heldBytes -= bytes;
    this.#released++;
    if (!this.#holdsAny) this.#onTaken();
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
    this.#pumpSoon();
  }

  #pumpSoon(): void {
    if (this.#isPumping) return;
    this.#isPumping = true;
    queueMicrotask(() => this.#pump());
  }

  async #pump(): Promise<void> {
    while (this.#ready.length + this.#readyItems.length > 0 && this.#peer.closeReason === null) {
      if (this.#ready.length > 0) this.#pushSome();
      const items = this.#readyItems.shift();
      // What was given up meanwhile is wanted by nobody.
      if (items !== undefined && this.#heldItems.has(items)) pushItems(this.#peer, items);
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

/**
 * In one push; where that is more than a message may be, each by itself, as a task's. The first comes last: all are
 * acknowledged by its number.
 */
function pushItems(peer: Peer, results: ItemResults): void {
  const { block, attempt, from, failed, values, startedAt, finishedAt } = results;
  const { submittedAt } = block.origin;
  const groupId = block.origin.group!.id;
  const first = block.firstNumber + from;
  try {
    peer.push("itemResults", [
      groupId,
      first,
      failed,
      toWirePacked(values),
      attempt,
      submittedAt,
      startedAt,
      finishedAt,
    ]);
  } catch (error) {
    if (!(error instanceof TaskError && error.code === "FRAME_TOO_LARGE")) throw error;
    for (let at = values.ends.length - 1; at >= 0; at--) {
      const status = failed?.[at] === 1 ? "failed" : "succeeded";
      const id = block.idOf(from + at);
      const times = [submittedAt, startedAt, finishedAt] as const;
      const one: WireResult = [id, status, attempt, valueAt(values, at), [], ...times, null, failed?.[at] === 1];
      for (const result of pushList(peer, "results", [one])) peer.push("results", [withoutData(result)]);
    }
  }
}

/** For a result that is larger than a message may be. */
function withoutData([id, , attempt, payload, , submittedAt, startedAt, finishedAt]: WireResult): WireResult {
  const message = `Cannot send the result: ${payload?.length} bytes are more than a message may hold`;
  const refusal = new TaskError("RESULT_TOO_LARGE", message);
  return [id, "failed", attempt, encode(refusal), [], submittedAt, startedAt, finishedAt];
}

/** A result in the form in which it is sent. */
export function toWire(result: Result): WireResult {
  const { id, origin, status, attempt, payload, followupIds, startedAt, finishedAt, raisedByTask } = result;
  const { submittedAt } = origin;
  // All but failures are shorter: there are many of them.
  return raisedByTask
    ? [id, status, attempt, payload, followupIds, submittedAt, startedAt, finishedAt, null, true]
    : [id, status, attempt, payload, followupIds, submittedAt, startedAt, finishedAt];
}
