/** What Piscina's workers run. */
export function square(x) {
  return x * x;
}

/** Gives back what it was given. */
export function echo(value) {
  return value;
}
