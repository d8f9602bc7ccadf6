/**
 * What is remembered of attempts that failed, for whoever looks at a task: when, how long, and with what error. Some of each
 * task, and of all tasks as many as fit; those of which nothing was heard for longest are forgotten first.
 *
 * @module
 */

import type { FailureKind } from "../core/retry.ts";

/** An attempt that failed. */
export interface FailedAttempt {
  /** The number of the run; 0 when it never began. */
  readonly attempt: number;
  readonly kind: FailureKind;
  /** Wall clock, milliseconds; null when it never began. */
  readonly startedAt: number | null;
  readonly finishedAt: number;
  /** The encoded error; null for one of too many bytes. */
  readonly payload: Uint8Array | null;
}

/** Of one task: the latest. */
const MOST_ATTEMPTS = 10;

/** Of one error, and of all that is remembered. */
const MAX_ERROR_BYTES = 4096;
const MAX_BYTES = 8 * 1024 * 1024;

/** An attempt takes about so much besides its error. */
const ATTEMPT_BYTES = 100;

interface Remembered {
  readonly attempts: FailedAttempt[];
  bytes: number;
}

/** Failed attempts by task. */
export class FailedAttempts {
  #byTask = new Map<string, Remembered>();
  #bytes = 0;
  #maxBytes: number;

  constructor(maxBytes: number = MAX_BYTES) {
    this.#maxBytes = maxBytes;
  }

  /** One more has failed. The error is copied. */
  add(taskId: string, failed: FailedAttempt): void {
    const payload = failed.payload!.length <= MAX_ERROR_BYTES ? failed.payload!.slice() : null;
    const remembered = this.#take(taskId) ?? { attempts: [], bytes: 0 };
    remembered.attempts.push({ ...failed, payload });
    remembered.bytes += bytesOf(payload);
    if (remembered.attempts.length > MOST_ATTEMPTS) remembered.bytes -= bytesOf(remembered.attempts.shift()!.payload);
    this.#byTask.set(taskId, remembered);
    this.#bytes += remembered.bytes;
    for (const oldest of this.#byTask.keys()) {
      if (this.#bytes <= this.#maxBytes) return;
      this.#take(oldest);
    }
  }

  /** Those of a task, in their order. */
  of(taskId: string): readonly FailedAttempt[] {
    return this.#byTask.get(taskId)?.attempts ?? NONE;
  }

  #take(taskId: string): Remembered | undefined {
    const remembered = this.#byTask.get(taskId);
    if (remembered === undefined) return undefined;
    this.#byTask.delete(taskId);
    this.#bytes -= remembered.bytes;
    return remembered;
  }
}

const NONE: readonly FailedAttempt[] = [];

function bytesOf(payload: Uint8Array | null): number {
  return ATTEMPT_BYTES + (payload?.length ?? 0);
}
