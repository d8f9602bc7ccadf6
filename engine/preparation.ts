/**
 * Whether what is next in line can be given to a worker: arguments may be on their way from where they are kept. Nothing
 * is given meanwhile, so that nothing goes past it; but what the store has no room for yet steps aside.
 *
 * @module
 */

import type { Delays } from "./delays.ts";
import type { FairQueue } from "./fair_queue.ts";
import { ItemBlock } from "./item_block.ts";
import type { KeyLimits } from "./key_limits.ts";
import type { RunNotes } from "./run_notes.ts";
import type { TaskRecord } from "./task.ts";

/** So long later a task comes into line again that the store had no room for. */
const NO_ROOM_MS = 1000;

/** What preparation needs. */
export interface PreparationParams {
  queue: Pick<FairQueue, "peek" | "remove">;
  delays: Pick<Delays, "again">;
  limits: Pick<KeyLimits, "release">;
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
    const goOn = () => {
      this.#isUnderWay = false;
      this.#params.onChange();
    };
    prepared.then(goOn, () => {
      this.#setAside(next as TaskRecord);
      goOn();
    });
    return false;
  }

  /** It may have been cancelled meanwhile; and where another has come before it by now, it is asked of again. */
  #setAside(task: TaskRecord): void {
    const { queue, delays, limits } = this.#params;
    if (queue.peek() !== task) return;
    queue.remove(task);
    // Others with its key may begin meanwhile.
    limits.release(task);
    delays.again(task, NO_ROOM_MS);
  }
}
