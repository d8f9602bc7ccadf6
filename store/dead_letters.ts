/**
 * Failed tasks that are kept to be looked at and run again, for longer than a result waits for somebody to take it. Of
 * those whose errors and arguments lie on a disk there is here what lists say of them.
 *
 * @module
 */

import { type Linked, LinkedList } from "../core/linked_list.ts";
import { ShardedMap } from "../core/sharded_map.ts";
import { Result } from "../engine/result.ts";
import type { Origin } from "../engine/task.ts";
import type { DeadLetter, RunsSoFar } from "../engine/task_store.ts";
import { passes, type TaskFilter, type TaskView, viewOfLetter } from "../engine/task_view.ts";

/** One that comes in. */
export interface NewLetter extends DeadLetter {
  /** The encoded arguments; null where they, and the error, lie on a disk. */
  readonly input: Uint8Array | null;
  /** Of the error, wherever it lies. */
  readonly payloadBytes: number;
}

interface Entry extends Linked<Entry> {
  readonly letter: NewLetter;
  /** Wall clock, milliseconds. */
  readonly expiresAt: number;
}

/** What a book of them is built from. */
export interface DeadLettersParams {
  /** Most that there may be. */
  capacity: number;
  retentionMs: number;
  /** Most bytes of their arguments and errors; the newest is kept whatever its size. @default {Infinity} */
  maxBytes?: number;
  /** Hears of each that has gone, but for those that were taken out. */
  onGone?(letter: NewLetter): void;
}

const NOTHING = new Uint8Array();

/** Dead letters by task id. */
export class DeadLetters {
  #params: DeadLettersParams;
  #entries = new ShardedMap<Entry>();
  /** In order of expiry: the time is the same for all, and they come in as their tasks end. */
  #inOrder = new LinkedList<Entry>();
  #bytes = 0;

  constructor(params: DeadLettersParams) {
    this.#params = params;
  }

  /** How many there are. */
  get length(): number {
    return this.#entries.size;
  }

  /** False where none is kept at all. */
  get areKept(): boolean {
    return this.#params.retentionMs > 0 && this.#params.capacity > 0;
  }

  /** Keeps one. The oldest make room where that is needed. */
  add(letter: NewLetter, now: number): void {
    const { retentionMs, capacity, maxBytes = Infinity } = this.#params;
    // Somebody may have set the clock since it failed: it is kept no longer than it was to be.
    const expiresAt = Math.min(letter.result.finishedAt, now) + retentionMs;
    const entry: Entry = { letter, expiresAt, before: null, after: null };
    this.#entries.set(letter.result.id, entry);
    this.#inOrder.push(entry);
    this.#bytes += bytesOf(letter);
    while (this.length > capacity || (this.#bytes > maxBytes && this.length > 1)) this.#drop(this.#inOrder.first!);
  }

  /** The letter of this task; undefined when there is none, or its time is over. */
  get(id: string, now: number): NewLetter | undefined {
    const entry = this.#entries.get(id);
    if (entry === undefined) return undefined;
    if (entry.expiresAt > now) return entry.letter;
    this.#drop(entry);
    return undefined;
  }

  /** True when there is one, also when its time is over and nobody has looked. */
  has(id: string): boolean {
    return this.#entries.has(id);
  }

  /** Takes it out: the task is in line again. */
  take(id: string): NewLetter | undefined {
    const entry = this.#entries.get(id);
    if (entry !== undefined) this.#remove(entry);
    return entry?.letter;
  }

  /** Nobody wants it. */
  discard(id: string): void {
    const entry = this.#entries.get(id);
    if (entry !== undefined) this.#drop(entry);
  }

  /** Drops those whose time is over; gives when to look again, or null when none is left. */
  expire(now: number): number | null {
    for (let { first } = this.#inOrder; first !== null; first = this.#inOrder.first) {
      if (first.expiresAt > now) return first.expiresAt;
      this.#drop(first);
    }
    return null;
  }

  /** Gives those of one shard that are meant; how many there are in it. */
  look(shard: number, filter: TaskFilter, now: number, found: (view: TaskView) => void): number {
    let count = 0;
    for (const { letter, expiresAt } of this.#entries.valuesIn(shard)) {
      if (expiresAt > now && passes(filter, "failed", letter.result.origin)) found(viewOfLetter(letter));
      count++;
    }
    return count;
  }

  #drop(entry: Entry): void {
    this.#remove(entry);
    this.#params.onGone?.(entry.letter);
  }

  #remove(entry: Entry): void {
    this.#inOrder.remove(entry);
    this.#entries.delete(entry.letter.result.id);
    this.#bytes -= bytesOf(entry.letter);
  }
}

function bytesOf({ inputBytes, payloadBytes }: NewLetter): number {
  return inputBytes + payloadBytes;
}

/** The same with this error in place of that: none, where it lies on a disk. */
export function withPayload(result: Result, payload: Uint8Array = NOTHING): Result {
  return new Result({ ...result, payload: { block: payload, start: 0, length: payload.length } });
}

/** Where a task comes from that is to run again: at once, whatever time it once had to begin. */
export function originAgain(origin: Origin): Origin {
  const { start, delay } = origin;
  return start === null && (delay === null || delay.isOver) ? origin : { ...origin, start: null, delay: null };
}

/** How far it has come: it has run so often, and nothing of that counts against it any more. */
export function runsAgain(attempt: number): RunsSoFar {
  return { attempt, failed: 0, crashes: 0, isRunning: false, nextInMs: null };
}
