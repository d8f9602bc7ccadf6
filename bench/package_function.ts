/** What the benches run as a task that needs an npm package, in CommonJS. */

import ms from "ms";

/** A time in words. */
export function inWords(timeMs: number): string {
  return ms(timeMs);
}
