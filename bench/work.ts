/**
 * The work that this package and its peers are given.
 *
 * @module
 */

/** Workers of the server, and of every peer. */
export const WORKERS = 2;

/** How many numbers are squared, each as a task of its own. */
export const SQUARES = 10_000;

/** The numbers. */
export const NUMBERS: readonly number[] = Array.from({ length: SQUARES }, (_, i) => i);

/** Ten times as many. */
export const MANY_NUMBERS: readonly number[] = Array.from({ length: 10 * SQUARES }, (_, i) => i);

/** What goes through a task and comes back. */
export const OBJECTS: readonly unknown[] = Array.from(
  { length: 10_000 },
  (_, id) => ({ id, name: `name ${id}`, tags: ["a", "b"], score: id / 3 }),
);

/**
 * Milliseconds until the squares of all numbers are there. Throws when they are wrong: what was not done was not fast.
 */
export async function timeSquares(
  square: (numbers: readonly number[]) => Promise<readonly unknown[]>,
  numbers = NUMBERS,
): Promise<number> {
  const from = performance.now();
  const squares = await square(numbers);
  const ms = performance.now() - from;
  const wrong = squares.length !== numbers.length || squares.some((square, i) => square !== i * i);
  if (wrong) throw new Error("Cannot count a run whose squares are wrong");
  return ms;
}
