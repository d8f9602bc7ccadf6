/**
 * Limits by key: tasks that name a key wait here, before the queue, until the key has room for them. They have no slot and
 * no process, stand in nobody's way, and packed ones stay packed: a record is made of a task when it is called.
 *
 *     submitted ──► the key's own line, in order ──► called: has a unit, stands in the queue ──► given to a worker: a start
 *
 * So the queue holds nothing that may not begin, and what it gives out is within the limits. A unit is given back when the
 * task is over or its attempt is, and when a worker hands it back; then the first of the line is called. All keys that wait
 * for another start have one alarm. What names no key costs a look at one field.
 *
 * @module
 */

import { DueHeap } from "../core/heap.ts";
import type { LimitPolicy } from "../core/key_limit.ts";
import type { LinkedList } from "../core/linked_list.ts";
import type { Alarm, Ticker } from "../core/ticker.ts";
import type { Caller } from "./caller.ts";
import { Crowd } from "./crowd.ts";
import type { FairQueue } from "./fair_queue.ts";
import type { ItemBlock } from "./item_block.ts";
import type { ItemRows } from "./items_run.ts";
import { LimitedKey } from "./limited_key.ts";
import { type LimitsView, viewOfKeys } from "./limits_view.ts";
import { firstOf, type KeyLimit, type Origin, type QueueItem, TaskRecord } from "./task.ts";

/** Keys that are looked after in one go when their times have come; then others have their turn. */
const KEYS_PER_TURN = 500;

/** A shorter wait than this is as good as none to whoever waits, and for sums of times it may be none. */
const LEAST_WAIT_MS = 0.1;

/** Keys without tasks that are remembered for the starts that they have had. */
const MAX_IDLE = 100_000;

/** The queue, as whatever comes into line uses it. */
export type Entry = Pick<
  FairQueue,
  "push" | "putBack" | "putBackItems" | "remove" | "removeItems" | "dropItems" | "takeAll"
>;

/** What limits need. */
export interface KeyLimitsParams {
  ticker: Ticker;
  queue: Entry & Pick<FairQueue, "pushByAge">;
  /** Tasks have come into the queue, since their time has come. */
  onReady(): void;
}

/** All keys. It is the door to the queue, also for what names none. */
export class KeyLimits extends Crowd implements Entry {
  #params: KeyLimitsParams;
  #keys = new Map<string, LimitedKey>();
  #waiting = new Set<LimitedKey>();
  /** Keys that wait for another start. */
  #due = new DueHeap<LimitedKey>();
  /** Keys without tasks, until they are as good as new ones. */
  #idle = new DueHeap<LimitedKey>();
  #alarm: Alarm | null = null;

  constructor(params: KeyLimitsParams) {
    super();
    this.#params = params;
  }

  /** What a submission's tasks are held to: nothing, where one above them holds the key, and starts are not counted. */
  accept({ key, concurrency, perSecond, burst }: LimitPolicy, { run, clientKey }: Caller): KeyLimit | null {
    const name = `${clientKey.name}\0${key}`;
    const known = this.#keys.get(name);
    const passes = run !== null && known !== undefined && known.isHeldFor(run.task);
    const limit = { name, key, concurrency, perSecond, burst, passes, isTakenUp: false };
    if (known !== undefined) {
      const { clock } = this.#params.ticker;
      known.say(limit, clock.wall(), clock);
      // Whoever may be called now is called soon: this submission may be on its way to the store.
      this.#attend(known);
    }
    return passes && perSecond === null ? null : limit;
  }

  /** Adds what is ready: it waits for its key where it names one. */
  push(item: QueueItem): void {
    const { limit } = item.origin;
    if (limit === null) return this.#params.queue.push(item);
    const key = this.#keyFor(item.origin, limit);
    key.lineFor(limit).push(item);
    this.count(item, 1);
    this.#callNext(key, item);
  }

  /** A task that was called did not begin, or begins anew: it gives back what it had, and is the first to be called. */
  putBack(task: TaskRecord): void {
    const { limit } = task.origin;
    if (limit === null) return this.#params.queue.putBack(task);
    const key = this.#keyFor(task.origin, limit);
    key.release(task.id);
    key.lineFor(limit).unshift(task);
    this.count(task, 1);
    this.#callNext(key);
  }

  /** Lets a task go that waits, for its key or for a worker: it has its unit until that is released. */
  remove(task: TaskRecord): void {
    const { limit } = task.origin;
    if (limit === null) return this.#params.queue.remove(task);
    const key = this.#keys.get(limit.name)!;
    if (key.isHeldBy(task.id)) return this.#params.queue.remove(task);
    this.count(task, -1);
    if (!task.place?.isQueued) key.lineFor(limit).remove(task);
    else {
      const { block } = task.place;
      block.remove(task);
      if (block.length === 0) key.lineFor(limit).remove(block);
    }
    this.#attend(key);
  }

