/**
 * The word that a mistyped one was meant to be.
 *
 * @module
 */

/** The known word with the fewest letters to change; null when none is near. */
export function nearest(word: string, known: readonly string[]): string | null {
  const typed = word.slice(0, 40);
  const distances = known.map((candidate) => editDistance(typed, candidate));
  const least = Math.min(...distances);
  return least <= Math.max(2, typed.length / 3) ? known[distances.indexOf(least)] : null;
}

/** Levenshtein's distance, one row at a time. */
function editDistance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, at) => at);
  for (let i = 0; i < from.length; i++) {
    const next = [i + 1];
    for (let j = 0; j < to.length; j++) {
      next.push(Math.min(row[j + 1] + 1, next[j] + 1, row[j] + (from[i] === to[j] ? 0 : 1)));
    }
    row = next;
  }
  return row[to.length];
}
