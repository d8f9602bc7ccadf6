/**
 * What is pushed into a queue, run and counted as one: a task, or a chunk of them.
 *
 * @module
 */

import type { Linked } from "../core/linked_list.ts";
import { Task } from "../procedures/task.ts";
import type { Outcome, QueueTraits, Work } from "./backend.ts";
import type { Channel } from "./channel.ts";
import type { UnitOutcomes } from "./result_line.ts";

/** A task that was pushed. What is no task is there as its error. */
export type PushedItem = Task | TypeError;

/**
 * One unit. It is at once the work that a backend is given and the place where the outcomes are kept for their turns:
 * there are many, and most take microseconds.
 */
export class PushedUnit implements Work, UnitOutcomes, Linked<PushedUnit> {
  /** Neighbours among what its queue has at work. */
  before: PushedUnit | null = null;
  after: PushedUnit | null = null;
  readonly channel: Channel;
  readonly tasks: readonly Task[];
  outcomes: (Outcome | undefined)[] | null = null;
  readonly size: number;
  taken = 0;
  left: number;
  readonly #items: readonly PushedItem[];
  /** Where among the items each task stands; null where all are tasks. */
  readonly #places: readonly number[] | null;

  /** What was pushed into a queue. */
  constructor(channel: Channel, items: readonly PushedItem[]) {
    this.channel = channel;
    this.#items = items;
    this.size = this.left = items.length;
    const areTasks = items.length === 1 ? items[0] instanceof Task : items.every((item) => item instanceof Task);
    this.#places = areTasks ? null : items.flatMap((item, index) => item instanceof Task ? [index] : []);
    this.tasks = this.#places === null ? items as readonly Task[] : this.#places.map((place) => items[place] as Task);
  }

  get traits(): QueueTraits {
    return this.channel.traits;
  }

  /** Takes in the outcome of a task. */
  settle(index: number, outcome: Outcome): void {
    this.left--;
    this.channel.settle(this, this.#places === null ? index : this.#places[index], outcome, this.tasks[index]);
  }

  /** Gives what is no task its outcome: the error that is there in its place. */
  settleOthers(): void {
    if (this.#places === null) return;
    for (const [place, item] of this.#items.entries()) {
      if (item instanceof Task) continue;
      this.left--;
      this.channel.settle(this, place, { status: "failed", error: item }, null);
    }
  }
}
