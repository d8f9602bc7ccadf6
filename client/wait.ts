/**
 * Waiting for a result for a limited time. The end of the wait ends nothing else and consumes nothing.
 *
 * @module
 */

import { WaitTimeout } from "../core/errors.ts";
import { showValue } from "../core/show_value.ts";
import type { TaskResult } from "../procedures/task_caller.ts";
import { isAnswered } from "./answered.ts";
import { unknownTask } from "./awaited_results.ts";
import type { Link } from "./link.ts";
import { toTaskResult } from "./result.ts";

/** Longest delay that the runtime's timers take; a longer wait is a wait for ever. */
export const MAX_DELAY_MS = 2 ** 31 - 1;

/**
 * What a server has to say how far a task is, in milliseconds, when a limited wait for it is over. It may answer
 * nothing though its connection lives.
 */
export const ANSWER_MS = 1000;

/**
 * Checks a wait.
 *
 * @throws {TypeError} when it is no number.
 */
export function requireWaitMs(waitMs: unknown): void {
  if (typeof waitMs === "number" && !Number.isNaN(waitMs)) return;
  throw new TypeError(`Cannot use waitMs: it must be a number of milliseconds: current value is ${showValue(waitMs)}`);
}

/**
 * The result of a task known by its id, or its state when the wait is over; null when nobody knows it.
 *
 * @throws {WaitTimeout} when the server does not say.
 */
export async function waitForTask<Data>(link: Link, id: string, waitMs: number): Promise<TaskResult<Data> | null> {
  const result = link.awaited.expect(id);
  const from = performance.now();
  try {
    const unknown = await answerOf(link, link.call("await", { ids: [id] }), waitMs < 0 ? Infinity : waitMs + ANSWER_MS);
    if (unknown.length > 0) {
      link.signalled.forget(unknown);
      if (link.awaited.release(id)) link.awaited.forget(id);
      return null;
    }
  } catch (error) {
    if (link.awaited.release(id)) link.awaited.forget(id);
    throw error;
  }
  const leftMs = waitMs < 0 ? waitMs : Math.max(0, waitMs - (performance.now() - from));
  return await waitForResult<Data>(link, id, result, leftMs);
}

/**
 * The result, or after `waitMs` milliseconds (negative: never) the state of the unfinished task.
 *
 * @throws {WaitTimeout} when the server does not say within {@linkcode ANSWER_MS}.
 */
export async function waitForResult<Data>(
  link: Link,
  id: string,
  result: Promise<TaskResult>,
  waitMs: number,
): Promise<TaskResult<Data>> {
  const first = await resultWithin(result, waitMs);
  if (first !== null) return first as TaskResult<Data>;
  const answerBy = performance.now() + ANSWER_MS;
  try {
    // Others may wait for it, by another handle or by the id.
    if (link.awaited.release(id)) await answerOf(link, link.call("unawait", { ids: [id] }), ANSWER_MS);
    // It may have arrived while the server was told.
    const late = await Promise.race([result, Promise.resolve(null)]);
    if (late !== null) return late as TaskResult<Data>;
  } finally {
    // What a stopping server has handed back goes to the next one though this wait is over.
    if (link.awaited.isUnwanted(id) && !link.handsBack) link.awaited.forget(id);
  }
  const [state] = await answerOf(link, link.call("query", { ids: [id] }), Math.max(0, answerBy - performance.now()));
  if (state === null && link.handsBack && link.awaited.has(id)) {
    return toTaskResult<Data>([id, "ready", 0, null, [], Date.now(), null, null]);
  }
  if (state === null) throw unknownTask(id);
  const known = toTaskResult<Data>(state, link.resultBudget);
  if (known.isSuccessful !== null) link.acknowledge([id]);
  return known;
}

/** The result, or null when so many milliseconds are over first; negative is for ever. */
export async function resultWithin(result: Promise<TaskResult>, waitMs: number): Promise<TaskResult | null> {
  if (waitMs < 0 || waitMs > MAX_DELAY_MS) return await result;
  const { promise: timeUp, resolve } = Promise.withResolvers<null>();
  const timer = setTimeout(resolve, waitMs, null);
  return await Promise.race([result, timeUp]).finally(() => clearTimeout(timer));
}

/** What a server answers, unless it says nothing for so long. The server that a task runs on may take its time. */
async function answerOf<Answer>(link: Link, call: Promise<Answer>, withinMs: number): Promise<Answer> {
  if (link.heartbeatMs === null || withinMs > MAX_DELAY_MS) return await call;
  if (!await isAnswered(call, Math.max(0, withinMs))) {
    throw new WaitTimeout("The wait is over, and the server does not say how far the task is; it goes on");
  }
  return await call;
}
