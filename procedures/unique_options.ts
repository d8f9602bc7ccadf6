/**
 * The option `unique`: its check, at the door, and what the server is told of it.
 *
 * @module
 */

import { OptionRangeError, OptionTypeError } from "../core/option_error.ts";
import { requireKey } from "../core/require_key.ts";
import { requireKnown } from "../core/require_known.ts";
import { showValue } from "../core/show_value.ts";
import {
  isUniqueDuring,
  MAX_UNIQUE_MS,
  type Unique,
  UNIQUE_CONFLICTS,
  UNIQUE_DEFAULTS,
  type UniqueConflict,
  type UniqueDuring,
} from "../core/unique.ts";

/** A key of which there is to be one task at a time. */
export interface UniqueOptions {
  /** A text of 1 to 200 characters. Clients with the same key of their server share it; so do all tasks below one of theirs. */
  key: string;
  /**
   * For how long a task holds its key: until it begins, until it has ended, or so many milliseconds from its submission
   * on, whether or not it has ended by then. @default {"unfinished"}
   */
  during?: UniqueDuring;
  /**
   * What becomes of a task whose key another holds. `"join"`: it has the other's result, and does not run. `"replace"`:
   * the other is cancelled if it waits; if it runs, this one waits for its end. `"refuse"`: it is refused with
   * `DuplicateKey`. @default {"join"}
   */
  onConflict?: UniqueConflict;
}

const KNOWN: readonly (keyof UniqueOptions)[] = ["key", "during", "onConflict"];

/**
 * Checks the option.
 *
 * @throws {TypeError} for an unknown part, or one of the wrong type. @throws {RangeError} for a value out of range.
 */
export function requireUnique(unique: UniqueOptions | undefined): void {
  if (unique === undefined) return;
  if (typeof unique !== "object" || unique === null || Array.isArray(unique)) {
    const must = `it must be an object with a key, such as { key: "report 7" }`;
    throw new OptionTypeError("unique", `${must}: current value is ${showValue(unique)}`);
  }
  requireKnown(unique, KNOWN, "part of unique");
  const { key, during, onConflict } = unique;
  requireKey("unique.key", key, "report 7");
  if (during !== undefined && !isUniqueDuring(during)) {
    const must = `it must be "waiting", "unfinished" or milliseconds above 0, at most ${MAX_UNIQUE_MS}, such as 60_000`;
    throw new OptionRangeError("unique.during", `${must}: current value is ${showValue(during)}`);
  }
  if (onConflict !== undefined && !UNIQUE_CONFLICTS.includes(onConflict)) {
    const must = `it must be "join", "replace" or "refuse"`;
    throw new OptionRangeError("unique.onConflict", `${must}: current value is ${showValue(onConflict)}`);
  }
}

/** In full; null for a task without one. What is given was checked. */
export function uniqueOf(unique: UniqueOptions | undefined): Unique | null {
  if (unique === undefined) return null;
  const { key, during = UNIQUE_DEFAULTS.during, onConflict = UNIQUE_DEFAULTS.onConflict } = unique;
  return { key, during, onConflict };
}

/**
 * Checks that there is no key where there can be none.
 *
 * @throws {RangeError} that says what to do instead.
 */
export function requireNoUnique({ unique }: { readonly unique?: UniqueOptions }, instead: string): void {
  if (unique !== undefined) throw new OptionRangeError("unique", `it is for single tasks: ${instead}`);
}
