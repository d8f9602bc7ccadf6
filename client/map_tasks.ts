/**
 * A map of a task: each item is a task of its own, a child of that one.
 *
 * @module
 */

import { untilAborted } from "../core/abort.ts";
import { uuidv7 } from "../core/uuid.ts";
import { parseChunkSize, requireProgress } from "../procedures/task_options.ts";
import { encode } from "../wire/codec.ts";
import { abandonTasks } from "./abandon_tasks.ts";
import type { Link } from "./link.ts";
import type { MapParams } from "./map_items.ts";
import { dataOf } from "./result.ts";
import { sendTasks } from "./send_tasks.ts";

/**
 * What the items give, in their order.
 *
 * @throws {NotSendable} for an item that cannot be sent. @throws the error of an item, unless results are wanted of all.
 */
export async function mapTasks(link: Link, params: Omit<MapParams, "openProgress">): Promise<unknown[]> {
  const { items, options, signal } = params;
  const tasks = Array.from(items, (item): [string, Uint8Array] => [uuidv7(), encode([item])]);
  if (tasks.length === 0) return [];
  const chunkSize = parseChunkSize(options.chunkSize);
  requireProgress(options.progress);
  signal?.throwIfAborted();
  const submission = { ...params.submission, group: [uuidv7(), chunkSize] as const };
  const results = tasks.map(([id, input]) => link.awaited.expect(id, submission, input));
  const ids = tasks.map(([id]) => id);
  sendTasks(link, submission, tasks).catch((error) => {
    for (const id of ids) link.awaited.fail(id, error);
  });
  const all: Promise<unknown[]> = Promise.all(
    options.settled ? results : results.map(async (result) => dataOf(await result)),
  );
  try {
    return await untilAborted(all, signal, () => abandonTasks(link, ids));
  } catch (error) {
    abandonTasks(link, ids);
    throw error;
  }
}
