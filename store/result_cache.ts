/**
 * Results that wait to be taken.
 *
 * - A result leaves when somebody acknowledges it (take-once that a lost reply cannot lose), when it is older than the
 *   retention, or when a newer one needs its place.
 * - A result that somebody awaits is never dropped, whatever the capacity; its retention starts when nobody does.
 *
 * @module
 */

import { type Linked, LinkedList } from "../core/linked_list.ts";
import { ResultBlock, type Retained } from "./result_block.ts";
import { type Row, RowIndex } from "../core/row_index.ts";
import { isOfGroup } from "../core/item_id.ts";
import { ShardedMap } from "../core/sharded_map.ts";
import type { Result } from "../engine/result.ts";
import type { Origin } from "../engine/task.ts";
import { passes, type TaskFilter, type TaskView, viewOf } from "../engine/task_view.ts";
import { packUuid, UUID_WORDS } from "../core/uuid.ts";

/** While fewer are retained none is packed: those that are soon taken are quicker as they are. */
const FEW_RESULTS = 5000;

/** When it is to go means something while nobody awaits it. */
interface Entry extends Linked<Entry>, Retained {
  readonly result: Result;
  awaiters: number;
}

/** What a cache is built from. */
export interface ResultCacheParams {
  /** Most results that nobody awaits. */
  capacity: number;
  retentionMs: number;
  /** Most bytes of these; the newest is kept whatever its size. */
  maxBytes?: number;
  /** While fewer are retained, none is packed. */
  few?: number;
  /** Hears of each result of a durable task, or of one that failed, that has gone, for whatever reason. */
  onGone?(id: string, origin: Origin): void;
}

const AWAITED: Retained = { expiresAt: 0, sequence: 0 };

/** Finished results by task id. */
export class ResultCache {
  #capacity: number;
  #retentionMs: number;
  #maxBytes: number;
  #few: number;
  #onGone: ((id: string, origin: Origin) => void) | undefined;
  #entries = new ShardedMap<Entry>();
  #packed = new RowIndex<ResultBlock>();
  /** Those that nobody awaits, in order of expiry: retention is the same for all and they come in at the end. */
  #retained = new LinkedList<Entry>();
  #retainedBlocks = new LinkedList<ResultBlock>();
  /** The block that is being filled. */
  #block: ResultBlock | null = null;
  #lastSequence = 0;
  #retainedCount = 0;
  #retainedBytes = 0;
  /** The id that is looked for. */
  #id = new Uint32Array(UUID_WORDS);

  /** An empty cache. */
  constructor({ capacity, retentionMs, maxBytes = Infinity, few = FEW_RESULTS, onGone }: ResultCacheParams) {
    this.#capacity = capacity;
    this.#retentionMs = retentionMs;
    this.#maxBytes = maxBytes;
    this.#few = few;
    this.#onGone = onGone;
  }

  /** How many results are kept, awaited ones included. */
  get length(): number {
    return this.#entries.size + this.#packed.size;
  }

  /** Stores a result that `awaiters` sessions await. The oldest that nobody awaits makes room where needed. */
  add(result: Result, awaiters: number, now: number): void {
    if (awaiters === 0) this.#retain(result, now);
    else this.#enter(result, awaiters);
  }

  /**
   * The result; undefined when unknown, expired or taken. It stays where it is, unless it has expired: who is told that
   * it is unknown may run the task again, and its second result must not meet the first.
   */
  peek(id: string, now: number): Result | undefined {
    const row = this.#find(id);
    const entry = row === undefined ? this.#entries.get(id) : undefined;
    if (row !== undefined && row.block.expiryOf(row.row) > now) return row.block.resultOf(row.row);
    if (entry !== undefined && (entry.awaiters > 0 || entry.expiresAt > now)) return entry.result;
    if (row !== undefined || entry !== undefined) this.take(id);
    return undefined;
  }

  /** Gives those of one shard that are meant, and are no items of maps; how many there are in it. */
  look(shard: number, filter: TaskFilter, now: number, found: (view: TaskView) => void): number {
    let count = 0;
    const offer = (result: Result) => {
      if (!isOfGroup(result.id) && passes(filter, result.status, result.origin)) found(viewOf(result));
    };
    for (const { result, awaiters, expiresAt } of this.#entries.valuesIn(shard)) {
      if (awaiters > 0 || expiresAt > now) offer(result);
      count++;
    }
    for (const { block, row } of this.#packed.rowsIn(shard)) {
      const isMeant = block.expiryOf(row) > now && passes(filter, block.statusOf(row), block.originOf(row));
      if (isMeant) offer(block.resultOf(row));
      count++;
    }
    return count;
  }

  /** Removes a result for good: it arrived where it was wanted. True when it was there. */
  take(id: string): boolean {
    const row = this.#find(id);
    if (row !== undefined) {
      this.#dropAndTell(row, id);
      return true;
    }
    const entry = this.#entries.get(id);
    if (entry === undefined) return false;
    if (entry.awaiters === 0) this.#unretain(entry);
    this.#delete(entry.result);
    return true;
  }

