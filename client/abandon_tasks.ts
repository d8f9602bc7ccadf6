/**
 * Cancels tasks: those whose signal aborts, and those whose results nobody wants any more.
 *
 * @module
 */

import { TaskCancelled } from "../core/errors.ts";
import { perTurn } from "../core/per_turn.ts";
import { LIMITS } from "../core/call_limits.ts";
import { requireKnown } from "../core/require_known.ts";
import type { CallOptions } from "../procedures/task_caller.ts";
import { callWithin } from "./call_within.ts";
import type { Link } from "./link.ts";
import { partsOf } from "./task_ids.ts";

/** Cancels tasks whose handles tell their callers so. */
export const cancelTasks: (link: Link, ids: readonly string[]) => void = cancelling(false);

const discardTasks = cancelling(true);

/** Cancels one task for whom it tells whether that was not over, within limits. @throws as `callWithin` does. */
export async function cancelWithin(link: Link, id: string, options: CallOptions): Promise<boolean> {
  requireKnown(options, LIMITS);
  return await callWithin(options, (unsent) => link.call("cancel", { ids: [id], discard: false }, unsent)) > 0;
}

/** Cancels tasks, and groups, by their ids; gives how many of them, and of the items of groups, had not ended. */
export async function cancelByIds(link: Link, ids: readonly string[], unsent?: AbortSignal): Promise<number> {
  let count = 0;
  for (const part of partsOf(ids)) {
    // Nobody waits for the count any more.
    if (unsent?.aborted) break;
    count += await cancelPart(link, part, false, unsent);
  }
  return count;
}

/** Forgets tasks, and groups, and cancels them. */
export function abandonTasks(link: Link, ids: readonly string[]): void {
  for (const id of ids) {
    link.awaited.forget(id);
    link.groups.forget(id);
  }
  if (ids.length > 0) discardTasks(link, ids);
}

/**
 * Nobody waits for this; when the connection is gone, so is the need. All of a turn go together, as one signal may end
 * many tasks that were submitted one by one.
 */
function cancelling(discard: boolean): (link: Link, ids: readonly string[]) => void {
  return perTurn<Link, string>((link, ids) => {
    for (const part of partsOf(ids)) cancelPart(link, part, discard).catch(() => {});
  });
}

/** What a stopping server has handed back is not to be given to another. Gives how many had not ended. */
async function cancelPart(link: Link, ids: string[], discard: boolean, unsent?: AbortSignal): Promise<number> {
  let count = await link.call("cancel", { ids, discard }, unsent);
  if (discard || count === ids.length || !link.handsBack) return count;
  const found = await link.call("query", { ids });
  for (const [at, id] of ids.entries()) if (found[at] === null && link.withdraw?.(id, new TaskCancelled())) count++;
  return count;
}
