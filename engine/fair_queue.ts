/**
 * Ready tasks in the order in which they are to run, so that nobody's backlog is anybody else's wait:
 *
 *     client keys by weight ──► priority ──► connections take turns ──► their lanes take turns ──► depth ──► age
 *
 * A lane is what a client has put in line as one thing: a map, a task queue, an `execute`; what it submits else is in
 * one. Subtasks stand in the lane of the client's task that they come from, so depth and priority never carry one
 * client's work past another's.
 *
 * Deeper first within a lane keeps the number of blocked processes near workers × depth: a tree of tasks is walked down
 * one branch at a time instead of being opened level by level.
 *
 * @module
 */

import { Crowd } from "./crowd.ts";
import { ItemBlock } from "./item_block.ts";
import type { ItemRows } from "./items_run.ts";
import { Lanes } from "./lanes.ts";
import type { Lane } from "./shares.ts";
import { firstOf, type QueueItem, TaskRecord } from "./task.ts";
import type { TaskBlock } from "./task_block.ts";

/** One that comes by its age stands behind no more items of its lane than this: to look at them takes some microseconds. */
const MAX_STEPS = 1000;

/** What has no turn while nothing new is to start. */
interface Aside {
  readonly lanes: Lanes;
  mayStart(item: QueueItem): boolean;
  /** Of what stands there, what tasks have submitted. */
  readonly below: Set<QueueItem>;
}

/** The queue; all that it does costs the same however many tasks wait. */
export class FairQueue extends Crowd {
  #lanes = new Lanes();
  /** What stands aside; null while everything may have its turn. */
  #aside: Aside | null = null;
  /** The lane that had the latest turn, see {@linkcode FairQueue.popMore}. */
  #last: Lane | null = null;

  /** True while what waits stands aside, but for what may go on. */
  get isPaused(): boolean {
    return this.#aside !== null;
  }

