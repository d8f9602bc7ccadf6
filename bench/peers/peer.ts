/**
 * Programs of others that do what this package does, as the benches see them.
 *
 * @module
 */

/** The work of a throughput run: this many numbers, from 0, are squared, each as a task of its own. */
export const SQUARES = 10_000;

/** The numbers. */
export const NUMBERS: readonly number[] = Array.from({ length: SQUARES }, (_, i) => i);

/** One that is there and has started its workers. */
export interface Peer extends AsyncDisposable {
  /** What it is called. */
  readonly name: string;
  /** Its version, and what it needs besides. */
  readonly version: string;
  /** Has all numbers squared, and gives the milliseconds until all results are there. */
  squaresMs(): Promise<number>;
}

/** It is not on this machine. */
export class PeerMissing extends Error {
  override name = "PeerMissing";
}

/** Throws when the squares are not those of all numbers: what was not done was not fast. */
export function checkSquares(squares: readonly unknown[]): void {
  const wrong = squares.length !== SQUARES || squares.some((square, i) => square !== i * i);
  if (wrong) throw new Error("Cannot count a run whose squares are wrong");
}
