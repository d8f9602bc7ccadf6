/**
 * The word that a mistyped one was meant to be.
 *
 * @module
 */

import { editDistance } from "../core/edit_distance.ts";

/** The known word with the fewest letters to change; null when none is near. */
export function nearest(word: string, known: readonly string[]): string | null {
  const typed = word.slice(0, 40);
  const distances = known.map((candidate) => editDistance(typed, candidate));
  const least = Math.min(...distances);
  return least <= Math.max(2, typed.length / 3) ? known[distances.indexOf(least)] : null;
}
