import { assertEquals } from "@std/assert";
import { outcomesFrom } from "../../engine/item_results.ts";
import { decode } from "../../wire/codec.ts";
import { valueAt } from "../../wire/packed_values.ts";
import { outcomesOf } from "../helpers/group_book.ts";

Deno.test("outcomesFrom() gives a part of outcomes, and as much of their time", () => {
  const all = { ...outcomesOf(["a", "b", "c", "d"], [0, 1, 0, 1]), ms: 8 };
  const { failed, values, ms } = outcomesFrom(all, 1, 4);
  assertEquals([[...failed!], [0, 1, 2].map((at) => decode(valueAt(values, at))), ms], [[1, 0, 1], ["b", "c", "d"], 6]);
  assertEquals([outcomesFrom({ ...all, failed: null }, 0, 1).failed, outcomesFrom(all, 0, 4).ms], [null, 8]);
});
