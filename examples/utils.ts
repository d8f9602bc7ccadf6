/** Functions and procedures that the examples run as tasks. */

import { currentMessenger, type Messenger, Procedure } from "@palpable/palpable";

/** The square of a number. */
export function square(x: number): number {
  return x * x;
}
