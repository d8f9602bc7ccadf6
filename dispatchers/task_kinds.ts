/**
 * What tasks of queues are submitted with: made once for tasks that share target and options. These are compared by
 * identity, and where that is new by what they say.
 *
 * @module
 */

import type { Submission } from "../client/awaited_results.ts";
import { submissionOf } from "../client/profile.ts";
import { isTimed } from "../client/start_limit.ts";
import { functionTarget, prepare } from "../client/target.ts";
import { uuidv7 } from "../core/uuid.ts";
import { isProcedure } from "../procedures/procedure.ts";
import type { Task, TaskOptions } from "../procedures/task.ts";
import { requireTaskOptions } from "../procedures/task_options.ts";
import { requireNoUnique } from "../procedures/unique_options.ts";
import type { WireTarget } from "../wire/message.ts";
import type { QueueTraits } from "./backend.ts";
import type { OpenGroup } from "./open_group.ts";

/** What tasks of one queue have in common. */
export interface TaskKind {
  readonly submission: Submission;
  readonly signal: AbortSignal | undefined;
  /** They may be items of a group. */
  readonly isForGroup: boolean;
  /** The latest one; null before the first. */
  group: OpenGroup | null;
}

/** Kinds of one target that are told by what their options say. */
const MAX_BY_CONTENT = 64;

interface KindsOfTarget {
  readonly byOptions: WeakMap<TaskOptions, TaskKind>;
  readonly byContent: Map<string, TaskKind>;
}

/** The kinds of all queues. */
export class TaskKinds {
  #byTraits = new WeakMap<QueueTraits, WeakMap<object, KindsOfTarget>>();
  /** Most often all tasks of a queue are of one kind, and queues do not alternate. */
  #last: { readonly target: unknown; readonly options: TaskOptions; traits: QueueTraits; kind: TaskKind } | null = null;

  /**
   * The kind of a task.
   *
   * @throws {TypeError} {RangeError} for options that are none. @throws {TaskError} `NOT_CALLABLE`.
   */
  of({ target, options, args }: Task, traits: QueueTraits): TaskKind {
    const last = this.#last;
    if (last !== null && target === last.target && options === last.options && traits === last.traits) return last.kind;
    // A procedure's input is not its arguments, and it is rarely submitted twice.
    if (isProcedure(target)) return makeKind(prepare(target, args).target, options, traits, false);
    const byTarget = getOrMake(this.#byTraits, traits, () => new WeakMap());
    const known = getOrMake(byTarget, target, () => ({ byOptions: new WeakMap(), byContent: new Map() }));
    const make = () => makeKind(functionTarget(target), options, traits, true);
    const kind = getOrMake(known.byOptions, options, () => likeOther(known.byContent, options, make));
    this.#last = { target, options, traits, kind };
    return kind;
  }
}

/** The queues of a client take turns at the server. */
const lanes = new WeakMap<QueueTraits, string>();

function makeKind(target: WireTarget, own: TaskOptions, traits: QueueTraits, isFunction: boolean): TaskKind {
  const { options, chunkSize } = traits;
  const { signal, ...merged } = { ...options, ...own };
  requireTaskOptions(merged);
  requireNoUnique(merged, "what a queue or execute() takes is run in numbers; submit such a task by itself");
  const submission: Submission = {
    ...submissionOf(target, merged, true),
    group: chunkSize === 1 ? null : [uuidv7(), chunkSize],
    lane: getOrMake(lanes, traits, uuidv7),
  };
  // Each has waited for another time when it is given to the server.
  const isForGroup = isFunction && signal === undefined && !submission.followup && !isTimed(merged);
  return { submission, signal, isForGroup, group: null };
}

/** Each task may have options of its own that say the same. */
function likeOther(byContent: Map<string, TaskKind>, options: TaskOptions, make: () => TaskKind): TaskKind {
  if (options.signal !== undefined) return make();
  const content = JSON.stringify(options);
  let kind = byContent.get(content);
  if (kind !== undefined) return kind;
  kind = make();
  if (byContent.size === MAX_BY_CONTENT) byContent.clear();
  byContent.set(content, kind);
  return kind;
}

function getOrMake<Key extends WeakKey, Value>(map: WeakMap<Key, Value>, key: Key, make: () => Value): Value {
  let value = map.get(key);
  if (value === undefined) map.set(key, value = make());
  return value;
}
