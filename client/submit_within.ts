/**
 * Submissions that wait for no results, and that may be given up while they wait: for a server, or for room in its queue.
 *
 * @module
 */

import { onAbort } from "../core/abort.ts";
import { type CallLimits, withinLimits } from "../core/call_limits.ts";
import { WaitTimeout } from "../core/errors.ts";
import { abandonTasks } from "./abandon_tasks.ts";
import type { Link } from "./link.ts";
import { sendTasks } from "./send_tasks.ts";
import type { Group } from "./submission_groups.ts";

/** What gives a submission up. */
export interface SubmissionLimits extends CallLimits {
  /** Of all its tasks. */
  readonly ids: readonly string[];
  /** The tasks' own signals, where each has one: once all have aborted nobody wants any of them. */
  readonly ofAll: readonly AbortSignal[];
}

/**
 * Submits tasks; resolves when the server has accepted all.
 *
 * @throws the server's refusal. @throws {WaitTimeout} @throws the reason of a signal: then none of them runs, or goes on.
 */
export async function submitWithin(
  link: Link,
  groups: Iterable<Pick<Group, "submission" | "tasks">>,
  limits: SubmissionLimits,
): Promise<void> {
  const { ids, timeoutMs, ofAll } = limits;
  const send = async (unsent?: AbortSignal) => {
    for (const { submission, tasks } of groups) await sendTasks(link, submission, tasks, unsent);
  };
  if (limits.signal === undefined && timeoutMs === undefined && ofAll.length === 0) return await send();
  const late = () => new WaitTimeout(`The server has not accepted the tasks within ${timeoutMs} ms; they are given up`);
  const unwanted = allAborted(limits.signal, ofAll);
  try {
    await withinLimits({ signal: unwanted.signal, timeoutMs }, (over) => {
      const sending = send(over);
      // Accepted in the moment in which it was given up: the cancellation may have come ahead of it.
      sending.then(() => over?.aborted === true && abandonTasks(link, ids), () => {});
      return sending;
    }, late);
  } catch (error) {
    abandonTasks(link, ids);
    throw error;
  } finally {
    unwanted.letGo();
  }
}

/** Aborts with the signal, or with the last of those of the tasks. */
function allAborted(
  signal: AbortSignal | undefined,
  ofAll: readonly AbortSignal[],
): { readonly signal: AbortSignal | undefined; letGo(): void } {
  const left = new Set(ofAll);
  // Most often there is one, which all share.
  if (left.size === 0) return { signal, letGo() {} };
  if (left.size === 1 && signal === undefined) return { signal: ofAll[0], letGo() {} };
  const both = new AbortController();
  const listening = [onAbort(signal, (reason) => both.abort(reason))];
  for (const own of left) {
    listening.push(onAbort(own, (reason) => {
      left.delete(own);
      if (left.size === 0) both.abort(reason);
    }));
  }
  return { signal: both.signal, letGo: () => listening.forEach((letGo) => letGo()) };
}
