/**
 * Waiting for a result for a limited time. The end of the wait ends nothing else and consumes nothing.
 *
 * @module
 */

import { untilAborted } from "../core/abort.ts";
import { MAX_DELAY_MS } from "../core/clock.ts";
import { type TaskError, WaitTimeout } from "../core/errors.ts";
import type { Later } from "../core/later.ts";
import { requireNumber } from "../core/require_number.ts";
import type { TaskResult } from "../procedures/task_caller.ts";
import { abandonTasks } from "./abandon_tasks.ts";
import { isAnswered } from "./answered.ts";
import { unknownTask } from "./awaited_results.ts";
import type { Link } from "./link.ts";
import { toTaskResult } from "./result.ts";

/**
 * What a server has to say how far a task is, in milliseconds, when a limited wait for it is over. It may answer
 * nothing though its connection lives.
 */
export const ANSWER_MS = 1000;

/**
 * Checks a wait.
 *
 * @throws {TypeError} when it is no number. @throws {RangeError} for NaN.
 */
export function requireWaitMs(waitMs: number): void {
  requireNumber("waitMs", waitMs, (ms) => !Number.isNaN(ms), "a number of milliseconds");
}

/** How long somebody waits for a task. */
export interface TaskWait {
  /** Milliseconds until its state will do; negative waits until it ends. */
  readonly waitMs: number;
  /** Ends the wait with its reason. */
  readonly signal: AbortSignal | undefined;
}

/**
 * The result of a task known by its id, or its state when the wait is over; null when nobody knows it.
 *
 * @throws {WaitTimeout} when the server does not say. @throws the reason of the signal.
 */
export function waitForTask<Data>(link: Link, id: string, wait: TaskWait): Promise<TaskResult<Data> | null> {
  const result = link.awaited.expect(id);
  return untilAborted(waitIfKnown<Data>(link, id, result, wait), wait.signal, () => stopWaiting(link, id));
}

/** One waits no longer. The server is told, when nobody else does. */
export function stopWaiting(link: Link, id: string): void {
  if (!link.awaited.release(id)) return;
  link.awaited.forget(id);
  link.call("unawait", { ids: [id] }).catch(() => {});
}

async function waitIfKnown<Data>(
  link: Link,
  id: string,
  result: Promise<TaskResult>,
  { waitMs, signal }: TaskWait,
): Promise<TaskResult<Data> | null> {
  const from = performance.now();
  try {
    const asked = link.call("await", { ids: [id] }, signal);
    const unknown = await answerOf(link, asked, waitMs < 0 ? Infinity : waitMs + ANSWER_MS);
    signal?.throwIfAborted();
    if (unknown.length > 0) {
      link.signalled.forget(unknown);
      if (link.awaited.release(id)) link.awaited.forget(id);
      return null;
    }
  } catch (error) {
    // Else it has stopped waiting.
    if (!signal?.aborted && link.awaited.release(id)) link.awaited.forget(id);
    throw error;
  }
  const leftMs = waitMs < 0 ? waitMs : Math.max(0, waitMs - (performance.now() - from));
  return await waitForResult<Data>(link, id, result, { waitMs: leftMs, signal });
}

/**
 * The result of a task that was just submitted, as {@linkcode waitForResult} gives it. One that its server has not even
 * accepted by then is given up: nobody could find it by its id, and it would be lost with this program.
 *
 * @throws {WaitTimeout} for that too.
 */
export function waitForSubmitted<Data>(
  link: Link,
  id: string,
  result: Promise<TaskResult>,
  wait: TaskWait,
): Promise<TaskResult<Data>> {
  return waitForResult(link, id, result, wait, () => {
    abandonTasks(link, [id]);
    return new WaitTimeout(
      `The server has not accepted the task within ${wait.waitMs} ms: it waited for room in the queue, which is full, ` +
        'and is given up; wait longer, or have it refused at once by whenFull: "refuse"',
    );
  });
}

/**
 * The result, or after `waitMs` milliseconds (negative: never) the state of the unfinished task. Whose signal aborts has
 * to stop waiting itself.
 *
 * @throws {WaitTimeout} when the server does not say within {@linkcode ANSWER_MS}.
 * @throws what `unknown` gives when the server does not know it.
 */
export async function waitForResult<Data>(
  link: Link,
  id: string,
  result: Promise<TaskResult>,
  wait: TaskWait,
  unknown: (id: string) => Later<TaskError> = unknownTask,
): Promise<TaskResult<Data>> {
  const first = await resultWithin(result, wait);
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
  if (state === null) throw await unknown(id);
  const known = toTaskResult<Data>(state, link.resultBudget);
  if (known.isSuccessful !== null) link.acknowledge([id]);
  return known;
}

/** The result, or null when the wait is over first. */
export async function resultWithin(
  result: Promise<TaskResult>,
  { waitMs, signal }: TaskWait,
): Promise<TaskResult | null> {
  if (waitMs < 0 || waitMs > MAX_DELAY_MS) return await untilAborted(result, signal);
  const { promise: timeUp, resolve } = Promise.withResolvers<null>();
  const timer = setTimeout(resolve, waitMs, null);
  try {
    return await untilAborted(Promise.race([result, timeUp]), signal);
  } finally {
    clearTimeout(timer);
  }
}

/** What a server answers, unless it says nothing for so long. The server that a task runs on may take its time. */
async function answerOf<Answer>(link: Link, call: Promise<Answer>, withinMs: number): Promise<Answer> {
  if (link.heartbeatMs === null || withinMs > MAX_DELAY_MS) return await call;
  if (!await isAnswered(call, Math.max(0, withinMs))) {
    throw new WaitTimeout("The wait is over, and the server does not say how far the task is; it goes on");
  }
  return await call;
}
