/**
 * Tasks whose time has not come: those of submissions that are to wait for a while, those whose attempt failed and that
 * have another, and those that wait for another task. They have no slot, no process and no place in the queue. All of one
 * submission have one alarm, and packed ones stay packed: a million that wait here cost what a million in the queue do.
 *
 * Time is monotonic here: whoever sets the computer's clock neither hurries nor holds them up.
 *
 * @module
 */

import { Fifo } from "../core/fifo.ts";
import { LinkedList } from "../core/linked_list.ts";
import { moveTask } from "../core/task_state.ts";
import type { Alarm, Ticker } from "../core/ticker.ts";
import { type Amount, Crowd } from "./crowd.ts";
import type { FairQueue } from "./fair_queue.ts";
import type { ItemBlock } from "./item_block.ts";
import type { ItemRows } from "./items_run.ts";
import { type Delay, isDelayed, type QueueItem, TaskRecord } from "./task.ts";
import { TaskBlock } from "./task_block.ts";

/** Tasks that come into line in one go, and the rest of their submission; then others have their turn. */
const TASKS_PER_TURN = 500;

/** What delays need. */
export interface DelaysParams {
  ticker: Ticker;
  queue: Pick<FairQueue, "push">;
  /** False for a task whose next attempt may not begin yet, though its time has come. */
  isClear(task: TaskRecord): boolean;
  /** Tasks have come into line. */
  onReady(): void;
}

/** What waits of one submission. */
interface Aside {
  readonly items: LinkedList<QueueItem>;
  readonly alarm: Alarm;
}

/** All that waits for its time. */
export class Delays extends Crowd {
  /** Of those that are here, the ones that have begun before, and those that wait for others: there is to be room for them. */
  readonly retrying: Amount = { tasks: 0, bytes: 0 };
  #params: DelaysParams;
  #submissions = new Map<Delay, Aside>();
  /** Tasks that wait for their next attempt, with what wakes them. */
  #attempts = new Map<TaskRecord, Alarm>();
  /** Those of them whose time has come, and that may not begin yet. */
  #held = new Set<TaskRecord>();
  /** Tasks that wait for another. */
  #behind = new Set<TaskRecord>();
  /** Those whose time has come. */
  #due = new Fifo<Delay | TaskRecord>();
  #isEntering = false;

  constructor(params: DelaysParams) {
    super();
    this.#params = params;
  }

