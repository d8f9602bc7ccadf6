/**
 * Limits by key: how many tasks that name the same key may run at once, and how many may start in a second.
 *
 * @module
 */

/** What a submission says of it. */
export interface LimitPolicy {
  readonly key: string;
  /** So many may run at once; null: any number. */
  readonly concurrency: number | null;
  /** So many may start in a second, on average; null: any number. */
  readonly perSecond: number | null;
  /** So many may start at once after a pause. */
  readonly burst: number;
}

/** Most that figures may be: beyond it a limit is none. */
export const MAX_FIGURE = 1_000_000;

/** About one in a day: what is slower is a schedule. */
export const MIN_PER_SECOND = 0.000_01;

/** True for a figure that counts tasks. */
export function isTaskCount(n: number): boolean {
  return Number.isInteger(n) && n >= 1 && n <= MAX_FIGURE;
}

/** True for a rate. */
export function isRate(perSecond: number): boolean {
  return perSecond >= MIN_PER_SECOND && perSecond <= MAX_FIGURE;
}
