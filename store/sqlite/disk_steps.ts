/**
 * Recorded steps of durable tasks on their way into the file and out of it. In the file the key of each is the task's id
 * with the name behind it.
 *
 * @module
 */

import { unpackUuid } from "../../core/uuid.ts";
import type { StepBook } from "../step_book.ts";
import type { Change, KeptStepValue } from "./changes.ts";
import type { Journal } from "./journal.ts";
import { idBytes } from "./stored_results.ts";
import { numbersOf } from "./sums.ts";

const ID_BYTES = 16;

/** Steps in the file, by their tasks. */
export class DiskSteps {
  #journal: () => Pick<Journal, "tell" | "written">;
  /** Tasks of which the file has some. */
  #tasks = new Set<string>();
  #underWay = new Map<string, Promise<void>>();

  /** The journal is asked for later: it may be built after this. */
  constructor(journal: () => Pick<Journal, "tell" | "written">) {
    this.#journal = journal;
  }

  /** Has a step written; resolves once it is on the disk. */
  put(taskId: string, name: string, value: Uint8Array): Promise<void> {
    this.#tasks.add(taskId);
    const change: Change = ["step", keyOf(taskId, name), value];
    this.#journal().tell(change);
    const written = this.#journal().written();
    this.#underWay.set(taskId, written);
    void written.then(() => {
      if (this.#underWay.get(taskId) === written) this.#underWay.delete(taskId);
    });
    return written;
  }

  /** Resolves when all that a task has recorded is on the disk; undefined when it is. */
  underWay(taskId: string): Promise<void> | undefined {
    return this.#underWay.get(taskId);
  }

  /** Those of a task are of no use any more. */
  drop(taskId: string): void {
    this.#underWay.delete(taskId);
    if (this.#tasks.delete(taskId)) this.#journal().tell(["steps", idBytes(taskId)]);
  }

  /** Takes up what was kept, into the book, where it may be of use; the rest leaves the file. */
  takeUp(
    kept: readonly KeptStepValue[],
    book: Pick<StepBook, "takeUp">,
    mayRunAgain: (taskId: string) => boolean,
  ): void {
    const gone = new Set<string>();
    for (const { key, value } of kept) {
      const taskId = unpackUuid(numbersOf(key.slice(0, ID_BYTES)), 0);
      this.#tasks.add(taskId);
      if (mayRunAgain(taskId)) book.takeUp(taskId, new TextDecoder().decode(key.subarray(ID_BYTES)), value);
      else gone.add(taskId);
    }
    for (const taskId of gone) this.drop(taskId);
  }
}

function keyOf(taskId: string, name: string): Uint8Array {
  const text = new TextEncoder().encode(name);
  const key = new Uint8Array(ID_BYTES + text.length);
  key.set(idBytes(taskId));
  key.set(text, ID_BYTES);
  return key;
}
