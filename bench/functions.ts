/** What the benches run as tasks. */

/** The square of a number. */
export function square(x: number): number {
  return x * x;
}

/** Gives back what it was given. */
export function echo(value: unknown): unknown {
  return value;
}
