/**
 * Lists of tasks as they are asked for, and as they are sent.
 *
 * @module
 */

import { isState, type TaskState } from "../core/task_state.ts";
import type { FailedAttempt } from "../engine/failed_attempts.ts";
import type { LettersDealtWith } from "../engine/reviving.ts";
import type { TaskFilter, TaskView } from "../engine/task_view.ts";
import type { WireLettersDealtWith, WireTaskInfo } from "../wire/listing_message.ts";
import { invalid, list, object, optional, show, text } from "./shapes.ts";

/** Tasks in one reply. */
const MAX_LISTED = 1000;
/** There are seven states. */
const MAX_STATES = 10;
/** The beginning, or a table of `engine/listing.ts`, a shard of it, and an id. */
const PLACE = /^(?:[tm](?:[0-9a-f]{2}[0-9a-f-]{0,100})?)?$/;

/** A part of a list, as it was asked for. */
export interface ListRequest {
  readonly filter: TaskFilter;
  readonly place: string;
  readonly most: number;
}

/** Checks a `list`, by whoever has this key. */
export function parseList(body: unknown, keyName: string): ListRequest {
  const { states, name, since, place, most } = object(body, "list");
  if (typeof place !== "string" || !PLACE.test(place)) {
    throw invalid(`list.place must be one that a reply gave, or "": it is ${show(place)}`);
  }
  return {
    filter: {
      keyName,
      states: states == null ? null : new Set(list(states, "list.states", MAX_STATES).map(parseState)),
      name: name == null ? null : text(name, "list.name"),
      since: optional(since, "since", (ms) => !Number.isNaN(ms)),
    },
    place,
    most: optional(most, "most", (n) => Number.isInteger(n) && n >= 1 && n <= MAX_LISTED) ?? MAX_LISTED,
  };
}

function parseState(state: unknown): TaskState {
  if (isState(state)) return state;
  throw invalid(`list.states must hold states of tasks: one of them is ${show(state)}`);
}

/** A task in the form in which it is sent. */
export function toWireInfo(view: TaskView, attempts: readonly FailedAttempt[]): WireTaskInfo {
  const { id, origin, state, attempt, startedAt, finishedAt, progress, items, deadLetter } = view;
  const { profile: { name, priority }, submittedAt, parent, owner } = origin;
  return [
    ...[id, name, state, priority, attempt, submittedAt, startedAt, finishedAt] as const,
    ...[parent?.id ?? null, owner, progress, items] as const,
    attempts.map((failed) =>
      [failed.attempt, failed.kind, failed.startedAt, failed.finishedAt, failed.payload] as const
    ),
    origin.unique?.key ?? null,
    deadLetter,
  ];
}

/** What became of dead letters, in the form in which it is sent. */
export function toWireDealtWith({ count, refused }: LettersDealtWith): WireLettersDealtWith {
  return [count, refused.map(([id, { code, message }]) => [id, code, message] as const)];
}
