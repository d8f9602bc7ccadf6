/**
 * Asking for the results of many tasks, in as many requests as it takes.
 *
 * @module
 */

import type { QueryOptions, TaskResult } from "../procedures/task_caller.ts";
import type { Link } from "./link.ts";
import { toTaskResult } from "./result.ts";

/** A request names 10,000 at most, and its reply has to fit into a message. */
const IDS_PER_QUERY = 1000;

/** What is known of each, in their order; null where nothing is. What is final is taken, unless it is peeked at. */
export async function queryResults<Data>(
  link: Link,
  ids: readonly string[],
  { peek }: QueryOptions,
  signal?: AbortSignal,
): Promise<(TaskResult<Data> | null)[]> {
  const results: (TaskResult<Data> | null)[] = [];
  for (const some of inParts(ids)) {
    const found = await link.call("query", { ids: some }, signal);
    // Given up meanwhile: then nothing is taken.
    signal?.throwIfAborted();
    for (const wire of found) results.push(wire === null ? null : toTaskResult<Data>(wire, link.resultBudget));
  }
  link.signalled.forget(ids.filter((_, i) => results[i]?.isSuccessful !== null));
  const taken = results.filter((result) => result !== null && result.isSuccessful !== null).map((r) => r!.taskId);
  // The acknowledgement removes them: had a reply been lost, they would still be there.
  if (!peek) { for (const some of inParts(taken)) link.acknowledge(some); }
  return results;
}

function* inParts(ids: readonly string[]): Generator<string[]> {
  for (let from = 0; from < ids.length; from += IDS_PER_QUERY) yield ids.slice(from, from + IDS_PER_QUERY);
}
