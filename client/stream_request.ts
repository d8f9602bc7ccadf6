/**
 * What opens a stream.
 *
 * @module
 */

import type { Submission } from "./awaited_results.ts";

/** What a stream's task is submitted with. */
export interface StreamRequest {
  readonly id: string;
  readonly submission: Submission;
  readonly input: Uint8Array;
  /** Ends the task. */
  readonly signal: AbortSignal | undefined;
}
