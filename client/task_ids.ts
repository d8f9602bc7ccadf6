/**
 * Ids of tasks that somebody names in a call.
 *
 * @module
 */

import { showValue } from "../core/show_value.ts";

/** Tasks that one call names: the server hears nobody else while it goes through them. */
const IDS_PER_CALL = 1000;

/** Each id once. `verb` is what is to be done. @throws {TypeError} for what is no id. */
export function taskIds(ids: string | Iterable<string>, verb: string): string[] {
  const all = typeof ids === "string" ? [ids] : [...new Set(ids)];
  const wrong = all.findIndex((id) => typeof id !== "string");
  if (wrong === -1) return all;
  throw new TypeError(`Cannot ${verb}: give ids of tasks: one of them is ${showValue(all[wrong])}`);
}

/** Parts of these, for a call each. */
export function* partsOf(ids: readonly string[]): Generator<string[]> {
  for (let from = 0; from < ids.length; from += IDS_PER_CALL) yield ids.slice(from, from + IDS_PER_CALL);
}
