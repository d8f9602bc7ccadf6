/**
 * The groups whose results a client waits for, over all its connections: maps, and tasks of queues.
 *
 * @module
 */

import { numberOf, prefixOf } from "../core/item_id.ts";
import type { PushesFromServer, WireResult } from "../wire/message.ts";
import type { ItemGroup } from "./item_group.ts";

/** Groups that are under way. */
export class AwaitedGroups {
  #byPrefix = new Map<string, ItemGroup>();
  #onLimited: (dueAt: number) => void;
  #acknowledge: (groupId: string, firstNumber: number) => void;

  /**
   * `acknowledge` tells the server which results arrived; `onLimited` hears when the limits of a group's items are over.
   */
  constructor(
    acknowledge: (groupId: string, firstNumber: number) => void,
    onLimited: (dueAt: number) => void = () => {},
  ) {
    this.#acknowledge = acknowledge;
    this.#onLimited = onLimited;
  }

  /** How many there are. */
  get size(): number {
    return this.#byPrefix.size;
  }

  /** All of them. */
  get all(): ItemGroup[] {
    return [...this.#byPrefix.values()];
  }

  /** Waits for one more. */
  add(group: ItemGroup): void {
    this.#byPrefix.set(prefixOf(group.id), group);
    if (group.dueAt !== Infinity) this.#onLimited(group.dueAt);
  }

  /** Whether this one is waited for, by its id. */
  has(groupId: string): boolean {
    return this.#byPrefix.get(prefixOf(groupId))?.id === groupId;
  }

  /** No longer waits for it. */
  forget(groupId: string): void {
    if (this.has(groupId)) this.#byPrefix.delete(prefixOf(groupId));
  }

  /** Fails the wait. */
  fail(groupId: string, error: unknown): void {
    if (!this.has(groupId)) return;
    this.#byPrefix.get(prefixOf(groupId))!.fail(error);
    this.forget(groupId);
  }

  /** No longer waits for any: nobody is left that does. */
  clear(): void {
    this.#byPrefix.clear();
  }

  /** Fails every wait, each with an error of its own. */
  failAll(own: () => unknown): void {
    for (const { id } of this.all) this.fail(id, own());
  }

  /** Takes a push of results of items. Those of a group that was given up are acknowledged too: nobody else wants them. */
  onItems(results: PushesFromServer["itemResults"]): void {
    const [groupId, firstNumber] = results;
    const group = this.#byPrefix.get(prefixOf(groupId));
    group?.onItems(results);
    this.#acknowledge(groupId, firstNumber);
    if (group?.isOver) this.forget(group.id);
  }

  /** Takes the result of an item that ended alone; false when it is none of these. */
  onResult(wire: WireResult): boolean {
    const [id] = wire;
    const group = this.#byPrefix.size === 0 ? undefined : this.#byPrefix.get(prefixOf(id));
    if (group === undefined) return false;
    group.onResult(numberOf(id), wire);
    // It may have come with others, and been too large to be sent with them.
    this.#acknowledge(group.id, numberOf(id));
    if (group.isOver) this.forget(group.id);
    return true;
  }
}
