import { assert, assertEquals } from "@std/assert";
import { groupIdOf, isGroupId, isOfGroup, itemId, MAX_ITEMS, numberOf, prefixOf } from "../../core/item_id.ts";
import { isUuid, uuidv7 } from "../../core/uuid.ts";

Deno.test("The ids of items are UUIDs, from which group and number are known, and none is that of the group", () => {
  const group = groupIdOf(uuidv7());
  assert(isUuid(group) && isGroupId(group));
  for (const number of [0, 1, 255, 70_000, MAX_ITEMS - 1]) {
    const id = itemId(prefixOf(group), number);
    assert(isUuid(id) && !isGroupId(id));
    assertEquals([prefixOf(id), numberOf(id)], [prefixOf(group), number]);
  }
});

Deno.test("The ids of groups and items are of a version that no task has: what is one to a side is not the other to another", () => {
  const group = groupIdOf(uuidv7());
  for (const id of [group, itemId(prefixOf(group), 7)]) assert(isOfGroup(id), id);
  for (const id of [uuidv7(), crypto.randomUUID(), "01a22335-a415-77ea-9b0d-c4c2f0000000"]) {
    assert(!isOfGroup(id) && !isGroupId(id), id);
  }
});
