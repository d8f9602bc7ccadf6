import { assertEquals, assertStrictEquals } from "@std/assert";
import { TaskError } from "../../core/errors.ts";
import type { Outcome } from "../../core/outcome.ts";
import { GivenRuns } from "../../engine/given_runs.ts";
import { ItemBlock } from "../../engine/item_block.ts";
import { ItemsRun, type WorkerRun } from "../../engine/items_run.ts";
import { TaskRun } from "../../engine/task_run.ts";
import type { Worker } from "../../engine/worker.ts";
import { ValuePacker } from "../../wire/packed_values.ts";
import { origin, taskRecord } from "../helpers/task_record.ts";

const WORKER = {} as Worker;

const CANCELLED: Outcome = { status: "cancelled", payload: new Uint8Array() };

/** Ten items of a map, all of which wait. */
function blockOf(count = 10): ItemBlock {
  const packer = new ValuePacker();
  for (let n = 0; n < count; n++) packer.add([n]);
  const inputs = packer.take();
  const prefix = "01a22335-a415-77ea-9b0d-c4c2";
  return new ItemBlock({
    origin: origin(),
    prefix,
    firstNumber: 0,
    inputs,
    fingerprint: 0,
    tally: { unfinished: 0 },
  });
}

function outcomes(count: number) {
  const packer = new ValuePacker();
  for (let n = 0; n < count; n++) packer.add(n);
  return { failed: null, values: packer.take(), ms: count };
}

function shown(run: WorkerRun): string {
  return run instanceof TaskRun ? `task ${parseInt(run.task.id.slice(-8), 16)}` : `items ${run.from}-${run.to}`;
}

/** A worker that was given ten items, the first of which began at this time, or has not begun. */
function setUp(startedAt = 0, isCareful = false) {
  const said: string[] = [];
  const runs = new GivenRuns({
    onOutcome: (run, { status }) => said.push(`${shown(run)} ${status}`),
    onItemOutcomes: (_items, from, { values, ms }) => said.push(`items ${from}+${values.ends.length} in ${ms} ms`),
    onSplit: (_items, into) => said.push(`split: ${into.map(shown).join(", ")}`),
    onHandedBack: (back) => said.push(`back: ${back.map(shown).join(", ")}`),
    onStartFailed: (first, others) => said.push(`not started: ${shown(first)}; ${others.map(shown).join(", ")}`),
  });
  const block = blockOf();
  const items = new ItemsRun(block.take(10)!, WORKER, isCareful);
  items.startedAt = startedAt;
  runs.add([items]);
  return { runs, block, said };
}

Deno.test("GivenRuns settles items in numbers, and one that has a record by itself", () => {
  const { runs, block, said } = setUp();
  block.recordOf(4);
  assertEquals([runs.settleItems(outcomes(6), 0), runs.length], [4, 6]);
  assertEquals(runs.settleItems(outcomes(6), 4), 0);
  runs.settle(runs.shift()!, { status: "succeeded", payload: new Uint8Array() });
  assertEquals([runs.settleItems(outcomes(6), 5), runs.length], [1, 4]);
  assertEquals(said, ["items 0+4 in 4 ms", "split: task 4, items 5-10", "task 4 succeeded", "items 5+1 in 1 ms"]);
});

Deno.test("GivenRuns gives one of the items a run of its own, wherever it stands", () => {
  const { runs, block, said } = setUp();
  assertEquals([runs.runOf(block, 5)?.task.id, runs.runOf(blockOf(), 5), runs.length], [block.idOf(5), undefined, 10]);
  runs.runOf(block, 9);
  runs.runOf(block, 0);
  assertEquals(runs.current?.task.id, block.idOf(0));
  assertEquals(said, [
    "split: items 0-5, task 5, items 6-10",
    "split: items 6-9, task 9",
    "split: task 0, items 1-5",
  ]);
});

Deno.test("GivenRuns hands back the last of what was given, part of some items too", () => {
  const { runs, block, said } = setUp();
  runs.add([new TaskRun(taskRecord(`${block.prefix}000000ff`), WORKER)]);
  runs.handBack(4);
  assertEquals([runs.length, said], [7, ["back: items 7-10, task 255"]]);
  runs.handBack();
  assertEquals([runs.length, runs.head, said[1]], [0, null, "back: items 0-7"]);
});

