/**
 * A map of a client: its items are one group.
 *
 * @module
 */

import { untilAborted } from "../core/abort.ts";
import type { MapOptions } from "../procedures/task_caller.ts";
import { parseChunkSize, requireProgress } from "../procedures/task_options.ts";
import { abandonTasks } from "./abandon_tasks.ts";
import { AwaitedGroup } from "./awaited_group.ts";
import type { Submission } from "./awaited_results.ts";
import type { Link } from "./link.ts";
import type { Progress } from "./progress_meter.ts";
import { sendItems } from "./send_items.ts";

/** @throws {TypeError} when items are none. */
export function requireItems(items: unknown): asserts items is Iterable<unknown> {
  if (typeof (items as Partial<Iterable<unknown>> | null)?.[Symbol.iterator] === "function") return;
  throw new TypeError("Cannot map: items must be iterable; collect those of an async iterable first, or use execute()");
}

/** What is mapped, and how. */
export interface MapParams {
  /** Without its group. */
  submission: Submission;
  items: Iterable<unknown>;
  options: MapOptions;
  signal: AbortSignal | undefined;
  /** Where it shows how far it is; null where nobody looks. */
  openProgress(): Promise<Progress | null>;
}

/**
 * What the items give, in their order.
 *
 * @throws {NotSendable} for an item that cannot be sent. @throws the error of an item, unless results are wanted of all.
 */
export async function mapItems(link: Link, params: MapParams): Promise<unknown[]> {
  const { items, options, signal, submission, openProgress } = params;
  const { timeoutMs } = submission.profile;
  let progress: Progress | null = null;
  const group = new AwaitedGroup({
    items,
    maxBytes: link.maxFrameBytes / 4,
    budget: link.resultBudget,
    isSettled: options.settled ?? false,
    onKnown: (count) => progress?.add(count),
    dueAt: timeoutMs === null ? Infinity : performance.now() + timeoutMs,
  });
  if (group.count === 0) return [];
  const chunkSize = parseChunkSize(options.chunkSize);
  progress = requireProgress(options.progress) ? await openProgress() : null;
  progress?.start(group.count);
  try {
    signal?.throwIfAborted();
    group.submission = { ...submission, group: [group.id, chunkSize] };
    link.groups.add(group);
    sendItems(link, group).catch((error) => link.groups.fail(group.id, error));
    return await untilAborted(group.ended, signal, () => {});
  } catch (error) {
    // An item has failed, or the signal has aborted: nobody wants the others.
    abandonTasks(link, [group.id]);
    throw error;
  } finally {
    await progress?.stop();
  }
}
