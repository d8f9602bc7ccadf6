/**
 * How many tasks are given to a worker at once. Tasks that take microseconds would else spend their time on the socket;
 * tasks that take longer are given one by one, so that none waits behind another.
 *
 * The sizes shrink towards the end of a queue (guided self-scheduling), so that the last ones are shared by all.
 *
 * @module
 */

/** Work that is given at once, in milliseconds. */
const TARGET_MS = 4;
/** Tasks that are given at once; those of a larger chunk follow when these are done. */
export const MAX_TASKS = 512;
/** Share of the newest measurement in the mean. */
const NEWEST = 0.2;
const MAX_KEYS = 1000;

/** Measured durations by reuse key. */
export class BatchSizes {
  #meanMs = new Map<string, number>();

  /** A batch of tasks took this long, in milliseconds. */
  measured(key: string, ms: number, tasks: number): void {
    const mean = this.#meanMs.get(key);
    const each = ms / tasks;
    if (mean === undefined && this.#meanMs.size >= MAX_KEYS) this.#meanMs.delete(this.#meanMs.keys().next().value!);
    // One slow task must count at once, many quick ones by and by.
    this.#meanMs.set(key, mean === undefined ? each : Math.max(each * NEWEST, mean + (each - mean) * NEWEST));
  }

  /** How many of `waiting` tasks to give to one of `workers` workers. */
  next(key: string, waiting: number, workers: number): number {
    const mean = this.#meanMs.get(key);
    if (mean === undefined) return 1;
    const fair = Math.ceil(waiting / (2 * workers));
    return Math.max(1, Math.min(MAX_TASKS, fair, Math.floor(TARGET_MS / Math.max(mean, 0.001))));
  }
}
