/**
 * How a task ended, as it lies in the file: the payload, and all else as text.
 *
 * @module
 */

import { packUuid, unpackUuid, UUID_WORDS } from "../../core/uuid.ts";
import type { FinalState } from "../../core/task_state.ts";
import { Result } from "../../engine/result.ts";
import type { Origin } from "../../engine/task.ts";
import type { IdBytes } from "./changes.ts";
import { bytesOf, numbersOf } from "./sums.ts";

type About = readonly [
  fingerprint: number,
  status: FinalState,
  raisedByTask: boolean,
  attempt: number,
  startedAt: number | null,
  finishedAt: number,
  followupIds: readonly string[],
  /** What was its submission's own. */
  own: string,
  /** Of a dead letter; left out where it is not. */
  isPoisoned?: 1,
];

const words = new Uint32Array(UUID_WORDS);

/** The bytes of an id, which is a UUID. */
export function idBytes(id: string): IdBytes {
  packUuid(id, words);
  return bytesOf(words).slice();
}

/** All of a result but its id and its payload. */
export function aboutResult(result: Result, own: string, isPoisoned = false): string {
  const { fingerprint, status, raisedByTask, attempt, startedAt, finishedAt, followupIds } = result;
  const about: About = [fingerprint, status, raisedByTask, attempt, startedAt, finishedAt, followupIds, own];
  if (isPoisoned) return JSON.stringify([...about, 1]);
  return JSON.stringify(about);
}

/** What was its submission's own. */
export function ownOf(about: string): string {
  return (JSON.parse(about) as About)[7];
}

/** Whether the task has ended its process, or its server, as often as it may. */
export function isPoisonedIn(about: string): boolean {
  return (JSON.parse(about) as About)[8] === 1;
}

/** The result again. */
export function resultFrom(id: IdBytes, about: string, payload: Uint8Array, origin: Origin): Result {
  const [fingerprint, status, raisedByTask, attempt, startedAt, finishedAt, followupIds] = JSON.parse(about) as About;
  return new Result({
    id: unpackUuid(numbersOf(id), 0),
    origin,
    fingerprint,
    status,
    raisedByTask,
    attempt,
    startedAt,
    finishedAt,
    followupIds: followupIds.length === 0 ? null : followupIds,
    payload: { block: payload, start: 0, length: payload.length },
  });
}
