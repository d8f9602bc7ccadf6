/**
 * How items of a map ended that ended together: kept, sent and acknowledged as one.
 *
 * @module
 */

import { type PackedValues, partOf } from "../wire/packed_values.ts";
import type { ItemBlock } from "./item_block.ts";

/** Of an item that failed, and that no other attempt mends. */
const FAILED_FOR_GOOD = 2;

/** How items ended that stand one behind the other. */
export interface ItemOutcomes {
  /** For each 1 where it failed, or 2 where no other attempt mends that; null when none did. */
  readonly failed: Uint8Array | null;
  /** The encoded data or error of each. */
  readonly values: PackedValues;
  /** How long they took, in milliseconds, as their process says. */
  readonly ms: number;
}

/** The same, of items that are known. */
export interface ItemResults extends Omit<ItemOutcomes, "ms"> {
  readonly block: ItemBlock;
  readonly attempt: number;
  /** The row of the first. */
  readonly from: number;
  /** Wall clock, milliseconds, and so is the other: of all together; null when none has begun. */
  readonly startedAt: number | null;
  readonly finishedAt: number;
}

/** The same, where there will be no other attempt: each has failed or not. */
export function finalOutcomes(outcomes: ItemOutcomes): ItemOutcomes {
  if (!outcomes.failed?.includes(FAILED_FOR_GOOD)) return outcomes;
  return { ...outcomes, failed: outcomes.failed.map((flag) => Math.min(flag, 1)) };
}

/** The outcomes from one to before another. The bytes are not copied. */
export function outcomesFrom({ failed, values, ms }: ItemOutcomes, from: number, to: number): ItemOutcomes {
  const part = (to - from) / values.ends.length;
  return { failed: failed?.subarray(from, to) ?? null, values: partOf(values, from, to), ms: ms * part };
}