  /**
   * From now on what clients have submitted has no turn, and of the other tasks none that `mayStart` says no of when its
   * turn would come. It takes as long as there are blocks.
   */
  pause(mayStart: (item: QueueItem) => boolean): void {
    if (this.#aside !== null) return;
    this.#aside = { lanes: new Lanes(), mayStart, below: new Set() };
    for (const item of this.#lanes.all(true)) {
      this.#lanes.remove(item);
      this.#aside.lanes.lineFor(item).push(item);
    }
  }

  /** What stands aside is in line again, in its order. */
  resume(): void {
    if (this.#aside === null) return;
    const { lanes } = this.#aside;
    this.#aside = null;
    for (const item of lanes.all(false)) {
      lanes.remove(item);
      this.#lanes.lineFor(item).push(item);
    }
  }

  /** Adds a ready task, or many in a row, behind its equals. */
  push(item: QueueItem): void {
    this.#lanesOf(item).lineFor(item).push(item);
    this.count(item, 1);
  }

  /** Adds a task that has waited elsewhere since it was submitted: before those of its equals that are younger. */
  pushByAge(task: TaskRecord): void {
    const line = this.#lanesOf(task).lineFor(task);
    const { submittedAt } = task.origin;
    let next = line.first;
    for (let steps = 0; next !== null && next.origin.submittedAt <= submittedAt && steps < MAX_STEPS; steps++) {
      next = next.after;
    }
    if (next === null) line.push(task);
    else line.insertBefore(task, next);
    this.count(task, 1);
  }

  /** Puts a task that was taken and did not begin back before its equals. It had its turn: that is not given back. */
  putBack(task: TaskRecord): void {
    this.#lanesOf(task).lineFor(task).unshift(task);
    this.count(task, 1);
  }

  /** Puts items of a map back that were taken and did not begin: the same. */
  putBackItems(rows: ItemRows): void {
    const { block } = rows;
    const isThere = block.length > 0;
    this.change(block, () => block.putBack(rows));
    if (!isThere) this.#lanesOf(block).lineFor(block).unshift(block);
  }

  /** What is to run next, left where it is: a task, or items of a map of which the first is next. */
  peek(): TaskRecord | ItemBlock | undefined {
    const lane = this.#nextLane();
    if (lane === null) return undefined;
    const { first } = lane;
    return first instanceof ItemBlock ? first : firstOf(first);
  }

  /** Takes the task that is to run next; undefined when none waits. The next turn is another's. */
  pop(): TaskRecord | undefined {
    const lane = this.#nextLane();
    if (lane === null) return undefined;
    const task = firstOf(lane.first);
    this.#hadTurn(lane);
    this.remove(task);
    return task;
  }

  /** The same for up to `most` items of a map; null when what is next goes alone. */
  popItems(most: number): ItemRows | null {
    const lane = this.#nextLane();
    if (lane === null || !(lane.first instanceof ItemBlock)) return null;
    const block = lane.first;
    const rows = this.change(block, () => block.take(most));
    if (rows === null) return null;
    this.#hadTurn(lane);
    if (block.length === 0) this.#removeItem(block);
    return rows;
  }

  /** Takes items out that wait among others, and that are over: they have had no turn. */
  removeItems(rows: ItemRows): void {
    const { block } = rows;
    this.change(block, () => block.giveOut(rows));
    if (block.length === 0) this.#removeItem(block);
  }

  /** Lets all go that waits of a block, but for items that go alone; gives how many items that were. */
  dropItems(block: ItemBlock): number {
    if (block.length === 0) return 0;
    const count = this.change(block, () => block.dropWaiting(true));
    if (block.length === 0) this.#removeItem(block);
    return count;
  }

  /** Takes the task behind the one that was popped last, in the same turn, where it has this key; else undefined. */
  popMore(reuseKey: string): TaskRecord | undefined {
    const lane = this.#last;
    if (lane === null || lane.lines.length === 0) return undefined;
    const item = lane.first;
    if (this.#aside !== null && !this.#aside.mayStart(item)) return undefined;
    // Items of a map go together, in a turn of their own.
    if (item instanceof ItemBlock || item.origin.reuseKey !== reuseKey || goesAlone(item)) return undefined;
    if (!hasInputs(item)) return undefined;
    const task = firstOf(item);
    if (task.runsAlone) return undefined;
    this.remove(task);
    return task;
  }

  /** Takes out a task that waits here. */
  remove(task: TaskRecord): void {
    this.count(task, -1);
    if (!task.place?.isQueued) return this.#removeItem(task);
    const { block } = task.place;
    block.remove(task);
    if (block.length === 0) this.#removeItem(block);
  }

  /** Takes out all that waits, or all that clients have submitted. Packed tasks stay packed: it takes as long as blocks. */
  takeAll(ofClientsOnly: boolean): QueueItem[] {
    const taken = this.#aside === null ? this.#lanes.all(ofClientsOnly) : this.#allPaused(this.#aside, ofClientsOnly);
    for (const item of taken) {
      this.count(item, -1);
      this.#removeItem(item);
    }
    return taken;
  }

  /** While it is paused: what stands aside does not run for those that wait for the others, whoever submitted it. */
  #allPaused({ lanes, mayStart }: Aside, ofClientsOnly: boolean): QueueItem[] {
    for (const item of this.#lanes.all(false)) if (!mayStart(item)) this.#setAside(item);
    return [...(ofClientsOnly ? [] : this.#lanes.all(false)), ...lanes.all(false)];
  }

  #hadTurn(lane: Lane): void {
    this.#lanes.hadTurn(lane);
    this.#last = lane;
  }

  #nextLane(): Lane | null {
    for (;;) {
      const lane = this.#lanes.next;
      if (lane === null || this.#aside === null || this.#aside.mayStart(lane.first)) return lane;
      // Nothing runs any more that it comes from: once it stands aside it is not looked at again.
      this.#setAside(lane.first);
    }
  }

  #setAside(item: QueueItem): void {
    const { lanes, below } = this.#aside!;
    this.#lanes.remove(item);
    lanes.lineFor(item).push(item);
    below.add(item);
  }

  /** Those that it stands in, or belongs into. */
  #lanesOf(item: QueueItem): Lanes {
    const aside = this.#aside;
    return aside !== null && (item.origin.depth === 0 || aside.below.has(item)) ? aside.lanes : this.#lanes;
  }

  /** What is empty goes: a client that comes back stands behind those that are there. */
  #removeItem(item: QueueItem): void {
    this.#lanesOf(item).remove(item);
    this.#aside?.below.delete(item);
  }
}

/**
 * What stands behind a stream would wait for its consumer; what is to have begun by some time must not wait at all. What
 * is to run once is told of one by one. Starts that are counted by the second are to follow each other as they are counted.
 */
export function goesAlone({ origin: { profile, start, onServerLoss, limit } }: QueueItem): boolean {
  return profile.stream || start !== null || onServerLoss === "fail" || (limit !== null && limit.perSecond !== null);
}

/** One that waits by itself may come from a block whose arguments are elsewhere. */
function hasInputs(item: TaskRecord | TaskBlock): boolean {
  const block = item instanceof TaskRecord ? item.place?.block : item;
  return block === undefined || block instanceof ItemBlock || block.hasInputs;
}