  /** A worker was given a task. */
  given({ id, origin: { limit } }: TaskRecord): void {
    const key = this.#keys.get(limit!.name)!;
    key.given(id, this.#now(key));
    this.#callNext(key);
  }

  /** A task, or its attempt, is over: others may have its unit. Does nothing for one that has none. */
  release({ id, origin: { limit } }: TaskRecord): void {
    if (limit === null) return;
    const key = this.#keys.get(limit.name);
    if (key?.release(id)) this.#callNext(key);
  }

  /** Items of a map wait again. */
  putBackItems(rows: ItemRows): void {
    const { block } = rows;
    if (block.origin.limit === null) return this.#params.queue.putBackItems(rows);
    if (block.length > 0) return this.change(block, () => block.putBack(rows));
    block.putBack(rows);
    this.push(block);
  }

  /** Items that wait among others are over. */
  removeItems(rows: ItemRows): void {
    const { block } = rows;
    if (block.origin.limit === null) return this.#params.queue.removeItems(rows);
    this.change(block, () => block.giveOut(rows));
    this.#tidy(block, block.origin.limit);
  }

  /** Lets all go that waits of a block, but for items that go alone; gives how many items that were. */
  dropItems(block: ItemBlock): number {
    const { limit } = block.origin;
    if (limit === null) return this.#params.queue.dropItems(block);
    if (block.length === 0) return 0;
    const count = this.change(block, () => block.dropWaiting(true));
    this.#tidy(block, limit);
    return count;
  }

  /** Takes out all that waits, for a key or for a worker, or all of it that clients have submitted. */
  takeAll(ofClientsOnly: boolean): QueueItem[] {
    const taken: QueueItem[] = [];
    // First: what is called in place of the others is taken with them, or is not to be.
    const areAny = !ofClientsOnly || this.ofClients > 0;
    for (const key of areAny ? [...this.#waiting] : []) {
      for (const line of [key.passing, key.line]) {
        for (let item = line.first, next = null; item !== null; item = next) {
          next = item.after;
          if (ofClientsOnly && item.origin.depth > 0) continue;
          line.remove(item);
          this.count(item, -1);
          taken.push(item);
        }
      }
      this.#attend(key);
    }
    const queued = this.#params.queue.takeAll(ofClientsOnly);
    for (const item of queued) if (item.origin.limit !== null) this.release(item as TaskRecord);
    return queued.concat(taken);
  }

  /** What is to be seen of keys that tasks wait for. */
  get view(): LimitsView {
    return viewOfKeys(this.#waiting, this.length, this.#params.ticker.clock.now());
  }

  protected override add(origin: Origin, tasks: number, bytes: number): void {
    super.add(origin, tasks, bytes);
    this.#keys.get(origin.limit!.name)!.waiting += tasks;
  }

  #keyFor(origin: Origin, limit: KeyLimit): LimitedKey {
    const { clock } = this.#params.ticker;
    let key = this.#keys.get(limit.name);
    if (key !== undefined) key.say(limit, origin.submittedAt, clock);
    else {
      this.#forgetIdle(clock.now());
      this.#keys.set(limit.name, key = new LimitedKey(limit, origin.submittedAt, clock.now()));
    }
    return key;
  }

  #forgetIdle(now: number): void {
    for (let key = this.#idle.peek(); key !== undefined; key = this.#idle.peek()) {
      if (key.at > now && this.#idle.length <= MAX_IDLE) return;
      this.#idle.remove(key);
      this.#keys.delete(key.name);
    }
  }

  #tidy(block: ItemBlock, limit: KeyLimit): void {
    const key = this.#keys.get(limit.name)!;
    if (block.length === 0) key.lineFor(limit).remove(block);
    this.#attend(key);
  }

  /** Has those come into the queue that may. Of what has just come, at its end; others stand there by their age. */
  #callNext(key: LimitedKey, fresh: QueueItem | null = null): void {
    const { queue } = this.#params;
    const now = this.#now(key);
    for (let line = key.nextLine(now); line !== null; line = key.nextLine(now)) {
      const item = line.first!;
      const task = this.#takeFirst(line, item);
      key.call(task.id, line === key.line);
      if (item === fresh) queue.push(task);
      else queue.pushByAge(task);
    }
    this.#attend(key, now);
  }

  #takeFirst(line: LinkedList<QueueItem>, item: QueueItem): TaskRecord {
    const task = firstOf(item);
    this.count(task, -1);
    if (!(item instanceof TaskRecord)) item.remove(task);
    if (item === task || item.length === 0) line.remove(item);
    return task;
  }

  /** Something has changed of a key: it waits for its time, for an end, or for nothing any more. */
  #attend(key: LimitedKey, now = this.#now(key)): void {
    const { clock } = this.#params.ticker;
    (this.#waiting.has(key) ? this.#due : this.#idle).remove(key);
    if (key.waiting > 0) {
      this.#waiting.add(key);
      const ms = key.waitMs(now);
      if (ms < Infinity) this.#enter(this.#due, key, clock.now() + Math.max(LEAST_WAIT_MS, ms));
    } else {
      this.#waiting.delete(key);
      const ms = key.idleMs(now);
      if (ms === 0) this.#keys.delete(key.name);
      else if (ms < Infinity) this.#enter(this.#idle, key, clock.now() + ms);
    }
    this.#arm();
  }

  #enter(heap: DueHeap<LimitedKey>, key: LimitedKey, at: number): void {
    key.at = at;
    heap.push(key);
  }

  #arm(): void {
    const { ticker } = this.#params;
    const at = this.#due.peek()?.at ?? Infinity;
    if (this.#alarm !== null && (this.#alarm.at <= at && at < Infinity)) return;
    if (this.#alarm === null && at === Infinity) return;
    ticker.cancel(this.#alarm);
    this.#alarm = at === Infinity ? null : ticker.after(Math.max(0, at - ticker.clock.now()), () => this.#fire());
  }

  #fire(): void {
    const { ticker, onReady } = this.#params;
    this.#alarm = null;
    const now = ticker.clock.now();
    let count = 0;
    for (let key = this.#due.peek(); key !== undefined && key.at <= now; key = this.#due.peek()) {
      if (++count > KEYS_PER_TURN) break;
      this.#callNext(key);
    }
    this.#arm();
    onReady();
  }

  /** Time, where it matters to a key. */
  #now(key: LimitedKey): number {
    return key.hasRate ? this.#params.ticker.clock.now() : 0;
  }
}
