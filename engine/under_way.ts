/**
 * Submissions that are on their way into a store that answers later. They take room of the queue already. Nothing can end
 * them there: who wants that is remembered until they have arrived.
 *
 * @module
 */

import type { Submitted } from "./task_store.ts";

interface Traveller {
  /** How often it is on its way: a client that is back submits it again. */
  times: number;
  /** Of its arguments, as it left first: it takes room once. */
  readonly bytes: number;
  /** Undefined while nobody wants its end, else whether its result is of no use either. */
  wish: boolean | undefined;
}

/** Tasks that are on their way, and what was wished of them. */
export class UnderWay {
  /** How many there are, and the bytes of their arguments. */
  readonly room = { tasks: 0, bytes: 0 };
  #travellers = new Map<string, Traveller>();

  /** These leave for the store. */
  begin(tasks: readonly Submitted[]): void {
    for (const [id, { length }] of tasks) {
      const traveller = this.#travellers.get(id);
      if (traveller !== undefined) traveller.times++;
      else {
        this.#travellers.set(id, { times: 1, bytes: length, wish: undefined });
        this.room.tasks++;
        this.room.bytes += length;
      }
    }
  }

  /** True for one that somebody has submitted, perhaps again, and that is not there yet. */
  has(id: string): boolean {
    return this.#travellers.has(id);
  }

  /** A task is to end once it has arrived. False for one that is not on its way. */
  cancel(id: string, discard: boolean): boolean {
    const traveller = this.#travellers.get(id);
    if (traveller === undefined) return false;
    traveller.wish = discard || traveller.wish === true;
    return true;
  }

  /** They have arrived, or were refused; gives those that are to end. */
  end(tasks: readonly Submitted[]): { id: string; discard: boolean }[] {
    const wished: { id: string; discard: boolean }[] = [];
    for (const [id] of tasks) {
      const traveller = this.#travellers.get(id);
      if (traveller === undefined) continue;
      if (traveller.wish !== undefined) wished.push({ id, discard: traveller.wish });
      traveller.wish = undefined;
      if (--traveller.times > 0) continue;
      this.#travellers.delete(id);
      this.room.tasks--;
      this.room.bytes -= traveller.bytes;
    }
    return wished;
  }
}
