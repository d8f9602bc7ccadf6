/**
 * Submissions that are on their way into a store that answers later. They take room of the queue already. Nothing can end
 * them there: who wants that is remembered until they have arrived.
 *
 * @module
 */

import { ShardedMap } from "../core/sharded_map.ts";
import type { Submitted } from "./task_store.ts";

/** Tasks that are on their way, and what was wished of them. */
export class UnderWay {
  /** How many there are, and the bytes of their arguments. */
  readonly room = { tasks: 0, bytes: 0 };
  /**
   * The bytes of the arguments of each, as it left first: it takes room once. No object for each: they would all be copied
   * by the garbage collector while they wait for the disk.
   */
  #bytes = new ShardedMap<number>();
  /** How often more those are on their way that were submitted again: a client that is back does so. */
  #again = new Map<string, number>();
  /** Those whose end somebody wants, and whether their results are of no use either. */
  #wishes = new Map<string, boolean>();

  /** These leave for the store. */
  begin(tasks: readonly Submitted[]): void {
    for (const [id, { length }] of tasks) {
      if (this.#bytes.has(id)) this.#again.set(id, (this.#again.get(id) ?? 0) + 1);
      else {
        this.#bytes.set(id, length);
        this.room.tasks++;
        this.room.bytes += length;
      }
    }
  }

  /** True for one that somebody has submitted, perhaps again, and that is not there yet. */
  has(id: string): boolean {
    return this.#bytes.has(id);
  }

  /** A task is to end once it has arrived. False for one that is not on its way. */
  cancel(id: string, discard: boolean): boolean {
    if (!this.#bytes.has(id)) return false;
    this.#wishes.set(id, discard || this.#wishes.get(id) === true);
    return true;
  }

  /**
   * They have arrived, or were refused; gives those that are to end. What is refused and on its way yet is to end when it
   * arrives.
   */
  end(ids: readonly string[], areThere = true): { id: string; discard: boolean }[] {
    const wished: { id: string; discard: boolean }[] = [];
    for (const id of ids) {
      const bytes = this.#bytes.get(id);
      if (bytes === undefined) continue;
      const comesAgain = this.#comesAgain(id);
      const discard = this.#wishes.get(id);
      if (discard !== undefined && (areThere || !comesAgain)) {
        this.#wishes.delete(id);
        wished.push({ id, discard });
      }
      if (comesAgain) continue;
      this.#bytes.delete(id);
      this.room.tasks--;
      this.room.bytes -= bytes;
    }
    return wished;
  }

  /** It is on its way once less, and still is. */
  #comesAgain(id: string): boolean {
    const times = this.#again.get(id);
    if (times === undefined) return false;
    if (times === 1) this.#again.delete(id);
    else this.#again.set(id, times - 1);
    return true;
  }
}
