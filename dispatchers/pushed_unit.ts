/**
 * What is pushed into a queue, run and counted as one: a task, or a chunk of them.
 *
 * @module
 */

import { isTimed } from "../client/start_limit.ts";
import { expiredAfter } from "../core/expired.ts";
import type { Linked } from "../core/linked_list.ts";
import { Task } from "../procedures/task.ts";
import { failure, type Outcome, type QueueTraits, type Work } from "./backend.ts";
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
  readonly asked: number;
  outcomes: (Outcome | undefined)[] | null = null;
  taken = 0;
  /** Gives it up while it waits for its turn; only where all of its tasks may be late by then. */
  startTimer: ReturnType<typeof setTimeout> | undefined = undefined;
  left: number;
  /** Where some are no tasks: all that was pushed. */
  readonly #mixed: Mixed | null;

  /** What was pushed into a queue. */
  constructor(channel: Channel, items: readonly PushedItem[]) {
    this.channel = channel;
    this.left = items.length;
    this.#mixed = items.every(isTask) ? null : new Mixed(items);
    this.tasks = this.#mixed?.tasks ?? items as readonly Task[];
    const hasTimed = isTimed(channel.traits.options) || this.tasks.some(({ options }) => isTimed(options));
    this.asked = hasTimed ? performance.now() : 0;
  }

  get size(): number {
    return this.#mixed?.items.length ?? this.tasks.length;
  }

  get traits(): QueueTraits {
    return this.channel.traits;
  }

  /** When all of its tasks will be late that have not begun, in milliseconds from their push; Infinity for never. */
  get lateAfterMs(): number {
    const ofQueue = this.channel.traits.options.startBeforeMs ?? Infinity;
    return this.tasks.reduce((most, { options }) => Math.max(most, options.startBeforeMs ?? ofQueue), 0);
  }

  /** It was not begun in time, and never will be. */
  expire(): void {
    const ofQueue = this.channel.traits.options.startBeforeMs;
    for (const [index, { options }] of this.tasks.entries()) {
      this.settle(index, failure(expiredAfter((options.startBeforeMs ?? ofQueue)!)));
    }
  }

  /** Takes in the outcome of a task. */
  settle(index: number, outcome: Outcome): void {
    this.left--;
    this.channel.settle(this, this.#mixed?.places[index] ?? index, outcome, this.tasks[index]);
  }

  /** Gives what is no task its outcome: the error that is there in its place. */
  settleOthers(): void {
    for (const [place, item] of this.#mixed?.items.entries() ?? []) {
      if (isTask(item)) continue;
      this.left--;
      this.channel.settle(this, place, failure(item), null);
    }
  }
}

/** Tasks among what is none. */
class Mixed {
  readonly items: readonly PushedItem[];
  readonly tasks: readonly Task[];
  /** Where each task stands. */
  readonly places: readonly number[];

  constructor(items: readonly PushedItem[]) {
    this.items = items;
    this.tasks = items.filter(isTask);
    this.places = items.flatMap((item, index) => isTask(item) ? [index] : []);
  }
}

function isTask(item: PushedItem): item is Task {
  return item instanceof Task;
}
