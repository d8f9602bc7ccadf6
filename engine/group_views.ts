/**
 * What is to be seen of maps and their items: how they are, and how those ended whose results are kept. To look takes no
 * item out from among the others.
 *
 * @module
 */

import { isGroupId } from "../core/item_id.ts";
import { valueAt } from "../wire/packed_values.ts";
import type { ItemBlock } from "./item_block.ts";
import type { ItemBlocks } from "./item_blocks.ts";
import type { ItemResults } from "./item_results.ts";
import { Result } from "./result.ts";
import { passes, stateInWait, type TaskFilter, type TaskView, viewOf } from "./task_view.ts";

/** Looks at groups. */
export class GroupViews {
  #blocks: ItemBlocks;

  constructor(blocks: ItemBlocks) {
    this.#blocks = blocks;
  }

  /** An item, or a map by its group's id; undefined for a map that has ended, and for what is neither. */
  view(id: string): TaskView | undefined {
    if (isGroupId(id)) return viewOfMap(this.#blocks.of(id));
    const found = this.#blocks.locate(id);
    if (found?.block.isUnfinished(found.row)) return found.block.viewOf(found.row);
    const result = this.result(id);
    return result && viewOf(result);
  }

  /** Gives the maps of one shard that have not ended and are meant; how many blocks there are in it. */
  look(shard: number, filter: TaskFilter, found: (view: TaskView) => void): number {
    let count = 0;
    for (const blocks of this.#blocks.groupsIn(shard)) {
      const view = viewOfMap(blocks);
      if (view !== undefined && passes(filter, view.state, view.origin)) found(view);
      count += blocks.length;
    }
    return count;
  }

  /** The result of an item that went with others, while it is kept. */
  result(id: string): Result | undefined {
    const found = this.#blocks.locate(id);
    if (found === undefined) return undefined;
    const { block, row } = found;
    for (const results of block.kept.values()) {
      const at = row - results.from;
      if (at >= 0 && at < results.values.ends.length) return resultAt(results, at);
    }
    return undefined;
  }
}

/** The blocks of a group as one; undefined when all of its items have ended. */
function viewOfMap(blocks: readonly ItemBlock[]): TaskView | undefined {
  let [items, waiting] = [0, 0];
  for (const { unfinished, length } of blocks) {
    items += unfinished;
    waiting += length;
  }
  if (items === 0) return undefined;
  const { origin } = blocks[0];
  const state = waiting < items ? "running" : stateInWait(origin);
  const nothing = { startedAt: null, finishedAt: null, progress: null, deadLetter: null };
  return { id: origin.group!.id, origin, state, attempt: 0, ...nothing, items };
}

function resultAt(results: ItemResults, at: number): Result {
  const { block, attempt, from, failed, values, startedAt, finishedAt } = results;
  const payload = valueAt(values, at);
  return new Result({
    id: block.idOf(from + at),
    origin: block.origin,
    fingerprint: block.fingerprint,
    status: failed?.[at] === 1 ? "failed" : "succeeded",
    raisedByTask: failed?.[at] === 1,
    attempt,
    startedAt,
    finishedAt,
    followupIds: null,
    payload: { block: payload, start: 0, length: payload.length },
  });
}
