/** What the bench of logs runs. */

/** Lines a second. */
export const LINES = 1000;

/** Computes for a second without yielding, and logs when each line is due; gives the milliseconds that logging took. */
export function logWhileComputing(): number {
  const from = performance.now();
  let spent = 0;
  for (let line = 0; line < LINES; line++) {
    while (performance.now() - from < line);
    const at = performance.now();
    console.log("line", line, performance.timeOrigin + at);
    spent += performance.now() - at;
  }
  return spent;
}
