/**
 * How tasks ended, on its way into the file and out of it; and where tasks come from, as text, which results share with
 * their tasks.
 *
 * @module
 */

import type { Result } from "../../engine/result.ts";
import type { Origin } from "../../engine/task.ts";
import type { Origins, StoredOrigin } from "../../engine/task_store.ts";
import type { Change } from "./changes.ts";
import type { DiskProfiles } from "./disk_profiles.ts";
import { aboutResult, idBytes } from "./stored_results.ts";

/** Writes results. */
export class DiskResults {
  /** Turns origins into text: known once the store was claimed. */
  origins: Origins | null = null;
  #stored = new WeakMap<Origin, StoredOrigin>();
  #profiles: DiskProfiles;
  #write: (change: Change) => void;

  constructor(profiles: DiskProfiles, write: (change: Change) => void) {
    this.#profiles = profiles;
    this.#write = write;
  }

  /** Where tasks come from, and how that lies in the file. */
  know(origin: Origin, stored: StoredOrigin): void {
    this.#stored.set(origin, stored);
  }

  /** The same, made when somebody asks. */
  storedOf(origin: Origin): StoredOrigin {
    let stored = this.#stored.get(origin);
    if (stored === undefined) this.#stored.set(origin, stored = this.origins!.write(origin));
    return stored;
  }

  /** A result goes to the disk with the next batch. */
  put(result: Result): void {
    const { profile, own } = this.storedOf(result.origin);
    const id = this.#profiles.use(profile);
    this.#write(["result", idBytes(result.id), id, aboutResult(result, own), result.payload.slice()]);
  }

  /** Nobody needs it any more. */
  take(id: string, origin: Origin): void {
    this.#write(["taken", idBytes(id)]);
    this.#profiles.leaveText(this.storedOf(origin).profile);
  }
}
