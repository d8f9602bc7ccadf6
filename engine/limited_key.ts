/**
 * A key that limits tasks: those that wait for it, in the order of their submission, those that hold it, and the starts
 * that it has left. It knows no queue and no alarm: see `engine/key_limits.ts`.
 *
 * @module
 */

import type { Clock } from "../core/clock.ts";
import type { Due } from "../core/heap.ts";
import { LinkedList } from "../core/linked_list.ts";
import { TokenBucket } from "../core/token_bucket.ts";
import type { Ancestor, KeyLimit, QueueItem } from "./task.ts";

/** As many tasks of a key stand in the queue at once: more would be records that wait, where they could be packed. */
const MAX_CALLED = 256;

/** What is known of a task that was called: it has a unit of the key's concurrency; a worker was given it. */
const UNIT = 1;
const GIVEN = 2;

/** What is told of a key that tasks wait for. */
export interface LimitedKeyView {
  readonly key: string;
  readonly waiting: number;
  readonly held: number;
  readonly concurrency: number | null;
  readonly perSecond: number | null;
  /** In how many milliseconds the next may start, where that is what they wait for; null where they wait for an end. */
  readonly nextInMs: number | null;
}

/** One key. */
export class LimitedKey implements Due {
  /** When it has another start, or may be forgotten: owned by whatever heap it is in. */
  at = 0;
  index = -1;
  /** Tasks that wait. Owned by the limits. */
  waiting = 0;
  /** Those that need a unit, and those that do not: the latter come first. */
  readonly line: LinkedList<QueueItem> = new LinkedList();
  readonly passing: LinkedList<QueueItem> = new LinkedList();
  #limit: KeyLimit;
  /** When these figures were said: wall clock, milliseconds. */
  #saidAt: number;
  #bucket: TokenBucket | null;
  #holds = new Map<string, number>();
  /** Units that are taken. */
  #units = 0;
  /** Those that hold it and were not given to a worker. */
  #called = 0;

  constructor(limit: KeyLimit, saidAt: number, now: number) {
    this.#limit = limit;
    this.#saidAt = saidAt;
    this.#bucket = bucketOf(limit, now);
  }

  /** Tells it from all others. */
  get name(): string {
    return this.#limit.name;
  }

  /** Whether time matters to it. */
  get hasRate(): boolean {
    return this.#bucket !== null;
  }

  /** The latest submission's word on the figures holds. */
  say(limit: KeyLimit, saidAt: number, clock: Pick<Clock, "now">): void {
    if (limit === this.#limit || saidAt < this.#saidAt) return;
    this.#limit = limit;
    this.#saidAt = saidAt;
    const { perSecond, burst } = limit;
    if (perSecond === null) this.#bucket = null;
    else if (this.#bucket === null) this.#bucket = bucketOf(limit, clock.now());
    else this.#bucket.change(perSecond, burst, clock.now());
  }

  /** Where tasks with this limit wait. */
  lineFor({ passes }: KeyLimit): LinkedList<QueueItem> {
    return passes ? this.passing : this.line;
  }

  /** The line whose first may come into the queue now; null where none may. */
  nextLine(now: number): LinkedList<QueueItem> | null {
    const line = this.#free();
    return line === null || (this.#bucket?.msUntil(this.#called + 1, now) ?? 0) > 0 ? null : line;
  }

  /** In how many milliseconds that may be so, by itself; Infinity where something has to end or begin before. */
  waitMs(now: number): number {
    return this.#free() === null ? Infinity : this.#bucket?.msUntil(this.#called + 1, now) ?? 0;
  }

  /** The line whose first needs at most another start. */
  #free(): LinkedList<QueueItem> | null {
    if (this.#called >= MAX_CALLED) return null;
    if (this.passing.first !== null) return this.passing;
    const { concurrency } = this.#limit;
    return this.line.first !== null && (concurrency === null || this.#units < concurrency) ? this.line : null;
  }

  /** A task comes into the queue. */
  call(id: string, needsUnit: boolean): void {
    this.#holds.set(id, needsUnit ? UNIT : 0);
    if (needsUnit) this.#units++;
    this.#called++;
  }

  /** A worker was given the task: that is what counts as a start. */
  given(id: string, now: number): void {
    this.#holds.set(id, this.#holds.get(id)! | GIVEN);
    this.#called--;
    this.#bucket?.take(now);
  }

  /** True for a task that was called and is not over. */
  isHeldBy(id: string): boolean {
    return this.#holds.has(id);
  }

  /** A task gives back what it has; false when it has nothing. */
  release(id: string): boolean {
    const hold = this.#holds.get(id);
    if (hold === undefined) return false;
    this.#holds.delete(id);
    if ((hold & UNIT) !== 0) this.#units--;
    if ((hold & GIVEN) === 0) this.#called--;
    return true;
  }

  /** True where this task, or one above it, has a unit. */
  isHeldFor(task: Ancestor): boolean {
    if (this.#units === 0) return false;
    for (let at: Ancestor | null = task; at !== null; at = at.parent) {
      if (((this.#holds.get(at.id) ?? 0) & UNIT) !== 0) return true;
    }
    return false;
  }

  /** In how many milliseconds it is as good as a new one; Infinity while tasks wait for it, or hold it. */
  idleMs(now: number): number {
    if (this.waiting > 0 || this.#holds.size > 0) return Infinity;
    return this.#bucket?.msUntilFull(now) ?? 0;
  }

  /** What is told of it. */
  view(now: number): LimitedKeyView {
    const { key, concurrency, perSecond } = this.#limit;
    const ms = this.waitMs(now);
    return {
      key,
      waiting: this.waiting,
      held: this.#holds.size,
      concurrency,
      perSecond,
      nextInMs: ms === Infinity ? null : ms,
    };
  }
}

/** The starts that there are first: a burst, or none where an earlier server may have given them out. */
function bucketOf({ perSecond, burst, isTakenUp }: KeyLimit, now: number): TokenBucket | null {
  return perSecond === null ? null : new TokenBucket(perSecond, burst, now, !isTakenUp);
}
