/** What the workers of Piscina and workerpool run: the same as bench/functions.ts. */

/** The square of a number. */
export function square(x) {
  return x * x;
}

/** Gives back what it was given. */
export function echo(value) {
  return value;
}
