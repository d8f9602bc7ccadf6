/**
 * Results that wait to be taken.
 *
 * - A result leaves when somebody acknowledges it (take-once that a lost reply cannot lose), when it is older than the
 *   retention, or when a newer one needs its place.
 * - A result that somebody awaits is never dropped, whatever the capacity; its retention starts when nobody does.
 *
 * @module
 */

import { type Linked, LinkedList } from "./linked_list.ts";
import { ShardedMap } from "./sharded_map.ts";
import type { Result } from "./task.ts";

interface Entry extends Linked<Entry> {
  readonly result: Result;
  awaiters: number;
  /** Monotonic milliseconds; meaningful while nobody awaits. */
  expiresAt: number;
}

/** Finished results by task id. */
export class ResultCache {
  #capacity: number;
  #retentionMs: number;
  #maxBytes: number;
  #entries = new ShardedMap<Entry>();
  /** Those that nobody awaits, in order of expiry: retention is the same for all and entries come in at the end. */
  #retained = new LinkedList<Entry>();
  #retainedCount = 0;
  #retainedBytes = 0;

  /**
   * Keeps at most `capacity` results that nobody awaits, each for at most `retentionMs`, and of `maxBytes` together; the
   * newest is kept whatever its size.
   */
  constructor(capacity: number, retentionMs: number, maxBytes = Infinity) {
    this.#capacity = capacity;
    this.#retentionMs = retentionMs;
    this.#maxBytes = maxBytes;
  }

  /** How many results are kept, awaited ones included. */
  get length(): number {
    return this.#entries.size;
  }

  /** Stores a result that `awaiters` sessions await. The oldest that nobody awaits makes room where needed. */
  add(result: Result, awaiters: number, now: number): void {
    const entry: Entry = { result, awaiters, expiresAt: 0, before: null, after: null };
    this.#entries.set(result.id, entry);
    if (awaiters === 0) this.#retain(entry, now);
  }

  /** The result, left in place; undefined when unknown, expired or taken. */
  peek(id: string, now: number): Result | undefined {
    const entry = this.#entries.get(id);
    return entry !== undefined && (entry.awaiters > 0 || entry.expiresAt > now) ? entry.result : undefined;
  }

  /** Removes a result for good: it arrived where it was wanted. True when it was there. */
  take(id: string): boolean {
    const entry = this.#entries.get(id);
    if (entry === undefined) return false;
    if (entry.awaiters === 0) this.#unretain(entry);
    return this.#entries.delete(id);
  }

  /** Somebody has this result, who had awaited it or not. It leaves unless others still await it. */
  acknowledge(id: string, wasAwaited: boolean): void {
    const entry = this.#entries.get(id);
    if (entry === undefined) return;
    if (!wasAwaited && entry.awaiters === 0) this.#unretain(entry);
    else if (wasAwaited && entry.awaiters > 0) entry.awaiters--;
    if (entry.awaiters === 0) this.#entries.delete(id);
  }

  /** One more session awaits this result. */
  addAwaiter(id: string): void {
    const entry = this.#entries.get(id);
    if (entry !== undefined && entry.awaiters++ === 0) this.#unretain(entry);
  }

  /** One session less awaits this result; when it was the last, the retention starts. */
  removeAwaiter(id: string, now: number): void {
    const entry = this.#entries.get(id);
    if (entry !== undefined && entry.awaiters > 0 && --entry.awaiters === 0) this.#retain(entry, now);
  }

  /** Drops what has expired; returns when to look again, or null when nothing waits to expire. */
  expire(now: number): number | null {
    for (let oldest = this.#retained.first; oldest !== null; oldest = this.#retained.first) {
      if (oldest.expiresAt > now) return oldest.expiresAt;
      this.take(oldest.result.id);
    }
    return null;
  }

  #retain(entry: Entry, now: number): void {
    entry.expiresAt = now + this.#retentionMs;
    this.#retained.push(entry);
    this.#retainedCount++;
    this.#retainedBytes += entry.result.payloadBytes;
    if (this.#retainedCount > this.#capacity) this.take(this.#retained.first!.result.id);
    while (this.#retainedBytes > this.#maxBytes && this.#retainedCount > 1) this.take(this.#retained.first!.result.id);
  }

  #unretain(entry: Entry): void {
    this.#retained.remove(entry);
    this.#retainedCount--;
    this.#retainedBytes -= entry.result.payloadBytes;
  }
}
