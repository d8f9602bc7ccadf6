/**
 * Reads results of items that came together.
 *
 * @module
 */

import { itemId, prefixOf } from "../core/item_id.ts";
import type { TaskResult } from "../procedures/task_caller.ts";
import { PackedReader } from "../wire/codec.ts";
import type { DecodeBudget } from "../wire/decode_budget.ts";
import type { PushesFromServer } from "../wire/message.ts";
import { fromWirePacked, type PackedValues, valueAt } from "../wire/packed_values.ts";
import { toTaskResult } from "./result.ts";

/** Results of items that stand one behind the other, read one by one. */
export class ItemReader {
  /** The number of the first. */
  readonly first: number;
  /** How many there are. */
  readonly count: number;
  #results: PushesFromServer["itemResults"];
  #values: PackedValues;
  #reader: PackedReader;
  #budget: DecodeBudget;

  /** What a server has pushed; each may hold as much as the budget allows. */
  constructor(results: PushesFromServer["itemResults"], budget: DecodeBudget) {
    const [, first, , packed] = results;
    this.#results = results;
    this.#budget = budget;
    this.#values = fromWirePacked(packed);
    this.#reader = new PackedReader(this.#values, budget);
    this.first = first;
    this.count = this.#values.ends.length;
  }

  /** True for one that has failed. */
  hasFailed(at: number): boolean {
    return this.#results[2]?.[at] === 1;
  }

  /**
   * What one gave that has not failed.
   *
   * @throws {TaskError} as `decode`; the others can be read all the same.
   */
  dataAt(at: number): unknown {
    return this.#reader.read(at);
  }

  /** One of them, with all that is known of it. */
  resultAt(at: number): TaskResult {
    const [groupId, first, , , attempt, submittedAt, startedAt, finishedAt] = this.#results;
    const id = itemId(prefixOf(groupId), first + at);
    const status = this.hasFailed(at) ? "failed" : "succeeded";
    const payload = valueAt(this.#values, at);
    const times = [submittedAt, startedAt, finishedAt] as const;
    return toTaskResult([id, status, attempt, payload, [], ...times, null, status === "failed"], this.#budget);
  }
}
