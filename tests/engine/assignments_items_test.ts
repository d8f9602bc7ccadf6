import { assertEquals } from "@std/assert";
import type { ItemBlock } from "../../engine/item_block.ts";
import { reuseKeyFor } from "../../engine/task.ts";
import { handStaff } from "../helpers/hand_staff.ts";
import { itemBlock } from "../helpers/item_block.ts";
import { origin, profile } from "../helpers/task_record.ts";

const MODULE = profile({ isolation: "module", spawnKey: "a" });

const shown = (block: ItemBlock) => [...block.runs].map(({ from, to, slot }) => `${from}-${to} ${slot}`);

/** One slot, and a map of 100 items; the worker has the first ten. */
function setUpTen() {
  const staff = handStaff(1);
  const group = { id: "map", chunkSize: 10 };
  const block = itemBlock(100, origin({ group, reuseKey: reuseKeyFor(profile(), "1", group) }));
  staff.queue.push(block);
  staff.assignments.startReady();
  const [worker] = staff.workers;
  worker.begin();
  return { ...staff, block, worker };
}

/** One slot, and a worker that has found out with the first item of a map that they are quick: it has the next 32. */
function setUpQuick() {
  const staff = handStaff(1);
  const block = itemBlock(100, origin({ profile: MODULE, reuseKey: reuseKeyFor(MODULE, "1", null) }));
  staff.queue.push(block);
  staff.assignments.startReady();
  const [worker] = staff.workers;
  worker.begin();
  staff.clock.advance(7);
  worker.returnsItems(1, 0.125);
  worker.isIdle();
  worker.begin();
  /** So many more are over, as quickly. */
  const goOn = (count: number) => {
    staff.clock.advance(count / 8);
    worker.returnsItems(count, count / 8);
  };
  return { ...staff, block, worker, goOn };
}

Deno.test("Assignments know which items workers have: one with a run of its own is none of them", () => {
  const { assignments, block, worker, slots } = setUpTen();
  assertEquals(shown(block), ["0-10 held"]);
  const [first, fifth] = [worker.current!, assignments.runOf(block.recordOf(5))!];
  assertEquals(shown(block), ["1-5 none", "6-10 none"]);
  assertEquals([first.slot, first.task.state, first.task.attempt], ["held", "running", 1]);
  assertEquals([fifth.slot, fifth.task.state, fifth.task.attempt], ["none", "ready", 0]);
  worker.returns();
  assertEquals([shown(block), slots.taken], [["1-5 held", "6-10 none"], 1]);
});

Deno.test("Assignments let items go that come back, and those that are over: the slot is that of the next", () => {
  const { block, worker, queue } = setUpTen();
  worker.runOf(block, 5);
  worker.runs.handBack(4);
  assertEquals([shown(block), queue.length], [["0-5 held"], 94]);
  worker.returnsItems(4, 1);
  assertEquals(shown(block), ["4-5 held"]);
  worker.returnsItems(1, 1);
  const run = worker.current!;
  assertEquals([shown(block), run.task.id, run.slot], [[], block.idOf(5), "held"]);
});

Deno.test("Assignments measure items by their process's clock, and tell how long they were away", () => {
  const { clock, block, worker, said } = setUpQuick();
  assertEquals([said, shown(block)], [["items 0-1 after 7 ms"], ["1-33 held"]]);
  clock.advance(3);
  worker.returnsItems(2, 0.2);
  clock.advance(4);
  worker.returnsItems(1, 0.1);
  assertEquals(said.slice(1), ["items 1-3 after 3 ms", "items 3-4 after 4 ms"]);
});

Deno.test("Assignments give more to a worker that has few items left, before it has none", () => {
  const { block, goOn } = setUpQuick();
  goOn(15);
  assertEquals(shown(block), ["16-33 held"]);
  goOn(1);
  assertEquals(shown(block), ["17-33 held", "33-65 none"]);
  goOn(16);
  assertEquals(shown(block), ["33-65 held"]);
});

Deno.test("Assignments give nothing ahead while a task waits to go on, nor to a process with grants of before", () => {
  const resuming = setUpQuick();
  resuming.slots.resume(() => {});
  const outdated = setUpQuick();
  outdated.worker.hasOldGrants = true;
  for (const { block, goOn } of [resuming, outdated]) {
    goOn(16);
    assertEquals(shown(block), ["17-33 held"]);
  }
});
