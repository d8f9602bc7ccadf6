/**
 * The key of a task of which there is to be one at a time.
 *
 * @module
 */

/** The longest time for which a task may hold its key, in milliseconds: seven days. */
export const MAX_UNIQUE_MS = 604_800_000;

/** For how long a task holds its key: until it begins, until it has ended, or so many milliseconds from its submission on. */
export type UniqueDuring = "waiting" | "unfinished" | number;

/** What becomes of a task whose key another holds. */
export type UniqueConflict = "join" | "replace" | "refuse";

/** All of these. */
export const UNIQUE_CONFLICTS: readonly UniqueConflict[] = ["join", "replace", "refuse"];

/** A key, for how long it is held, and what becomes of a task that finds it held. */
export interface Unique {
  readonly key: string;
  readonly during: UniqueDuring;
  readonly onConflict: UniqueConflict;
}

/** What is not said. */
export const UNIQUE_DEFAULTS: Omit<Unique, "key"> = Object.freeze({ during: "unfinished", onConflict: "join" });

/** Whether it says for how long. */
export function isUniqueDuring(during: unknown): during is UniqueDuring {
  return during === "waiting" || during === "unfinished" ||
    (typeof during === "number" && during > 0 && during <= MAX_UNIQUE_MS);
}
