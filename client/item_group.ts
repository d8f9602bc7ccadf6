/**
 * Items of one group that a client waits for: what is asked of a map, and of tasks that come by and by.
 *
 * @module
 */

import type { PushesFromServer, WireResult } from "../wire/message.ts";
import type { PackedValues } from "../wire/packed_values.ts";
import type { Submission } from "./awaited_results.ts";

/** Items that go in one message. */
export interface GroupPart {
  readonly firstNumber: number;
  readonly inputs: PackedValues;
}

/** The same, and for each 1 where its result is here; null when that is true of none. */
export interface MissingPart extends GroupPart {
  readonly known: Uint8Array | null;
}

/** What one message takes. */
export const ITEMS_PER_PART = 16_384;

/** A group that is under way. */
export interface ItemGroup {
  /** Of the group; its items have ids that follow from it. */
  readonly id: string;
  /** What it is submitted with; set once that is known. */
  readonly submission: Submission | null;
  /** When it was asked for, where that matters: see `client/start_limit.ts`. */
  readonly asked?: number;
  /** When, in monotonic milliseconds, the first of them was waited for as long as it may run; Infinity without a limit. */
  readonly dueAt: number;
  /** True when nothing that was sent is to come. */
  readonly isOver: boolean;
  /** What is to be sent, over a new connection again: the parts with items that are not known. */
  missing(): Iterable<MissingPart>;
  /** A server takes no more than so many items at once: parts are cut to that. */
  cutTo(most: number): void;
  /** Results of items that ended together. */
  onItems(results: PushesFromServer["itemResults"]): void;
  /** The result of an item that ended alone. */
  onResult(number: number, wire: WireResult): void;
  /** It is over: nothing else is awaited. */
  fail(error: unknown): void;
}
