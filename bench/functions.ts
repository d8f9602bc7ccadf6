/** What the benches run as tasks. */

/** The square of a number. */
export function square(x: number): number {
  return x * x;
}
