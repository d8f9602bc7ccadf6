/**
 * How a task ended, as the server holds it until somebody has taken that.
 *
 * @module
 */

import type { Clock } from "../core/clock.ts";
import type { Outcome } from "../core/outcome.ts";
import type { Packed, Packer } from "../core/packer.ts";
import type { FinalState } from "../core/task_state.ts";
import type { Ancestor, Origin, TaskRecord } from "./task.ts";

const NO_IDS: readonly string[] = [];

/** What a result is made of. */
export type ResultFields =
  & Pick<Result, "id" | "origin" | "fingerprint" | "status" | "raisedByTask" | "attempt" | "startedAt" | "finishedAt">
  & {
    readonly followupIds: readonly string[] | null;
    /** The encoded data or error. */
    readonly payload: Packed;
  };

/** How a task ended. */
export class Result {
  readonly id: string;
  readonly origin: Origin;
  readonly fingerprint: number;
  readonly status: FinalState;
  /** Its error is what its process said, not the server. */
  readonly raisedByTask: boolean;
  readonly attempt: number;
  /** Wall clock, milliseconds, and so is the other; as far apart as the run took, whatever is done to that clock. */
  readonly startedAt: number | null;
  readonly finishedAt: number;
  readonly followupIds: readonly string[];
  #payload: Packed;

  /** A result with these fields. */
  constructor(fields: ResultFields) {
    this.id = fields.id;
    this.origin = fields.origin;
    this.fingerprint = fields.fingerprint;
    this.status = fields.status;
    this.raisedByTask = fields.raisedByTask;
    this.attempt = fields.attempt;
    this.startedAt = fields.startedAt;
    this.finishedAt = fields.finishedAt;
    this.followupIds = fields.followupIds ?? NO_IDS;
    this.#payload = fields.payload;
  }

  /** What is kept of a task that has ended so; the payload is copied. */
  static of(
    task: TaskRecord,
    { status, payload, raisedByTask = false }: Outcome,
    clock: Pick<Clock, "wall" | "now">,
    packer: Packer,
  ): Result {
    const { id, origin, fingerprint, attempt, followupIds } = task;
    const finishedAt = clock.wall();
    const startedAt = task.startedAt === null ? null : finishedAt - (clock.now() - task.begunAt);
    return new Result({
      id,
      origin,
      fingerprint,
      status,
      raisedByTask,
      attempt,
      startedAt,
      finishedAt,
      followupIds,
      payload: packer.pack(payload),
    });
  }

  /** The task that submitted this one; null for a client's. */
  get parent(): Ancestor | null {
    return this.origin.parent;
  }

  /** Bytes of the encoded data or error. */
  get payloadBytes(): number {
    return this.#payload.length;
  }

  /** The encoded data or error; opaque here. A view. */
  get payload(): Uint8Array {
    const { block, start, length } = this.#payload;
    return block.subarray(start, start + length);
  }
}
