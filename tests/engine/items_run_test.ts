import { assertEquals } from "@std/assert";
import { ItemsRun } from "../../engine/items_run.ts";
import { CANCELLED } from "../../engine/failure.ts";
import type { Worker } from "../../engine/worker.ts";
import { itemBlock } from "../helpers/item_block.ts";
import { origin } from "../helpers/task_record.ts";

/** Items 2 to 6 of a map, of 30 ms each. */
function setUp(isCareful = false) {
  const said: string[] = [];
  const worker = {
    kill: () => said.push("kill"),
    current: {
      timeOut: () => said.push("one times out"),
      blame: (_error: unknown, graceMs: number) => said.push(`one is to blame in ${graceMs} ms`),
    },
  };
  const block = itemBlock(6, origin({ timeoutMs: 30 }));
  block.take(2);
  const items = new ItemsRun(block.take(4)!, worker as unknown as Worker, isCareful);
  return { items, said };
}

Deno.test("ItemsRun: the time of its first item begins with that, and a part of it is as it is itself", () => {
  const { items } = setUp(true);
  items.startedAt = 1000;
  assertEquals([items.length, items.deadlineAt], [4, 1030]);
  const { from, to, length, attempt, isCareful, block } = items.part(3, 5);
  assertEquals([from, to, length, attempt, isCareful, block === items.block], [3, 5, 2, 1, true, true]);
});

Deno.test("ItemsRun ends the one that runs where it is known which that is, and else their process", () => {
  for (const isCareful of [true, false]) {
    const { items, said } = setUp(isCareful);
    items.timeOut();
    items.blame(CANCELLED, 7);
    assertEquals(said, isCareful ? ["one times out", "one is to blame in 7 ms"] : ["kill", "kill"]);
  }
});
