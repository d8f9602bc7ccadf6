/**
 * Looking at tasks, without taking anything: at one by its id, or at all that pass a filter, page by page.
 *
 * @module
 */

import { isState, type TaskState } from "../core/task_state.ts";
import { requireKnown } from "../core/require_known.ts";
import { showValue } from "../core/show_value.ts";
import type { TaskFilter, TaskInfo } from "../procedures/task_info.ts";
import type { WireTaskFilter, WireTaskInfo } from "../wire/message.ts";
import type { Link } from "./link.ts";

/** Tasks that the server gives at a time. */
const TASKS_PER_PAGE = 500;

const KNOWN: readonly (keyof TaskFilter)[] = ["state", "name", "since"];

/** What is known of a task; null when nothing is. */
export async function taskInfo(link: Link, id: string): Promise<TaskInfo | null> {
  const [info] = await link.call("info", { ids: [id] });
  return info && toTaskInfo(info);
}

/** All that pass, in an order that stays the same. */
export async function* taskInfos(link: Link, filter: TaskFilter): AsyncGenerator<TaskInfo, undefined> {
  const wanted = toWireFilter(filter);
  for (let place: string | null = ""; place !== null;) {
    const [tasks, next]: Awaited<ReturnType<typeof askForPage>> = await askForPage(link, wanted, place);
    for (const task of tasks) yield toTaskInfo(task);
    place = next;
  }
}

function askForPage(link: Link, filter: WireTaskFilter, place: string) {
  return link.call("list", { ...filter, place, most: TASKS_PER_PAGE });
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
  const [id, name, state, priority, attempt, submittedAt, startedAt, finishedAt, parent, client, said, items] = wire;
  const progress = said === null ? null : { taskId: id, done: said[0], total: said[1] };
  return { id, name, state, priority, attempt, submittedAt, startedAt, finishedAt, parent, client, progress, items };
}
