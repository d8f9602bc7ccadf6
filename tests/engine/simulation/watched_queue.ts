/**
 * The queue, and whether all have their turns.
 *
 * @module
 */

import { FairQueue } from "../../../engine/fair_queue.ts";
import type { QueueItem, TaskRecord } from "../../../engine/task.ts";

/** Somebody with tasks that wait. */
interface Waiter {
  /** Among whom it takes turns. */
  readonly among: string;
  readonly weight: number;
  tasks: number;
  /** What others have had since it came, or had its own. */
  turns: Map<Waiter, number>;
}

/** Whoever watches. */
export interface QueueWatcher {
  /** A task was accepted. */
  onPush(task: TaskRecord): void;
  /** A task has left, whyever. */
  onRemove(task: TaskRecord): void;
  /** The server stops, and lets a task go: its client submits it to the next one. */
  onTaken(task: TaskRecord): void;
  violated(rule: string): void;
}

/** A queue that is watched. */
export class WatchedQueue extends FairQueue {
  readonly waiting = new Set<TaskRecord>();
  #waiters = new Map<string, Waiter>();
  #watcher: QueueWatcher;
  #lastLane = "";

  constructor(watcher: QueueWatcher) {
    super();
    this.#watcher = watcher;
  }

  override push(item: QueueItem): void {
    const task = item as TaskRecord;
    this.#watcher.onPush(task);
    this.#enter(task);
    super.push(item);
  }

  override pushByAge(task: TaskRecord): void {
    this.#watcher.onPush(task);
    this.#enter(task);
    super.pushByAge(task);
  }

  override putBack(task: TaskRecord): void {
    this.#enter(task);
    super.putBack(task);
  }

  override remove(task: TaskRecord): void {
    if (!this.waiting.delete(task)) this.#watcher.violated(`task ${task.id} left the queue, and did not wait there`);
    super.remove(task);
    this.#watcher.onRemove(task);
    this.#leave(task);
  }

  override takeAll(ofClients: boolean): QueueItem[] {
    const items = super.takeAll(ofClients);
    for (const item of items) {
      const task = item as TaskRecord;
      if (!this.waiting.delete(task)) continue;
      this.#leave(task);
      this.#watcher.onTaken(task);
    }
    return items;
  }

  /** What was paused goes on: those before count no more. */
  startAnew(): void {
    for (const waiter of this.#waiters.values()) waiter.turns.clear();
  }

  #leave(task: TaskRecord): void {
    for (const [path] of pathsOf(task)) {
      const waiter = this.#waiters.get(path)!;
      if (--waiter.tasks > 0) continue;
      this.#waiters.delete(path);
      for (const other of this.#waiters.values()) other.turns.delete(waiter);
    }
  }

  override pop(): TaskRecord | undefined {
    const waiting = [...this.waiting];
    const first = this.peek() as TaskRecord | undefined;
    // While it is paused some have no turns.
    if (first !== undefined && !this.isPaused) {
      this.#turn(first);
      this.#requireOrder(first, waiting);
    }
    if (first !== undefined) this.#lastLane = pathsOf(first)[2][0];
    const task = super.pop();
    if (task !== first) this.#watcher.violated("the task that is taken is not the one that is next");
    return task;
  }

  override popMore(reuseKey: string): TaskRecord | undefined {
    const task = super.popMore(reuseKey);
    if (task === undefined) return undefined;
    if (pathsOf(task)[2][0] !== this.#lastLane) this.#watcher.violated("one turn gives tasks of two lanes");
    if (task.origin.reuseKey !== reuseKey) this.#watcher.violated("one turn gives tasks that share no process");
    return task;
  }

  #enter(task: TaskRecord): void {
    this.waiting.add(task);
    for (const [path, among, weight] of pathsOf(task)) {
      let waiter = this.#waiters.get(path);
      if (waiter === undefined) this.#waiters.set(path, waiter = { among, weight, tasks: 0, turns: new Map() });
      waiter.tasks++;
    }
  }

  /** Within one turn of each other, by weight: DESIGN 3, rule 4. */
  #turn(task: TaskRecord): void {
    for (const [path] of pathsOf(task)) {
      const own = this.#waiters.get(path)!;
      own.turns.clear();
      for (const other of this.#waiters.values()) {
        if (other === own || other.among !== own.among) continue;
        const turns = (other.turns.get(own) ?? 0) + 1;
        other.turns.set(own, turns);
        const most = own.weight === other.weight ? 1 : Math.ceil(own.weight / other.weight) + 1;
        if (turns > most) this.#watcher.violated(`${turns} turns of ${path} went by without one of another with tasks`);
      }
    }
  }

  #requireOrder(first: TaskRecord, waiting: readonly TaskRecord[]): void {
    const { clientKey, profile: { priority }, depth } = first.origin;
    const [, , [lane]] = pathsOf(first);
    for (const other of waiting) {
      if (other.origin.clientKey !== clientKey) continue;
      if (other.profile.priority > priority) {
        this.#watcher.violated(`priority ${priority} was taken before a higher one`);
      }
      const isBehind = pathsOf(other)[2][0] !== lane || other.origin.depth <= depth;
      if (!isBehind) this.#watcher.violated(`depth ${depth} was taken before a deeper one of its lane`);
    }
  }
}

/** A task's key, connection and lane: each with those among whom it takes turns. */
function pathsOf({ origin }: TaskRecord): [path: string, among: string, weight: number][] {
  const { clientKey: { name, weight }, profile: { priority }, owner, lane } = origin;
  const level = `key ${name}, priority ${priority}`;
  const connection = `${level}, connection ${owner}`;
  return [[`key ${name}`, "keys", weight], [connection, level, 1], [`${connection}, lane "${lane}"`, connection, 1]];
}
