/**
 * Results that wait to be taken.
 *
 * - A result leaves when somebody acknowledges it (take-once that a lost reply cannot lose), when it is older than the
 *   retention, or when a newer one needs its place.
 * - A result that somebody awaits is never dropped, whatever the capacity; its retention starts when nobody does.
 *
 * @module
 */

import type { Result } from "./task.ts";

interface Entry {
  readonly result: Result;
  awaiters: number;
  /** Monotonic milliseconds; meaningful while nobody awaits. */
  expiresAt: number;
}

/** Finished results by task id. */
export class ResultCache {
  #capacity: number;
  #retentionMs: number;
  #awaited = new Map<string, Entry>();
  /** In order of expiry: retention is the same for all and entries come in at the end. */
  #retained = new Map<string, Entry>();

  /** Keeps at most `capacity` results that nobody awaits, each for at most `retentionMs`. */
  constructor(capacity: number, retentionMs: number) {
    this.#capacity = capacity;
    this.#retentionMs = retentionMs;
  }

  /** How many results are kept, awaited ones included. */
  get length(): number {
    return this.#awaited.size + this.#retained.size;
  }

  /** Stores a result that `awaiters` sessions await. The oldest that nobody awaits makes room where needed. */
  add(result: Result, awaiters: number, now: number): void {
    const entry: Entry = { result, awaiters, expiresAt: 0 };
    if (awaiters > 0) this.#awaited.set(result.id, entry);
    else this.#retain(entry, now);
  }

  /** The result, left in place; undefined when unknown, expired or taken. */
  peek(id: string, now: number): Result | undefined {
    const awaited = this.#awaited.get(id);
    if (awaited !== undefined) return awaited.result;
    const entry = this.#retained.get(id);
    return entry !== undefined && entry.expiresAt > now ? entry.result : undefined;
  }

  /** Removes a result for good: it arrived where it was wanted. True when it was there. */
  take(id: string): boolean {
    return this.#awaited.delete(id) || this.#retained.delete(id);
  }

  /** One more session awaits this result. */
  addAwaiter(id: string): void {
    const entry = this.#awaited.get(id) ?? this.#retained.get(id);
    if (entry === undefined) return;
    entry.awaiters++;
    this.#retained.delete(id);
    this.#awaited.set(id, entry);
  }

  /** One session less awaits this result; when it was the last, the retention starts. */
  removeAwaiter(id: string, now: number): void {
    const entry = this.#awaited.get(id);
    if (entry === undefined || --entry.awaiters > 0) return;
    this.#awaited.delete(id);
    this.#retain(entry, now);
  }

  /** Drops what has expired; returns when to look again, or null when nothing waits to expire. */
  expire(now: number): number | null {
    for (const [id, entry] of this.#retained) {
      if (entry.expiresAt > now) return entry.expiresAt;
      this.#retained.delete(id);
    }
    return null;
  }

  #retain(entry: Entry, now: number): void {
    entry.expiresAt = now + this.#retentionMs;
    this.#retained.set(entry.result.id, entry);
    while (this.#retained.size > this.#capacity) {
      const oldest = this.#retained.keys().next().value!;
      this.#retained.delete(oldest);
    }
  }
}
