/**
 * Tasks that are to have begun by some time, and are given up when they have not. There is one alarm for all of a
 * submission, and only for submissions that say so: the others cost a look at one field. An alarm goes with the last task
 * that has begun, or is over, so that a long limit keeps nothing.
 *
 * A task begins when the server has its process begin with it. So that this is never later than it should, such a task
 * stands behind no other on a worker, and is not told to a process before that has connected.
 *
 * @module
 */

import type { TaskExpired } from "../core/errors.ts";
import { expiredAfter } from "../core/expired.ts";
import { Fifo } from "../core/fifo.ts";
import type { Alarm, Ticker } from "../core/ticker.ts";
import { ItemBlock } from "./item_block.ts";
import { hasBegun, type Origin, type QueueItem, type StartLimit, TaskRecord } from "./task.ts";

/** Tasks that are given up in one go; then others have their turn. */
const TASKS_PER_TURN = 500;

/** What giving up needs. */
export interface ExpiryParams {
  ticker: Ticker;
  find(id: string): TaskRecord | undefined;
  /** Ends a task that has not begun. */
  end(task: TaskRecord, error: TaskExpired): void;
  /** Ends the items of a block that wait among others, and have never begun; gives how many those are. */
  endItems(block: ItemBlock, error: TaskExpired): number;
  /** Tasks were given up by and by: there is room, or nothing is left. */
  onChange(): void;
}

/** Those of one submission. */
interface Waiting {
  readonly items: QueueItem[];
  /** How many have not begun, and are not over. */
  left: number;
  readonly alarm: Alarm;
}

/** Gives up what has not begun in time. */
export class Expiry {
  #params: ExpiryParams;
  #waiting = new Map<Origin, Waiting>();
  /** Those whose time is over, and which were not given up yet. */
  #due = new Fifo<QueueItem>();
  #isGivingUp = false;

  constructor(params: ExpiryParams) {
    this.#params = params;
  }

  /** These wait from now on. All are of submissions with a limit. */
  enter(items: readonly QueueItem[]): void {
    for (const item of items) {
      const waiting = this.#waitingOf(item.origin);
      waiting.items.push(item);
      waiting.left += countOf(item);
    }
  }

  #waitingOf(origin: Origin): Waiting {
    const known = this.#waiting.get(origin);
    if (known !== undefined) return known;
    const { ticker } = this.#params;
    const alarm = ticker.after(origin.start!.by - ticker.clock.now(), () => this.#fire(origin));
    const waiting: Waiting = { items: [], left: 0, alarm };
    this.#waiting.set(origin, waiting);
    return waiting;
  }

  /** A task begins, or is over and has never begun. Items of a map are counted by their block. */
  leave(task: TaskRecord): void {
    if (!(task.place?.block instanceof ItemBlock)) this.#leave(task.origin, 1);
  }

  /** Nothing of this waits any more: a map is over, or a server that stops lets go of it. */
  release(item: QueueItem): void {
    if (!(item instanceof TaskRecord && hasBegun(item))) this.#leave(item.origin, countOf(item));
  }

  #leave(origin: Origin, count: number): void {
    const waiting = this.#waiting.get(origin);
    if (waiting === undefined || (waiting.left -= count) > 0) return;
    this.#params.ticker.cancel(waiting.alarm);
    this.#waiting.delete(origin);
  }

  /** True for what must not begin any more. */
  isLate({ origin: { start } }: QueueItem): boolean {
    return start !== null && start.by <= this.#params.ticker.clock.now();
  }

  /** Gives up what is next in line where it is late. True when something was; what had begun before may go on. */
  drop(next: TaskRecord | ItemBlock): boolean {
    return this.isLate(next) && this.#giveUp(next, expired(next.origin.start!)) > 0;
  }

  #fire(origin: Origin): void {
    const { items } = this.#waiting.get(origin)!;
    this.#waiting.delete(origin);
    for (const item of items) this.#due.push(item);
    if (!this.#isGivingUp) this.#giveUpSome();
  }

  #giveUpSome(): void {
    for (let count = 0; count < TASKS_PER_TURN;) {
      const item = this.#due.shift();
      if (item === undefined) {
        this.#isGivingUp = false;
        return this.#params.onChange();
      }
      // Of those that are over already each costs a look too.
      count += Math.max(1, this.#giveUp(item, expired(item.origin.start!)));
    }
    this.#isGivingUp = true;
    this.#params.ticker.after(0, () => this.#giveUpSome());
    this.#params.onChange();
  }

  /** Gives how many were given up. */
  #giveUp(item: QueueItem, error: TaskExpired): number {
    if (item instanceof TaskRecord) return this.#end([item], error);
    return this.#end([...item.records], error) + (item instanceof ItemBlock ? this.#params.endItems(item, error) : 0);
  }

  #end(tasks: readonly TaskRecord[], error: TaskExpired): number {
    const late = tasks.filter((task) => !hasBegun(task) && this.#params.find(task.id) === task);
    for (const task of late) this.#params.end(task, error);
    return late.length;
  }
}

/** What a task ends with that has not begun in time. */
export function expired(start: StartLimit): TaskExpired {
  let error = errors.get(start);
  if (error === undefined) {
    error = expiredAfter(start.withinMs);
    errors.set(start, error);
  }
  return error;
}

/** One for all of a submission: it is encoded once. */
const errors = new WeakMap<StartLimit, TaskExpired>();

/** A map is one thing, which is there until it is over. */
function countOf(item: QueueItem): number {
  return item instanceof ItemBlock ? 1 : item.length;
}
