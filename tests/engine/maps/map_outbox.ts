/**
 * The way of results to a caller in memory: what was sent lies there until it is read.
 *
 * @module
 */

import type { Outbox } from "../../../engine/caller.ts";
import type { ItemResults } from "../../../engine/item_results.ts";
import type { Result } from "../../../engine/result.ts";
import { valueAt } from "../../../wire/packed_values.ts";

/** What was sent: the result of one, or of items together. */
export type Sent = { readonly result: Result } | { readonly items: ItemResults };

/** Whose outbox it is. */
export interface MapOutboxParams {
  /** Is sent something: results of so many. */
  onSent(sent: Sent, count: number): void;
  violated(rule: string): void;
}

/** Makes one. */
export function mapOutbox({ onSent, violated }: MapOutboxParams): Outbox {
  const held = new Set<string>();
  const heldItems = new Set<ItemResults>();
  const outbox: Outbox = {
    awaited: new Set(),
    held,
    holds: (id) => held.has(id),
    hold: ({ id }) => void held.add(id),
    release: (id) => held.delete(id),
    send: (result) => {
      outbox.awaited.delete(result.id);
      held.add(result.id);
      onSent({ result }, 1);
    },
    sendItems: (items) => {
      if (heldItems.has(items)) violated("results are sent twice to one caller");
      heldItems.add(items);
      onSent({ items }, items.values.ends.length);
    },
    releaseItems: (items) => void heldItems.delete(items),
  };
  return outbox;
}

/** What was sent, one by one. */
export function* resultsOf(sent: Sent): Generator<[id: string, status: string, payload: Uint8Array]> {
  if ("result" in sent) {
    const { id, status, payload } = sent.result;
    yield [id, status, payload];
    return;
  }
  const { block, from, failed, values } = sent.items;
  for (let at = 0; at < values.ends.length; at++) {
    yield [block.idOf(from + at), failed?.[at] === 1 ? "failed" : "succeeded", valueAt(values, at)];
  }
}