  /** Tasks of a submission whose time has not come. */
  push(item: QueueItem): void {
    const { ticker } = this.#params;
    const delay = item.origin.delay!;
    let aside = this.#submissions.get(delay);
    if (aside === undefined) {
      const alarm = ticker.after(Math.max(0, delay.until - ticker.clock.now()), () => this.#isDue(delay));
      this.#submissions.set(delay, aside = { items: new LinkedList(), alarm });
    }
    aside.items.push(item);
    this.count(item, 1);
  }

  /** A task comes into line again after so many milliseconds. */
  again(task: TaskRecord, ms: number): void {
    moveTask(task, "delayed");
    this.#attempts.set(task, this.#params.ticker.after(ms, () => this.#isDue(task)));
    this.count(task, 1);
    this.#countRetrying(task, 1);
  }

  /** A task that stands nowhere yet waits for another, until it is let go. */
  hold(task: TaskRecord): void {
    if (task.state === "ready") moveTask(task, "delayed");
    this.#behind.add(task);
    this.count(task, 1);
    this.#countRetrying(task, 1);
  }

  /** A task waits for no other any more; gives what is to be put in line of it, or null where it does not wait here. */
  letGo(task: TaskRecord): QueueItem | null {
    if (!this.#leaveBehind(task)) return null;
    if (!isDelayed(task.origin)) moveTask(task, "ready");
    return itemOf(task);
  }

  /** Lets a task go that waits here; false when it does not. */
  remove(task: TaskRecord): boolean {
    if (this.#leaveBehind(task)) {
      if (task.place?.isQueued) task.place.block.remove(task);
      return true;
    }
    const alarm = this.#attempts.get(task);
    if (alarm !== undefined) {
      this.#params.ticker.cancel(alarm);
      this.#leaveAttempts(task);
      return true;
    }
    if (!isDelayed(task.origin)) return false;
    this.count(task, -1);
    if (!task.place?.isQueued) this.#leave(task);
    else {
      const { block } = task.place;
      block.remove(task);
      if (block.length === 0) this.#leave(block);
    }
    return true;
  }

  /** Items that wait here among others are over. */
  removeItems(rows: ItemRows): void {
    const { block } = rows;
    this.change(block, () => block.giveOut(rows));
    if (block.length === 0) this.#leave(block);
  }

  /** Lets all go that waits of a block, but for items that go alone; gives how many items that were. */
  dropItems(block: ItemBlock): number {
    if (block.length === 0) return 0;
    const count = this.change(block, () => block.dropWaiting(true));
    if (block.length === 0) this.#leave(block);
    return count;
  }

  /** Items of a block that waits here are to run after all. */
  putBackItems(rows: ItemRows): void {
    const { block } = rows;
    const isThere = block.length > 0;
    if (isThere) this.change(block, () => block.putBack(rows));
    else {
      block.putBack(rows);
      this.push(block);
    }
  }

  /** Takes out all that waits here, or all that clients have submitted. */
  takeAll(ofClientsOnly: boolean): QueueItem[] {
    // It is asked behind each event of a server that stops.
    if (ofClientsOnly && this.ofClients === 0) return [];
    const isMeant = ({ origin }: QueueItem) => !ofClientsOnly || origin.depth === 0;
    const attempts = [...this.#attempts.keys()].filter(isMeant);
    for (const task of attempts) this.remove(task);
    const behind = [...this.#behind].filter(isMeant);
    for (const task of behind) this.#leaveBehind(task);
    // All of a submission are of one depth.
    const submissions = [...this.#submissions].filter(([, { items }]) => isMeant(items.first!));
    return [
      ...attempts,
      ...behind.map(itemOf),
      ...submissions.flatMap(([delay, aside]) => this.#takeOut(delay, aside)),
    ];
  }

  /** Something is over: what was held up may come into line now. */
  recheck(): void {
    for (const task of this.#held) if (this.#params.isClear(task)) this.#enterTask(task);
  }

  #isDue(what: Delay | TaskRecord): void {
    this.#due.push(what);
    this.#enterSoon();
  }

  /** Behind all else whose time has come by now. */
  #enterSoon(): void {
    if (this.#isEntering) return;
    this.#isEntering = true;
    this.#params.ticker.after(0, () => this.#enterSome());
  }

  /** What has come at the same moment comes into line by and by. */
  #enterSome(): void {
    this.#isEntering = false;
    for (let count = 0; this.#due.length > 0 && count < TASKS_PER_TURN;) {
      const what = this.#due.shift()!;
      count += what instanceof TaskRecord ? this.#enterTask(what) : this.#enterSubmission(what);
    }
    if (this.#due.length > 0) this.#enterSoon();
    this.#params.onReady();
  }

  #enterTask(task: TaskRecord): number {
    // It may have been cancelled since it was due.
    if (!this.#attempts.has(task)) return 0;
    if (!this.#params.isClear(task)) {
      this.#held.add(task);
      return 0;
    }
    this.#leaveAttempts(task);
    moveTask(task, "ready");
    this.#params.queue.push(task);
    return 1;
  }

  #enterSubmission(delay: Delay): number {
    const aside = this.#submissions.get(delay);
    if (aside === undefined) return 0;
    delay.isOver = true;
    const items = this.#takeOut(delay, aside);
    for (const item of items) {
      if (item instanceof TaskRecord) moveTask(item, "ready");
      else for (const task of item.made) if (task.place!.isQueued) moveTask(task, "ready");
      this.#params.queue.push(item);
    }
    return items.length;
  }

  #takeOut(delay: Delay, { items, alarm }: Aside): QueueItem[] {
    this.#params.ticker.cancel(alarm);
    this.#submissions.delete(delay);
    const taken: QueueItem[] = [];
    for (let item = items.first; item !== null; item = items.first) {
      items.remove(item);
      this.count(item, -1);
      taken.push(item);
    }
    return taken;
  }

  #leave(item: QueueItem): void {
    const delay = item.origin.delay!;
    const aside = this.#submissions.get(delay)!;
    aside.items.remove(item);
    if (aside.items.first !== null) return;
    this.#params.ticker.cancel(aside.alarm);
    this.#submissions.delete(delay);
  }

  #leaveAttempts(task: TaskRecord): void {
    this.#attempts.delete(task);
    this.#held.delete(task);
    this.count(task, -1);
    this.#countRetrying(task, -1);
  }

  #leaveBehind(task: TaskRecord): boolean {
    if (!this.#behind.delete(task)) return false;
    this.count(task, -1);
    this.#countRetrying(task, -1);
    return true;
  }

  #countRetrying({ inputBytes }: TaskRecord, sign: 1 | -1): void {
    this.retrying.tasks += sign;
    this.retrying.bytes += sign * inputBytes;
  }
}

/** What stands in line of a task that stands there alone: what a store has kept is a block. */
function itemOf(task: TaskRecord): QueueItem {
  const { place } = task;
  return place?.isQueued && place.block instanceof TaskBlock ? place.block : task;
}
