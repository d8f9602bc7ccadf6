/**
 * Waiting for a result for a limited time. The end of the wait ends nothing else and consumes nothing.
 *
 * @module
 */

import { showValue } from "../core/show_value.ts";
import type { TaskResult } from "../procedures/task_caller.ts";
import { unknownTask } from "./awaited_results.ts";
import type { Link } from "./link.ts";
import { toTaskResult } from "./result.ts";

/** Longest delay that the runtime's timers take; a longer wait is a wait for ever. */
const MAX_DELAY_MS = 2 ** 31 - 1;

/**
 * Checks a wait.
 *
 * @throws {TypeError} when it is no number.
 */
export function requireWaitMs(waitMs: unknown): void {
  if (typeof waitMs === "number" && !Number.isNaN(waitMs)) return;
  throw new TypeError(`Cannot use waitMs: it must be a number of milliseconds: current value is ${showValue(waitMs)}`);
}

/** The result of a task known by its id, or its state when the wait is over; null when nobody knows it. */
export async function waitForTask<Data>(link: Link, id: string, waitMs: number): Promise<TaskResult<Data> | null> {
  const result = link.awaited.expect(id);
  const unknown = await link.call("await", { ids: [id] });
  if (unknown.length === 0) return await waitForResult<Data>(link, id, result, waitMs);
  if (link.awaited.release(id)) link.awaited.forget(id);
  return null;
}

/** The result, or after `waitMs` milliseconds (negative: never) the state of the unfinished task. */
export async function waitForResult<Data>(
  link: Link,
  id: string,
  result: Promise<TaskResult>,
  waitMs: number,
): Promise<TaskResult<Data>> {
  if (waitMs < 0 || waitMs > MAX_DELAY_MS) return await result as TaskResult<Data>;
  const { promise: timeUp, resolve } = Promise.withResolvers<null>();
  const timer = setTimeout(resolve, waitMs, null);
  const first = await Promise.race([result, timeUp]).finally(() => clearTimeout(timer));
  if (first !== null) return first as TaskResult<Data>;
  // Others may wait for it, by another handle or by the id.
  if (link.awaited.release(id)) await link.call("unawait", { ids: [id] });
  // It may have arrived while the server was told.
  const late = await Promise.race([result, Promise.resolve(null)]);
  if (late !== null) return late as TaskResult<Data>;
  if (link.awaited.isUnwanted(id)) link.awaited.forget(id);
  const [state] = await link.call("query", { ids: [id] });
  if (state === null) throw unknownTask(id);
  const known = toTaskResult<Data>(state, link.resultBudget);
  if (known.isSuccessful !== null) link.acknowledge([id]);
  return known;
}