Deno.test("GivenRuns tells what cannot be started from what only stood behind it", () => {
  const { runs, said } = setUp();
  runs.startFailed(new TaskError("INTERNAL", "no"), "system");
  assertEquals([said, runs.length], [["split: task 0, items 1-10", "not started: task 0; items 1-10"], 0]);
});

Deno.test("GivenRuns loses items together, once: told of one by one, the first is the one that ran", () => {
  const { runs, block, said } = setUp();
  assertEquals([runs.loseTogether(), block.isCareful], [true, true]);
  runs.handBack();
  block.putBack({ from: 0, to: 10 });
  const again = block.take(10)!;
  assertEquals(again.attempt, 2);
  runs.add([new ItemsRun(again, WORKER)]);
  assertEquals([runs.loseTogether(), said], [false, ["back: items 0-10"]]);
});

Deno.test("GivenRuns knows whether the process runs an item that was taken out: not if it was the first", () => {
  const isKnown = ({ runs, block }: ReturnType<typeof setUp>, row: number) => runs.runOf(block, row)!.isKnown;
  // Its process may be further on, and have told nothing of it yet.
  assertEquals(isKnown(setUp(5), 0), false);
  // It has not begun; it stands behind the one that has; each is told of before the next begins.
  assertEquals([isKnown(setUp(0), 0), isKnown(setUp(5), 3), isKnown(setUp(5, true), 0)], [true, true, true]);
});

Deno.test("GivenRuns finds an item by its map and its number, and a task by its id", () => {
  const { runs, block, said } = setUp();
  const task = new TaskRun(taskRecord(`${block.prefix}000000ff`), WORKER);
  runs.add([task, new TaskRun(taskRecord(`${block.prefix}000000fe`), WORKER)]);
  const alone = runs.runOf(block, 4)!;
  assertEquals([runs.runOf(blockOf(), 3), runs.runOf(block, 10)], [undefined, undefined]);
  assertStrictEquals(runs.take(task.task.id), task);
  assertStrictEquals(runs.take(alone.task.id), alone);
  assertEquals(runs.length, 10);
  runs.handBack();
  assertEquals(said.at(-1), "back: items 0-4, items 5-10, task 254");
});

Deno.test("GivenRuns.named() finds a task and an item by its id, and nothing that is not here", () => {
  const { runs, block, said } = setUp();
  const task = new TaskRun(taskRecord(`${block.prefix}000000ff`), WORKER);
  runs.add([task]);
  assertStrictEquals(runs.named(task.task.id), task);
  assertStrictEquals(runs.named(block.idOf(5)), runs.named(block.idOf(5)));
  assertEquals(said, ["split: items 0-5, task 5, items 6-10"]);
  assertEquals([runs.named(block.idOf(10)), runs.named("other")], [undefined, undefined]);
  runs.handBack(6);
  assertEquals(runs.named(block.idOf(5)), undefined);
});

Deno.test("GivenRuns.hasEnded is true when one of them is to end, wherever it stands", () => {
  const { runs, block } = setUp();
  assertEquals(runs.hasEnded, false);
  const run = runs.runOf(block, 9)!;
  assertEquals(runs.hasEnded, false);
  run.verdict = CANCELLED;
  assertEquals(runs.hasEnded, true);
});

Deno.test("GivenRuns.settleAll() ends each by itself, and one that was ended as was decided", () => {
  const { runs, block, said } = setUp();
  runs.handBack(8);
  runs.runOf(block, 1)!.verdict = CANCELLED;
  said.length = 0;
  runs.settleAll({ status: "failed", payload: new Uint8Array() });
  assertEquals([said, runs.length], [["split: task 0", "task 0 failed", "task 1 cancelled"], 0]);
});

Deno.test("GivenRuns hands nothing back that was ended: it has its outcome, and nobody is told of nothing", () => {
  const { runs, block, said } = setUp();
  runs.handBack(9);
  runs.current!.verdict = CANCELLED;
  runs.handBack();
  assertEquals(said.slice(1), ["split: task 0", "task 0 cancelled"]);
  runs.add([new ItemsRun({ block, attempt: 1, from: 1, to: 3 }, WORKER)]);
  runs.current!.verdict = CANCELLED;
  // It was killed for that: its process failed no start.
  runs.startFailed(new TaskError("INTERNAL", "no"), "process");
  assertEquals(said.slice(3), ["split: task 1, items 2-3", "task 1 cancelled", "back: items 2-3"]);
});
