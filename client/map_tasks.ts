/**
 * A map over tasks that have options of their own: each is a task by itself.
 *
 * @module
 */

import { TaskCancelled, TaskError } from "../core/errors.ts";
import { requireKnown } from "../core/require_known.ts";
import { requireProgress } from "../procedures/task_options.ts";
import { Task, type TaskOptions } from "../procedures/task.ts";
import type { MapOptions, TaskCaller } from "../procedures/task_caller.ts";
import type { Progress } from "./progress_meter.ts";
import { dataOf } from "./result.ts";

type TaskMapOptions = Omit<MapOptions, "chunkSize">;

const KNOWN: readonly (keyof TaskMapOptions)[] = ["settled", "progress"];

/** What runs them. */
export interface MapTasksParams {
  /** Whose tasks they are. */
  caller: TaskCaller;
  /** The caller's own. */
  signal: AbortSignal | undefined;
  options: TaskMapOptions | undefined;
  /** Where it shows how far it is; null where nobody looks. */
  openProgress(): Promise<Progress | null>;
}

/**
 * What the tasks give, in their order.
 *
 * @throws the first error of a task, unless results are wanted of all; the others are cancelled.
 */
export async function mapTasks(tasks: Iterable<unknown>, params: MapTasksParams): Promise<unknown[]> {
  const { options = {} } = params;
  requireKnown(options, KNOWN);
  const { settled = false } = options;
  const list = [...tasks].map(requireTask);
  const progress = requireProgress(options.progress) ? await params.openProgress() : null;
  progress?.start(list.length);
  const end = new AbortController();
  const callers = new Map<TaskOptions, TaskCaller>();
  const run = async ({ target, args, options }: Task): Promise<unknown> => {
    let caller = callers.get(options);
    if (caller === undefined) {
      const signal = options.signal ?? params.signal;
      const ends = signal === undefined ? end.signal : AbortSignal.any([end.signal, signal]);
      // Tasks with the same options object, such as none, are sent together.
      callers.set(options, caller = params.caller.with({ ...options, signal: ends }));
    }
    const result = await caller.runProcedure(new Task(target, args));
    progress?.add();
    return settled ? result : dataOf(result);
  };
  try {
    return await Promise.all(list.map(run));
  } catch (error) {
    end.abort(new TaskCancelled("Another task of the map failed"));
    throw error;
  } finally {
    await progress?.stop();
  }
}

function requireTask(task: unknown): Task {
  if (task instanceof Task) return task;
  throw new TypeError("Cannot map what is not a task: make one with task(fn, ...args), or give a function and items");
}

/** Whether many are given. */
export function isIterable(value: unknown): value is Iterable<unknown> {
  if (typeof value === "string") {
    throw new TaskError("NOT_CALLABLE", "Cannot submit a string: give a function or tasks");
  }
  return typeof value === "object" && value !== null && Symbol.iterator in value;
}
