/**
 * What an earlier server has left in the store: it is put in line, and told of.
 *
 * @module
 */

import type { Dispatcher } from "../engine/dispatcher.ts";
import type { Claim } from "../engine/task_store.ts";
import type { QueueItem } from "../engine/task.ts";
import type { ServerLog } from "./server_log.ts";
import type { Streams } from "./streams.ts";

/** Puts in line what can run, and says what cannot. */
export function takeUp(claim: Claim, dispatcher: Dispatcher<Streams>, log: ServerLog): void {
  const count = (items: readonly QueueItem[]) => items.reduce((sum, { length }) => sum + length, 0);
  const waiting = count(claim.items);
  if (waiting > 0) log.write("Server", "info", `Took up ${waiting} tasks that an earlier server has left`);
  for (const { items, error } of claim.refused) {
    log.write("Server", "warning", `${count(items)} tasks of an earlier server can run no more: ${error.message}`);
  }
  dispatcher.takeUp(claim);
}
