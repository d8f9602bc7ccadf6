/**
 * Submitting many tasks at once, without waiting for them to run.
 *
 * @module
 */

import { requireCallLimits } from "../core/call_limits.ts";
import { uuidv7 } from "../core/uuid.ts";
import { Task, type TaskOptions } from "../procedures/task.ts";
import type { SubmitOptions, TaskHandle } from "../procedures/task_caller.ts";
import { Handle } from "./handle.ts";
import type { Link } from "./link.ts";
import { submissionOf } from "./profile.ts";
import { Groups } from "./submission_groups.ts";
import { submitWithin } from "./submit_within.ts";

/** Gives a handle for each task once the server has accepted all. `ofCaller` are the options of who submits them. */
export async function submitTasks(
  link: Link,
  tasks: readonly unknown[],
  ofCaller: TaskOptions,
  options: SubmitOptions,
): Promise<TaskHandle[]> {
  const { signal: given, timeoutMs, ...ofTasks } = options;
  requireCallLimits({ signal: given, timeoutMs });
  const groups = new Groups((target, merged) => submissionOf(target, merged, false));
  const shared = { ...ofCaller, ...ofTasks };
  const signals: [AbortSignal, string][] = [];
  const handles: Handle[] = [];
  for (const task of tasks) {
    if (!(task instanceof Task)) {
      throw new TypeError("Cannot submit what is not a task: make one with task(fn, ...args)");
    }
    const id = uuidv7();
    const signal = groups.add(id, task, shared);
    signal?.throwIfAborted();
    // What is to run once is submitted once.
    const isAgain = link.accepted !== undefined && groups.latest.submission.onServerLoss !== "fail";
    const source = isAgain ? { ...groups.latest, stops: 0, life: null } : null;
    handles.push(new Handle(link, id, source, handles));
    if (signal !== undefined) signals.push([signal, id]);
  }
  const ofAll = signals.length === tasks.length ? signals.map(([signal]) => signal) : [];
  await submitWithin(link, groups, { ids: handles.map(({ id }) => id), signal: given, timeoutMs, ofAll });
  link.accepted?.(handles);
  for (const [signal, id] of signals) link.signalled.add(signal, id);
  return handles;
}
