/**
 * How one run of a task ended, before it is settled.
 *
 * @module
 */

import type { FailureKind } from "./retry.ts";
import type { FinalState } from "./task_state.ts";

/** A final state, and the encoded data or error. */
export interface Outcome {
  readonly status: FinalState;
  readonly payload: Uint8Array;
  /** The task's own process said so, and it is an error: not what the server has decided. @default {false} */
  readonly raisedByTask?: boolean;
  /** Of a failure that the server has decided, where another attempt may mend it: of what kind. */
  readonly kind?: FailureKind;
  /** It has ended its process, or its server, as often as it may. @default {false} */
  readonly isPoisoned?: boolean;
  /**
   * What was said of another attempt: there is to be none; there is to be one, after the usual wait or after so many
   * milliseconds. Where nothing was said the kind of failure decides.
   */
  readonly again?: boolean | number;
}
