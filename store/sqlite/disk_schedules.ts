/**
 * Parts of schedules on their way into the file. What changes several times before a batch is written once.
 *
 * @module
 */

import type { Change } from "./changes.ts";

/** Parts by their names. */
export class DiskSchedules {
  #fresh = new Map<string, Uint8Array | null>();

  /** One is this from now on, or no more. */
  put(id: string, value: Uint8Array | null): void {
    this.#fresh.set(id, value);
  }

  /** What is to be written since the last time. */
  takeChanges(): Change[] {
    const changes = Array.from(this.#fresh, ([id, value]): Change => ["schedule", id, value]);
    this.#fresh.clear();
    return changes;
  }
}
