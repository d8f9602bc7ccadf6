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

import type { Linked, LinkedList } from "../core/linked_list.ts";
import { Crowd } from "./crowd.ts";
import { ItemBlock } from "./item_block.ts";
import type { ItemRows } from "./items_run.ts";
import { Connection, Lane, Share } from "./shares.ts";
import { type ClientKey, type QueueItem, TaskRecord } from "./task.ts";
import type { TaskBlock } from "./task_block.ts";

/** One that comes by its age stands behind no more items of its lane than this: to look at them takes some microseconds. */
const MAX_STEPS = 1000;

/** The queue; all that it does costs the same however many tasks wait. */
export class FairQueue extends Crowd {
  /** Those with tasks, by key; few. */
  #shares = new Map<ClientKey, Share>();
  /** The lane that had the latest turn, see {@linkcode FairQueue.popMore}. */
  #last: Lane | null = null;
  /** That of whoever had the latest turn: who comes anew begins there, and has no turns to catch up on. */
  #pass = 0;

  /** Adds a ready task, or many in a row, behind its equals. */
  push(item: QueueItem): void {
    this.#laneFor(item).lineFor(item.origin.depth).push(item);
    this.count(item, 1);
  }

  /** Adds a task that has waited elsewhere since it was submitted: before those of its equals that are younger. */
  pushByAge(task: TaskRecord): void {
    const line = this.#laneFor(task).lineFor(task.origin.depth);
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
    this.#laneFor(task).lineFor(task.origin.depth).unshift(task);
    this.count(task, 1);
  }

  /** Puts items of a map back that were taken and did not begin: the same. */
  putBackItems(rows: ItemRows): void {
    const { block } = rows;
    const isThere = block.length > 0;
    this.change(block, () => block.putBack(rows));
    if (!isThere) this.#laneFor(block).lineFor(block.origin.depth).unshift(block);
  }

  /** What is to run next, left where it is: a task, or items of a map of which the first is next. */
  peek(): TaskRecord | ItemBlock | undefined {
    const lane = this.#nextLane();
    if (lane === null) return undefined;
    const { first } = lane;
    return first instanceof ItemBlock ? first : recordOf(first);
  }

  /** Takes the task that is to run next; undefined when none waits. The next turn is another's. */
  pop(): TaskRecord | undefined {
    const lane = this.#nextLane();
    if (lane === null) return undefined;
    const task = recordOf(lane.first);
    this.#turnOf(lane);
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
    this.#turnOf(lane);
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
    // Items of a map go together, in a turn of their own.
    if (item instanceof ItemBlock || item.origin.reuseKey !== reuseKey || goesAlone(item)) return undefined;
    if (!hasInputs(item)) return undefined;
    const task = recordOf(item);
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
    const taken: QueueItem[] = [];
    for (const share of this.#shares.values()) {
      for (const { lines } of share.allLanes()) {
        // Only a client's tasks have no depth.
        for (const { items } of ofClientsOnly ? lines.filter(({ rank }) => rank === 0) : lines) {
          for (let item = items.first; item !== null; item = item.after) taken.push(item);
        }
      }
    }
    for (const item of taken) {
      this.count(item, -1);
      this.#removeItem(item);
    }
    return taken;
  }

  /** The lane has had its turn. */
  #turnOf(lane: Lane): void {
    const { connection } = lane;
    const { level } = connection;
    const share = level.key;
    this.#pass = share.pass;
    share.pass += 1 / share.key.weight;
    rotate(connection.turns);
    rotate(level.turns);
    this.#last = lane;
  }

  #nextLane(): Lane | null {
    let next: Share | null = null;
    for (const share of this.#shares.values()) if (next === null || share.pass < next.pass) next = share;
    return next === null ? null : next.levels.at(-1)!.turns.first!.turns.first;
  }

  #laneFor({ origin }: QueueItem): Lane {
    const { clientKey, owner, lane: id, profile } = origin;
    let share = this.#shares.get(clientKey);
    if (share === undefined) this.#shares.set(clientKey, share = new Share(clientKey, this.#pass));
    const level = share.levelFor(profile.priority);
    let connection = level.connections.get(owner);
    if (connection === undefined) {
      connection = new Connection(level, owner);
      level.connections.set(owner, connection);
      level.turns.push(connection);
    }
    let lane = connection.lanes.get(id);
    if (lane === undefined) {
      lane = new Lane(connection, id);
      connection.lanes.set(id, lane);
      connection.turns.push(lane);
    }
    return lane;
  }

  /** What is empty goes: a client that comes back stands behind those that are there. */
  #removeItem(item: QueueItem): void {
    const { clientKey, owner, lane: id, profile } = item.origin;
    const share = this.#shares.get(clientKey)!;
    const level = share.levelFor(profile.priority);
    const connection = level.connections.get(owner)!;
    const lane = connection.lanes.get(id)!;
    lane.remove(item);
    if (lane.lines.length > 0) return;
    connection.turns.remove(lane);
    connection.lanes.delete(id);
    if (connection.lanes.size > 0) return;
    level.turns.remove(connection);
    level.connections.delete(owner);
    if (level.connections.size > 0) return;
    share.levels.splice(share.levels.indexOf(level), 1);
    if (share.levels.length === 0) this.#shares.delete(clientKey);
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

function recordOf(item: QueueItem): TaskRecord {
  return item instanceof TaskRecord ? item : item.first;
}

/** Whoever was first is last now. */
function rotate<Item extends Linked<Item>>(turns: LinkedList<Item>): void {
  const first = turns.first!;
  if (first.after === null) return;
  turns.remove(first);
  turns.push(first);
}
