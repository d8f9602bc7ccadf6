import { assertEquals } from "@std/assert";
import { Batches } from "../../engine/batches.ts";
import { FairQueue } from "../../engine/fair_queue.ts";
import { ItemsRun } from "../../engine/items_run.ts";
import { reuseKeyFor, TaskRecord } from "../../engine/task.ts";
import type { Worker } from "../../engine/worker.ts";
import { itemBlock } from "../helpers/item_block.ts";
import { origin, profile } from "../helpers/task_record.ts";

const MODULE = profile({ isolation: "module", spawnKey: "a" });
const KEY = reuseKeyFor(MODULE, "1", null);

/** Quick items wait, and a worker that has some of them: with room for ten more, and four behind the one that runs. */
function setUp() {
  const queue = new FairQueue();
  const batches = new Batches(queue, 1);
  const block = itemBlock(1000, origin({ profile: MODULE, reuseKey: KEY }));
  const worker = { reuseKey: KEY, budget: 10, waiting: 4, isEnding: false, head: null as ItemsRun | null };
  worker.head = new ItemsRun(block.take(5)!, worker as unknown as Worker);
  worker.head.slot = "held";
  queue.push(block);
  batches.measured(worker as unknown as Worker, MODULE, 1, 100);
  const mayGiveAhead = (parts: Partial<typeof worker> = {}) =>
    batches.mayGiveAhead({ ...worker, ...parts } as unknown as Worker);
  return { queue, batches, worker, mayGiveAhead };
}

Deno.test("Batches.mayGiveAhead() is true once less is left than half of what would be given", () => {
  const { mayGiveAhead } = setUp();
  assertEquals([0, 4, 5, 100].map((waiting) => mayGiveAhead({ waiting })), [true, true, false, false]);
});

Deno.test("Batches.mayGiveAhead() is false for a worker that ends, may run no more, or something else", () => {
  const { mayGiveAhead, worker } = setUp();
  assertEquals(
    [{}, { isEnding: true }, { budget: 0, waiting: 0 }, { reuseKey: "other" }, { head: null }].map(mayGiveAhead),
    [
      true,
      false,
      false,
      false,
      false,
    ],
  );
  // The one that runs waits for something: whatever stands behind it does so too.
  worker.head!.slot = "lent";
  assertEquals(mayGiveAhead(), false);
});

Deno.test("Batches give an item alone where each has a process of its own", () => {
  const queue = new FairQueue();
  const group = { id: "map", chunkSize: 1 };
  queue.push(itemBlock(2, origin({ group, reuseKey: reuseKeyFor(profile(), "1", group) })));
  const work = new Batches(queue, 1).nextFor({ reuseKey: null, budget: 1 } as Worker);
  assertEquals([work.length, work[0] instanceof TaskRecord, queue.length], [1, true, 1]);
});
