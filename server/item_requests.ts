/**
 * Shape checks of what is said of items of maps.
 *
 * @module
 */

import { isGroupId, MAX_ITEMS } from "../core/item_id.ts";
import { isUuid } from "../core/uuid.ts";
import type { SubmittedItems } from "../engine/groups.ts";
import type { ItemOutcomes } from "../engine/item_results.ts";
import type { TaskGroup } from "../engine/task.ts";
import { fromWirePacked } from "../wire/packed_values.ts";
import { bytes, type Fields, invalid, list, parseCount, show } from "./shapes.ts";

/** Items in one submission: accepting them takes far below a millisecond. */
const MAX_GROUP_ITEMS = 16_384;

/** Checks outcomes of items. The values are views of the read buffer: copy them to keep them. */
export function parseOutcomes(body: unknown, maxBytes: number): ItemOutcomes {
  const [failed, packed, ms] = list(body, "outcomes");
  const values = fromWirePacked(packed);
  const { ends } = values;
  if (failed !== null && bytes(failed, "outcomes").length !== ends.length) {
    throw invalid(`outcomes must say for each whether it failed: they are ${ends.length}`);
  }
  for (let i = 0; i < ends.length; i++) {
    const length = ends[i] - (i === 0 ? 0 : ends[i - 1]);
    if (length > maxBytes) {
      throw invalid(`an outcome has ${length} bytes, and ${maxBytes} are allowed (maxResultBytes)`);
    }
  }
  if ((failed as Uint8Array | null)?.some((flag) => flag > 2)) {
    throw invalid("what says whether one failed is 0, 1 or 2");
  }
  if (typeof ms !== "number" || !(ms >= 0)) throw invalid(`outcomes must say how long they took: it is ${show(ms)}`);
  return { failed: failed as Uint8Array | null, values, ms };
}

/** Checks an acknowledgement of results of items. */
export function parseAckItems(body: unknown): [groupId: string, firstNumber: number][] {
  return list(body, "ackItems").map((each) => {
    const [groupId, number] = list(each, "ackItems entry");
    if (!isUuid(groupId)) throw invalid(`a group's id must be a UUID in lower case: it is ${show(groupId)}`);
    return [groupId, parseCount(number)];
  });
}

/** Items of a group, where there are any. The arguments are views of the read buffer. */
export function parseSubmittedItems(fields: Fields, group: TaskGroup | null): { items?: SubmittedItems } {
  const { items, tasks, await: isAwaited, bound } = fields;
  if (items == null) return {};
  if ((fields.profile as Fields).stream === true) throw invalid("submit.items cannot be streams");
  const [number, packed, known] = list(items, "submit.items");
  const isGroup = group !== null && isGroupId(group.id);
  if (!isGroup) {
    throw invalid("submit.items need a group, whose id is of version 8 and has a last part that begins with f");
  }
  if ((tasks as unknown[]).length > 0) throw invalid("a submission has tasks or items, not both");
  if (isAwaited !== true || bound !== true) throw invalid("submit.items must be awaited, and bound");
  const inputs = fromWirePacked(packed, MAX_GROUP_ITEMS);
  const count = inputs.ends.length;
  const firstNumber = parseCount(number);
  if (count === 0 || firstNumber + count > MAX_ITEMS) throw invalid(`a group has from 1 to ${MAX_ITEMS} items`);
  if (known != null && bytes(known, "submit.items").length !== count) {
    throw invalid(`what is known of items must be a byte for each: they are ${count}`);
  }
  return { items: { firstNumber, inputs, known: known == null ? null : (known as Uint8Array).slice() } };
}
