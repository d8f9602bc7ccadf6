/**
 * The points inside of a commit at which a test may have the thread fail, or the program die. What runs for real is built
 * without.
 *
 * @module
 */

/** In the order in which they come. */
export const POINTS = [
  "before begin",
  "after begin",
  "after blocks",
  "after always",
  "before commit",
  "after commit",
] as const;

/** One of {@linkcode POINTS}. */
export type Point = typeof POINTS[number];

/** Called at each point; what it throws is as if SQLite had. */
export type Faults = (point: Point) => void;

/** None. */
export const NO_FAULTS: Faults = () => {};
