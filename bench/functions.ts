/** What the benches run as tasks. */

/** The square of a number. */
export function square(x: number): number {
  return x * x;
}

/** Takes so many milliseconds, or none. */
export async function pause(ms: number): Promise<void> {
  if (ms > 0) await new Promise((done) => setTimeout(done, ms));
}

/** Gives back what it was given. */
export function echo(value: unknown): unknown {
  return value;
}
