/**
 * Asks the server for results by id; what is asked for in one turn goes in one call.
 *
 * @module
 */

import { perTurn } from "../core/per_turn.ts";
import type { TaskResult } from "../procedures/task_caller.ts";
import { unknownTask } from "./awaited_results.ts";
import type { Link } from "./link.ts";
import type { Source } from "./submitted_tasks.ts";

/** Ids in one call: the server deals with it in one turn, in which nobody else is heard. */
const MAX_IDS = 1000;

const askSoon = perTurn<Link, string>((link, ids) => {
  for (let from = 0; from < ids.length; from += MAX_IDS) void ask(link, ids.slice(from, from + MAX_IDS));
});

/** The result of a task that this side did not submit with a wish to await it. */
export function awaitResult(link: Link, id: string, source: Source | null): Promise<TaskResult> {
  const result = link.awaited.expect(id, null, null, null, source);
  askSoon(link, [id]);
  return result;
}

async function ask(link: Link, ids: string[]): Promise<void> {
  try {
    const unknown = await link.call("await", { ids });
    if (link.missing !== undefined) return link.missing(unknown);
    for (const id of unknown) link.awaited.fail(id, unknownTask(id));
    link.signalled.forget(unknown);
  } catch (error) {
    link.awaited.failEach(ids, error);
  }
}
