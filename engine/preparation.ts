/**
 * Whether what is next in line can be given to a worker: arguments may be on their way from where they are kept. Nothing
 * is given meanwhile, so that nothing goes past it.
 *
 * @module
 */

import { ItemBlock } from "./item_block.ts";
import type { RunNotes } from "./run_notes.ts";
import type { TaskRecord } from "./task.ts";

/** What preparation needs. */
export interface PreparationParams {
  notes: Pick<RunNotes, "prepare">;
  /** What was on its way is here. */
  onChange(): void;
}

/** One at a time. */
export class Preparation {
  #params: PreparationParams;
  #isUnderWay = false;

  constructor(params: PreparationParams) {
    this.#params = params;
  }

  /** False for what is not ready yet, see {@linkcode RunNotes.prepare}: it is asked again behind the change. */
  isDone(next: TaskRecord | ItemBlock): boolean {
    if (this.#isUnderWay) return false;
    const prepared = next instanceof ItemBlock ? undefined : this.#params.notes.prepare(next);
    if (!(prepared instanceof Promise)) return true;
    this.#isUnderWay = true;
    prepared.then(() => {
      this.#isUnderWay = false;
      this.#params.onChange();
    });
    return false;
  }
}
