import { assertEquals } from "@std/assert";
import { TaskLine } from "../../process/task_line.ts";
import { encode } from "../../wire/codec.ts";
import type { WireTarget } from "../../wire/message.ts";
import { toWirePacked, ValuePacker } from "../../wire/packed_values.ts";

const FIRST: WireTarget = ["export", "file:///module.ts", "first"];
const SECOND: WireTarget = ["export", "file:///module.ts", "second"];
const PREFIX = "01a22335-a415-77ea-9b0d-c4c2";

function inputs(count: number) {
  const packer = new ValuePacker();
  for (let n = 0; n < count; n++) packer.add([n]);
  return toWirePacked(packer.take());
}

Deno.test("TaskLine gives tasks and items in the order in which they came, each with its own id, target and arguments", () => {
  const line = new TaskLine(7);
  line.addTasks([["a", encode(["x"]), 2, FIRST, false]]);
  line.addItems([PREFIX, 15, 1, false, null, inputs(2)]);
  line.addItems([PREFIX, 40, 3, true, SECOND, inputs(1)]);
  line.addTasks([["b", encode([]), 1, null, true, "host"]]);
  assertEquals(line.length, 5);
  const seen = [];
  for (let task = line.shift(); task !== undefined; task = line.shift()) {
    seen.push([task.id, task.target[2], task.input, task.attempt, task.isItem, task.isCareful ?? false]);
  }
  assertEquals(seen, [
    ["a", "first", ["x"], 2, false, false],
    [`${PREFIX}0000000f`, "first", [0], 1, true, false],
    [`${PREFIX}00000010`, "first", [1], 1, true, false],
    [`${PREFIX}00000028`, "second", [0], 3, true, true],
    ["b", "second", [], 1, false, false],
  ]);
  assertEquals([line.length, line.shift()], [0, undefined]);
});

Deno.test("TaskLine.clear() drops what has not begun, and says how many those were", () => {
  const line = new TaskLine(7);
  line.addItems([PREFIX, 0, 1, false, FIRST, inputs(10)]);
  for (let n = 0; n < 3; n++) line.shift();
  assertEquals([line.clear(), line.length, line.shift()], [7, 0, undefined]);
});
