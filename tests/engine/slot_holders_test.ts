import { assertEquals, assertStrictEquals } from "@std/assert";
import { moveTask } from "../../core/task_state.ts";
import { ItemsRun, type WorkerRun } from "../../engine/items_run.ts";
import { SlotHolders } from "../../engine/slot_holders.ts";
import { Slots } from "../../engine/slots.ts";
import { TaskRun } from "../../engine/task_run.ts";
import type { TaskStore } from "../../engine/task_store.ts";
import { Waiting } from "../../engine/waiting.ts";
import type { Worker } from "../../engine/worker.ts";
import { itemBlock } from "../helpers/item_block.ts";
import { taskRecord } from "../helpers/task_record.ts";

/** Two slots, and a worker that was given two tasks; the first runs and holds one. */
function setUp() {
  const slots = new Slots(2);
  const waiting = new Waiting({ slots, store: {} as TaskStore, isUnfinished: () => false, onLent() {} });
  const holders = new SlotHolders(slots, waiting);
  const given: { head: WorkerRun | null } = { head: null };
  const worker = Object.assign(given, { recall() {} }) as unknown as Worker;
  const [first, next] = ["first", "next"].map((id) => new TaskRun(taskRecord(id), worker));
  moveTask(first.task, "running");
  slots.take();
  holders.hold(first);
  const counts = () => [slots.taken, slots.lent, slots.resuming];
  return { slots, waiting, holders, given, worker, first, next, counts };
}

Deno.test("SlotHolders.passOn() gives the slot on to the next task of a worker, where there is one", () => {
  const { holders, given, worker, first, next, counts } = setUp();
  holders.passOn(first);
  assertStrictEquals(holders.heldBy(worker), first);
  given.head = next;
  holders.passOn(first);
  assertStrictEquals(holders.heldBy(worker), next);
  assertEquals([first.slot, next.slot, counts()], ["none", "held", [1, 0, 0]]);
  // It has none any more that could be passed on.
  given.head = first;
  holders.passOn(first);
  assertStrictEquals(holders.heldBy(worker), next);
});

Deno.test("SlotHolders.passOn() takes a slot for the next task where the one before had lent its own", () => {
  for (const isResuming of [false, true]) {
    const { slots, waiting, holders, given, worker, first, next, counts } = setUp();
    waiting.pause(first);
    assertEquals([holders.heldBy(worker), counts()], [undefined, [0, 1, 0]]);
    for (let count = 0; isResuming && count < 2; count++) slots.take();
    if (isResuming) waiting.unpause(first, () => {});
    given.head = next;
    holders.passOn(first);
    assertStrictEquals(holders.heldBy(worker), next);
    if (isResuming) { for (let count = 0; count < 2; count++) slots.release(); }
    assertEquals([first.slot, next.slot, counts()], ["none", "held", [1, 0, 0]]);
  }
});

Deno.test("SlotHolders.split() has the first of several items hold what they held, and no others", () => {
  const { holders, worker, counts } = setUp();
  const block = itemBlock(6);
  const [items, other] = [block.take(3)!, block.take(3)!].map((rows) => new ItemsRun(rows, worker));
  holders.hold(items);
  const run = new TaskRun(block.recordOf(1), worker);
  // They hold nothing.
  holders.split(other, [run]);
  assertStrictEquals(holders.heldBy(worker), items);
  // They stay the first.
  holders.split(items, [items, run]);
  assertEquals([items.slot, run.slot, other.slot], ["held", "none", "none"]);
  holders.split(items, [run, items]);
  assertStrictEquals(holders.heldBy(worker), run);
  assertEquals([items.slot, run.slot, counts()], ["none", "held", [1, 0, 0]]);
});

Deno.test("SlotHolders.release() gives a worker's slot back, once, and it may come right back to that worker", () => {
  const { slots, holders, worker, first, next, counts } = setUp();
  slots.take();
  slots.lend();
  slots.take();
  slots.resume(() => holders.hold(next));
  holders.release(worker);
  assertStrictEquals(holders.heldBy(worker), next);
  assertEquals([first.slot, next.slot, counts()], ["none", "held", [2, 0, 0]]);
  holders.release(worker);
  holders.release(worker);
  assertEquals([holders.heldBy(worker), next.slot, counts()], [undefined, "none", [1, 0, 0]]);
});
