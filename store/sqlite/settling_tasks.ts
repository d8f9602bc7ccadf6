/**
 * Tasks that are over, and still count as unfinished: that they are over is on its way to the disk.
 *
 * @module
 */

import { ShardedMap } from "../../core/sharded_map.ts";
import type { Journal } from "./journal.ts";

/** Tasks on their way out. */
export class SettlingTasks {
  #settled = new ShardedMap<Promise<void>>();

  /** How many there are. */
  get size(): number {
    return this.#settled.size;
  }

  /** A task is over, and ends once all that was told of it is written; resolves then. */
  add(id: string, journal: Pick<Journal, "whenWritten">, end: () => void): Promise<void> {
    const settled = new Promise<void>((resolve) => {
      journal.whenWritten(() => {
        end();
        this.#settled.delete(id);
        resolve();
      });
    });
    this.#settled.set(id, settled);
    return settled;
  }

  /** Resolves when the end of a task is on the disk; undefined when it is not on its way. */
  of(id: string): Promise<void> | undefined {
    return this.#settled.get(id);
  }
}
