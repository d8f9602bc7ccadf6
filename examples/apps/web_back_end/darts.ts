/** The work that the page waits for. Tasks load this module, and nothing of the web server. */

import { currentMessenger } from "@palpable/palpable";

const POINTS = 100_000;

/** π by throwing darts: each round throws 100,000 of them, and says so. */
export function pi(rounds: number): number {
  if (!(rounds >= 1)) throw new RangeError(`Cannot throw ${rounds} rounds: at least one is needed`);
  const messenger = currentMessenger();
  let inside = 0;
  for (let round = 1; round <= rounds; round++) {
    for (let i = 0; i < POINTS; i++) if (Math.random() ** 2 + Math.random() ** 2 < 1) inside++;
    messenger.progress(round, rounds);
  }
  return 4 * inside / (rounds * POINTS);
}