  /** Somebody has this result, who had awaited it or not. It leaves unless others still await it. */
  acknowledge(id: string, wasAwaited: boolean): void {
    const entry = this.#entries.get(id);
    if (wasAwaited && entry !== undefined && entry.awaiters > 0) {
      if (--entry.awaiters === 0) this.#delete(entry.result);
    } else if (entry === undefined || entry.awaiters === 0) this.take(id);
  }

  /** True for one that is on its way to sessions. */
  isHeld(id: string): boolean {
    return (this.#entries.get(id)?.awaiters ?? 0) > 0;
  }

  /** One more session awaits this result. */
  addAwaiter(id: string): void {
    const row = this.#find(id);
    if (row !== undefined) {
      const result = row.block.resultOf(row.row);
      this.#drop(row);
      this.#enter(result, 1);
      return;
    }
    const entry = this.#entries.get(id);
    if (entry !== undefined && entry.awaiters++ === 0) this.#unretain(entry);
  }

  /** One session less awaits this result; when it was the last, the retention starts. */
  removeAwaiter(id: string, now: number): void {
    const entry = this.#entries.get(id);
    if (entry === undefined || entry.awaiters === 0 || --entry.awaiters > 0) return;
    this.#entries.delete(id);
    this.#retain(entry.result, now);
  }

  /** Drops what has expired; returns when to look again, or null when nothing waits to expire. */
  expire(now: number): number | null {
    while (this.#retainedCount > 0) {
      const oldest = this.#oldest();
      const expiresAt = "block" in oldest ? oldest.block.expiryOf(oldest.row) : oldest.expiresAt;
      if (expiresAt > now) return expiresAt;
      this.#dropOldest();
    }
    return null;
  }

  #enter(result: Result, awaiters: number, { expiresAt, sequence }: Retained = AWAITED): Entry {
    const entry: Entry = { result, awaiters, expiresAt, sequence, before: null, after: null };
    this.#entries.set(result.id, entry);
    return entry;
  }

  #retain(result: Result, now: number): void {
    const retained = { expiresAt: now + this.#retentionMs, sequence: ++this.#lastSequence };
    const mayPack = this.#retainedCount >= this.#few && ResultBlock.packs(result);
    if (mayPack && packUuid(result.id, this.#id)) this.#pack(result, retained);
    else this.#retained.push(this.#enter(result, 0, retained));
    this.#retainedCount++;
    this.#retainedBytes += result.payloadBytes;
    if (this.#retainedCount > this.#capacity) this.#dropOldest();
    while (this.#retainedBytes > this.#maxBytes && this.#retainedCount > 1) this.#dropOldest();
  }

  /** The result's id is in place. */
  #pack(result: Result, retained: Retained): void {
    if (!this.#block?.hasRoomFor(result)) {
      this.#block = new ResultBlock();
      this.#retainedBlocks.push(this.#block);
    }
    this.#packed.add(this.#block, this.#block.push(this.#id, result, retained));
  }

  #unretain(entry: Entry): void {
    this.#retained.remove(entry);
    this.#retainedCount--;
    this.#retainedBytes -= entry.result.payloadBytes;
  }

  #drop({ block, row }: Row<ResultBlock>): void {
    this.#retainedCount--;
    this.#retainedBytes -= block.payloadBytesOf(row);
    this.#packed.delete(block, row);
    block.remove(row);
    if (block.length > 0) return;
    this.#retainedBlocks.remove(block);
    // One that is in no list is not filled further.
    if (block === this.#block) this.#block = null;
  }

  /** What was retained first: the first of either kind. Only while something is retained. */
  #oldest(): Entry | Row<ResultBlock> {
    const { first: entry } = this.#retained;
    const { first: block } = this.#retainedBlocks;
    if (block === null || (entry !== null && entry.sequence < block.sequenceOf(block.first))) return entry!;
    return { block, row: block.first };
  }

  #dropOldest(): void {
    const oldest = this.#oldest();
    if (!("block" in oldest)) {
      this.#unretain(oldest);
      return this.#delete(oldest.result);
    }
    this.#dropAndTell(oldest, oldest.block.idOf(oldest.row));
  }

  #dropAndTell(at: Row<ResultBlock>, id: string): void {
    const { block, row } = at;
    const origin = block.originOf(row);
    const isMeant = origin.durable || block.statusOf(row) === "failed";
    this.#drop(at);
    if (isMeant) this.#onGone?.(id, origin);
  }

  #delete({ id, origin, status }: Result): void {
    this.#entries.delete(id);
    if (origin.durable || status === "failed") this.#onGone?.(id, origin);
  }

  #find(id: string): Row<ResultBlock> | undefined {
    return this.#packed.size > 0 && packUuid(id, this.#id) ? this.#packed.find(this.#id) : undefined;
  }
}
