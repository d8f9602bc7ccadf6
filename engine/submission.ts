/**
 * What callers submit, once it is checked, and where its tasks come from.
 *
 * @module
 */

import type { Clock } from "../core/clock.ts";
import { ownBytes } from "../core/own_bytes.ts";
import type { Profile } from "../core/profile.ts";
import type { LimitPolicy } from "../core/key_limit.ts";
import type { RetryPolicy } from "../core/retry.ts";
import type { Unique } from "../core/unique.ts";
import type { Caller } from "./caller.ts";
import type { SubmittedItems } from "./groups.ts";
import {
  type Delay,
  type KeyLimit,
  type Origin,
  reuseKeyFor,
  type ServerLossRule,
  type StartLimit,
  type TaskGroup,
  type TaskRecord,
} from "./task.ts";
import { heldUntil, type UniqueOrigin, uniqueOrigin } from "./unique.ts";

/** A submission, checked. */
export interface Submission {
  profile: Profile;
  /** The inputs may be views of what was read: whoever keeps one for longer than the turn copies it. */
  tasks: readonly (readonly [id: string, input: Uint8Array])[];
  /** Instead of tasks: items of the group. The same. */
  items?: SubmittedItems;
  await: boolean;
  bound: boolean;
  followup: boolean;
  /** The store is to keep its tasks beyond the server. @default {false} */
  durable?: boolean;
  /** What becomes of a durable one that ran when its server ended. @default {"rerun"} */
  onServerLoss?: ServerLossRule;
  waitForRoom: boolean;
  /** How long each may wait for its begin, in milliseconds. @default {for ever} */
  startBeforeMs?: number | null;
  /** How long each waits before it comes into line, in milliseconds. @default {0} */
  delayMs?: number | null;
  /** So many of these are over. @default {0} */
  waitedMs?: number;
  /** The same from when it was submitted on: set by the dispatcher. */
  start?: StartLimit | null;
  delay?: Delay | null;
  /** Whether each has further attempts when one fails. @default {null: none} */
  retry?: RetryPolicy | null;
  /** How many that name the same key may run at once, and start in a second. @default {null: any number} */
  limit?: LimitPolicy | null;
  /** Its one task has a key of which there is to be one at a time. @default {null: none} */
  unique?: Unique | null;
  group: TaskGroup | null;
  /** What a client has put in line as one thing: see `engine/fair_queue.ts`. */
  lane: string;
}

/** The same submission, whose inputs are views of nothing. */
export function ownInputs<Of extends Pick<Submission, "tasks" | "items">>(submission: Of): Of {
  const { items } = submission;
  const tasks = submission.tasks.map(([id, input]) => [id, ownBytes(input)] as const);
  return {
    ...submission,
    tasks,
    items: items && { ...items, inputs: { ...items.inputs, bytes: ownBytes(items.inputs.bytes) } },
  };
}

/** Where the tasks of a submission come from. Limits only shrink from a parent to its subtasks. */
export function originOf(
  caller: Caller,
  submission: Submission,
  clock: Pick<Clock, "now" | "wall">,
  limit: KeyLimit | null = null,
): Origin {
  const { profile, bound, group } = submission;
  const parent = caller.run?.task ?? null;
  const owner = parent === null ? caller.owner : parent.origin.owner;
  const lane = parent === null ? submission.lane : parent.origin.lane;
  const reuseKey = reuseKeyFor(profile, owner, group);
  const endsBy = caller.run === null ? Infinity : Math.min(caller.run.deadlineAt, parent!.origin.endsBy);
  return {
    profile,
    parent: parent === null ? null : { id: parent.id, parent: parent.origin.parent },
    // A bound one ends with its parent in any case, and is not to be told of a limit before that.
    timeoutMs: bound ? profile.timeoutMs : Math.min(profile.timeoutMs, Math.max(1, Math.floor(endsBy - clock.now()))),
    endsBy: bound ? endsBy : Infinity,
    depth: depthBelow(parent),
    owner,
    clientKey: caller.clientKey,
    lane,
    group,
    reuseKey,
    start: submission.start ?? null,
    delay: submission.delay ?? null,
    // Its consumer may have had items already.
    retry: profile.stream ? null : submission.retry ?? null,
    limit,
    unique: submission.unique == null ? null : uniqueOf(submission.unique, caller, clock),
    bound,
    durable: submission.durable ?? false,
    onServerLoss: submission.onServerLoss ?? "rerun",
    submittedAt: clock.wall(),
  };
}

function uniqueOf(unique: Unique, { clientKey, run }: Caller, clock: Pick<Clock, "now">): UniqueOrigin {
  const parent = run === null ? null : { id: run.task.id, parent: run.task.origin.parent };
  return uniqueOrigin(unique, clientKey, parent, heldUntil(unique, clock.now()));
}

/** How deep the subtasks of a task are; a client's tasks, which have no parent, are at depth 0. */
export function depthBelow(parent: TaskRecord | null): number {
  return parent === null ? 0 : parent.origin.depth + 1;
}
