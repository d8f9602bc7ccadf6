/**
 * Those that wait somewhere, in numbers: how many tasks, with how many bytes of arguments, and of whom.
 *
 * @module
 */

import type { ItemBlock } from "./item_block.ts";
import type { Origin, QueueItem } from "./task.ts";

/** How much of something waits. */
export interface Amount {
  tasks: number;
  /** Of their arguments. */
  bytes: number;
}

const NOTHING: Readonly<Amount> = Object.freeze({ tasks: 0, bytes: 0 });

/** The numbers. Whatever holds those that wait is one, and counts what comes and goes. */
export abstract class Crowd {
  #length = 0;
  #bytes = 0;
  #ofClients = 0;
  #ofOwner = new Map<string, Amount>();
  #ofReuseKey = new Map<string, number>();

  /** How many tasks wait. */
  get length(): number {
    return this.#length;
  }

  /** Bytes of the arguments of those that wait. */
  get bytes(): number {
    return this.#bytes;
  }

  /** How many of the tasks clients have submitted, and no task has. */
  get ofClients(): number {
    return this.#ofClients;
  }

  /** Connections that have tasks waiting. */
  get owners(): number {
    return this.#ofOwner.size;
  }

  /** What waits of one connection. */
  waitingOf(owner: string): Readonly<Amount> {
    return this.#ofOwner.get(owner) ?? NOTHING;
  }

  /** How many wait that a worker with this reuse key could run. */
  waitingFor(reuseKey: string): number {
    return this.#ofReuseKey.get(reuseKey) ?? 0;
  }

  /** An item comes, or goes. */
  protected count({ origin, length, inputBytes }: QueueItem, sign: 1 | -1): void {
    this.add(origin, sign * length, sign * inputBytes);
  }

  /** There is more of a block, or less, once this is done; gives what that gives. */
  protected change<T>(block: ItemBlock, act: () => T): T {
    const { length, inputBytes } = block;
    const done = act();
    this.add(block.origin, block.length - length, block.inputBytes - inputBytes);
    return done;
  }

  /** So many tasks of this origin come, or go. */
  protected add({ owner, depth, reuseKey }: Origin, tasks: number, bytes: number): void {
    this.#length += tasks;
    this.#bytes += bytes;
    if (depth === 0) this.#ofClients += tasks;
    let waiting = this.#ofOwner.get(owner);
    if (waiting === undefined) this.#ofOwner.set(owner, waiting = { tasks: 0, bytes: 0 });
    waiting.tasks += tasks;
    waiting.bytes += bytes;
    if (waiting.tasks === 0) this.#ofOwner.delete(owner);
    if (reuseKey === null) return;
    const left = this.waitingFor(reuseKey) + tasks;
    if (left === 0) this.#ofReuseKey.delete(reuseKey);
    else this.#ofReuseKey.set(reuseKey, left);
  }
}
