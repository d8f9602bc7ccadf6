/**
 * Looking at tasks, without taking anything: at one by its id, or at all that pass a filter, page by page.
 *
 * @module
 */

import type { CallLimits } from "../core/call_limits.ts";
import { LeavableIterator, type Supply } from "../core/leavable_iterator.ts";
import { isState, type TaskState } from "../core/task_state.ts";
import { requireKnown } from "../core/require_known.ts";
import { showValue } from "../core/show_value.ts";
import type { TaskAttempt, TaskFilter, TaskInfo } from "../procedures/task_info.ts";
import type { WireAttempt, WireTaskFilter, WireTaskInfo } from "../wire/listing_message.ts";
import { callWithin } from "./call_within.ts";
import type { Link } from "./link.ts";
import { errorFrom } from "./result.ts";

/** Tasks that the server gives at a time. */
const TASKS_PER_PAGE = 500;

const KNOWN: readonly (keyof TaskFilter)[] = ["state", "name", "since"];

/** What is known of a task; null when nothing is. @throws as `callWithin` does. */
export async function taskInfo(link: Link, id: string, limits: CallLimits): Promise<TaskInfo | null> {
  const [info] = await callWithin(limits, (unsent) => link.call("info", { ids: [id] }, unsent));
  return info && toTaskInfo(info);
}

/** All that pass, in an order that stays the same. The limits are those of each page. */
export function taskInfos(link: Link, filter: TaskFilter, limits: CallLimits): AsyncGenerator<TaskInfo, undefined> {
  return new LeavableIterator(() => new Pages(link, toWireFilter(filter), limits));
}

/** A list, asked for page by page. */
class Pages implements Supply<TaskInfo> {
  #link: Link;
  #filter: WireTaskFilter;
  #limits: CallLimits;
  /** Of the present page, and how many of it were taken. */
  #tasks: readonly WireTaskInfo[] = [];
  #taken = 0;
  /** Where the next page begins; null behind the last. */
  #place: string | null = "";
  #failed: { readonly error: unknown } | null = null;
  #left = new AbortController();

  constructor(link: Link, filter: WireTaskFilter, limits: CallLimits) {
    this.#link = link;
    this.#filter = filter;
    this.#limits = limits;
  }

  take(): IteratorResult<TaskInfo, undefined> | null {
    if (this.#taken < this.#tasks.length) return { done: false, value: toTaskInfo(this.#tasks[this.#taken++]) };
    if (this.#failed !== null) throw this.#failed.error;
    return this.#place === null ? { done: true, value: undefined } : null;
  }

  wait(wake: () => void): void {
    this.#ask(this.#place!).catch((error) => this.#failed = { error }).then(wake);
  }

  /** A page that waits for a server is not asked for any more. */
  leave(): void {
    this.#left.abort();
  }

  async #ask(place: string): Promise<void> {
    const body = { ...this.#filter, place, most: TASKS_PER_PAGE };
    const { timeoutMs, signal: given } = this.#limits;
    const left = this.#left.signal;
    const signal = given === undefined ? left : AbortSignal.any([given, left]);
    const call = (unsent: AbortSignal | undefined) => this.#link.call("list", body, unsent);
    [this.#tasks, this.#place] = await callWithin({ timeoutMs, signal }, call);
    this.#taken = 0;
  }
}

/**
 * The filter in the form in which it is sent.
 *
 * @throws {TypeError} for an unknown part of a filter, or one of the wrong type.
 * @throws {RangeError} for a state that is none, or a date that is invalid.
 */
export function toWireFilter(filter: TaskFilter): WireTaskFilter {
  requireKnown(filter, KNOWN, "part of a filter");
  const { state, name, since } = filter;
  if (name !== undefined && (typeof name !== "string" || name === "")) {
    throw new TypeError(`Cannot use name: it must be a text that is not empty: current value is ${showValue(name)}`);
  }
  return {
    states: state === undefined ? null : statesOf(state),
    name: name ?? null,
    since: since === undefined ? null : timeOf(since),
  };
}

function statesOf(state: NonNullable<TaskFilter["state"]>): TaskState[] {
  const states = typeof state === "string" ? [state] : [...state];
  const unknown = states.find((one) => !isState(one));
  if (unknown === undefined) return [...new Set(states)];
  throw new RangeError(`Cannot use state: it must be a state of a task: current value is ${showValue(unknown)}`);
}

function timeOf(since: Date | number): number {
  const ms = Number(since);
  if (!(since instanceof Date) && typeof since !== "number") {
    throw new TypeError(
      `Cannot use since: it must be a Date, or milliseconds since 1970: current value is ${showValue(since)}`,
    );
  }
  if (Number.isNaN(ms)) throw new RangeError("Cannot use since: it is no valid time");
  return ms;
}

function toTaskInfo(wire: WireTaskInfo): TaskInfo {
  const [
    id,
    name,
    state,
    priority,
    attempt,
    submittedAt,
    startedAt,
    finishedAt,
    parent,
    client,
    said,
    items,
    failed,
    key,
    dead,
  ] = wire;
  const progress = said === null ? null : { taskId: id, done: said[0], total: said[1] };
  const attempts = (failed ?? []).map(toTaskAttempt);
  const times = { submittedAt, startedAt, finishedAt };
  return {
    id,
    name,
    state,
    priority,
    attempt,
    ...times,
    parent,
    client,
    progress,
    items,
    attempts,
    uniqueKey: key ?? null,
    deadLetter: dead ?? null,
  };
}

function toTaskAttempt([attempt, kind, startedAt, finishedAt, payload]: WireAttempt): TaskAttempt {
  const durationMs = startedAt === null ? null : Math.max(0, finishedAt - startedAt);
  return { attempt, kind, startedAt, finishedAt, durationMs, error: payload && errorFrom(payload, kind === "error") };
}
