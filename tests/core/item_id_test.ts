import { assert, assertEquals } from "@std/assert";
import { groupIdOf, isGroupId, itemId, MAX_ITEMS, numberOf, prefixOf } from "../../core/item_id.ts";
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
