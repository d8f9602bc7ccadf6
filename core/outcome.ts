/**
 * How one run of a task ended, before it is settled.
 *
 * @module
 */

import type { FinalState } from "./task_state.ts";

/** A final state, and the encoded data or error. */
export interface Outcome {
  readonly status: FinalState;
  readonly payload: Uint8Array;
  /** The task's own process said so, and it is an error: not what the server has decided. @default {false} */
  readonly raisedByTask?: boolean;
}
