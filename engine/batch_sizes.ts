/**
 * How many tasks are given to a worker at once. Tasks that take microseconds would else spend their time on the socket;
 * tasks that take longer are given one by one, so that none waits behind another.
 *
 * The sizes shrink towards the end of a queue (guided self-scheduling), so that the last ones are shared by all.
 *
 * @module
 */

import type { Profile } from "../core/profile.ts";

/** Work that is given at once, in milliseconds. */
const TARGET_MS = 4;
/** Less is not worth its way, also when others could share it. */
const LEAST_MS = 0.5;
/** Tasks that are given at once; those of a larger chunk follow when these are done. */
export const MAX_TASKS = 512;
/** Items of a map that are: each is a few bytes. */
export const MAX_ITEMS = 4096;
/** Share of the newest measurement in the mean. */
const NEWEST = 0.2;
const MAX_KEYS = 1000;

/** Measured durations: by reuse key, and of what has none yet by what else is known of it. */
export class BatchSizes {
  #meanMs = new Map<string, number>();
  /** The latest mean of tasks with a profile: the next map of the same function begins with it. */
  #latest = new WeakMap<Profile, number>();

  /** A batch of tasks took this long, in milliseconds. */
  measured(key: string, profile: Profile, ms: number, tasks: number): void {
    const mean = this.#meanMs.get(key);
    const each = ms / tasks;
    if (mean === undefined && this.#meanMs.size >= MAX_KEYS) this.#meanMs.delete(this.#meanMs.keys().next().value!);
    // One slow task must count at once, many quick ones by and by.
    const newest = 1 - (1 - NEWEST) ** tasks;
    const next = mean === undefined ? each : Math.max(each * newest, mean + (each - mean) * newest);
    this.#meanMs.set(key, next);
    this.#latest.set(profile, next);
  }

  /** How many of `waiting` tasks to give to one of `workers` workers; at most so many. */
  next(key: string, profile: Profile, waiting: number, workers: number, most = MAX_TASKS): number {
    const mean = this.#meanMs.get(key) ?? this.#latest.get(profile);
    if (mean === undefined) return 1;
    const fair = Math.ceil(waiting / (2 * workers));
    const each = Math.max(mean, 0.001);
    return Math.max(1, Math.min(most, Math.max(fair, Math.floor(LEAST_MS / each)), Math.floor(TARGET_MS / each)));
  }
}
