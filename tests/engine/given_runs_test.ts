import { assertEquals } from "@std/assert";
import { TaskError } from "../../core/errors.ts";
import { GivenRuns } from "../../engine/given_runs.ts";
import { ItemBlock } from "../../engine/item_block.ts";
import { ItemsRun, type WorkerRun } from "../../engine/items_run.ts";
import { TaskRun } from "../../engine/task_run.ts";
import type { Worker } from "../../engine/worker.ts";
import { ValuePacker } from "../../wire/packed_values.ts";
import { origin, taskRecord } from "../helpers/task_record.ts";

const WORKER = {} as Worker;

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

function setUp() {
  const said: string[] = [];
  const runs = new GivenRuns({
    onOutcome: (run, { status }) => said.push(`${shown(run)} ${status}`),
    onItemOutcomes: (_items, from, { values, ms }) => said.push(`items ${from}+${values.ends.length} in ${ms} ms`),
    onSplit: (_items, into) => said.push(`split: ${into.map(shown).join(", ")}`),
    onHandedBack: (back) => said.push(`back: ${back.map(shown).join(", ")}`),
    onStartFailed: (first, others) => said.push(`not started: ${shown(first)}; ${others.map(shown).join(", ")}`),
  });
  const block = blockOf();
  runs.add([new ItemsRun(block.take(10)!, WORKER)]);
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
