/**
 * How many results of an `execute` were taken, shown where somebody looks.
 *
 * @module
 */

import type { Progress } from "../client/progress_meter.ts";

/** Counts from the first on, also while what shows the count is being opened. */
export class ProgressCount {
  #progress: Progress | null = null;
  #before = 0;
  #opened: Promise<void>;

  /** `total` is null where it is not known. What goes wrong while it is opened does not reach the work. */
  constructor(opening: Promise<Progress | null>, total: number | null) {
    this.#opened = opening.then((progress) => {
      this.#progress = progress;
      progress?.start(total);
      progress?.add(this.#before);
    }, () => {});
  }

  /** One more. */
  add(): void {
    if (this.#progress === null) this.#before++;
    else this.#progress.add();
  }

  /** There will be no more; resolves when what is shown is complete. */
  async stop(): Promise<void> {
    await this.#opened;
    await this.#progress?.stop();
  }
}

/** How many there are of what is iterated, where that can be told without iterating. */
export function totalOf(tasks: unknown): number | null {
  if (Array.isArray(tasks)) return tasks.length;
  return tasks instanceof Set || tasks instanceof Map ? tasks.size : null;
}
