import { assertEquals } from "@std/assert";
import { ItemBlock } from "../../engine/item_block.ts";
import { decode } from "../../wire/codec.ts";
import { valueAt, ValuePacker } from "../../wire/packed_values.ts";
import { origin } from "../helpers/task_record.ts";

const PREFIX = "01a22335-a415-77ea-9b0d-c4c2";

function setUp(count: number) {
  const packer = new ValuePacker();
  for (let n = 0; n < count; n++) packer.add(["x".repeat(n)]);
  const inputs = packer.take();
  const tally = { unfinished: 0 };
  const block = new ItemBlock({ origin: origin(), prefix: PREFIX, firstNumber: 100, inputs, fingerprint: 7, tally });
  const spans = (...taken: (ReturnType<ItemBlock["take"]>)[]) => taken.map((rows) => rows && [rows.from, rows.to]);
  return { block, tally, spans, bytes: inputs.bytes.length };
}

Deno.test("ItemBlock gives items that stand together, and what was put back before what comes later", () => {
  const { block, spans } = setUp(10);
  assertEquals(spans(block.take(4), block.take(4)), [[0, 4], [4, 8]]);
  block.putBack({ from: 2, to: 4 });
  block.putBack({ from: 6, to: 8 });
  assertEquals(block.length, 6);
  assertEquals(spans(block.take(100), block.take(100)), [[2, 4], [6, 10]]);
  assertEquals([block.length, block.inputBytes], [0, 0]);
});

Deno.test("ItemBlock gives one that has a record alone", () => {
  const { block, spans } = setUp(5);
  const record = block.recordOf(2);
  assertEquals([record.id, decode(record.input), block.recordOf(2) === record], [`${PREFIX}00000066`, ["xx"], true]);
  assertEquals(spans(block.take(5), block.take(5)), [[0, 2], null]);
  assertEquals(block.first, record);
  block.remove(record);
  assertEquals([record.place?.isQueued, spans(block.take(5))], [false, [[3, 5]]]);
});

Deno.test("ItemBlock counts what waits, its bytes, and what is not final", () => {
  const { block, tally, bytes } = setUp(6);
  assertEquals([block.length, block.inputBytes, block.unfinished, tally.unfinished], [6, bytes, 6, 6]);
  block.take(2);
  block.finish(0, 2);
  assertEquals([block.length, block.unfinished, tally.unfinished], [4, 4, 4]);
  assertEquals([0, 1, 2].map((row) => block.isUnfinished(row)), [false, false, true]);
  assertEquals([block.dropWaiting(), block.length, block.inputBytes, tally.unfinished], [4, 0, 0, 0]);
});

Deno.test("ItemBlock knows its items by their ids, and gives the arguments of any part", () => {
  const { block } = setUp(4);
  assertEquals([100, 103, 98, 104].map((n) => block.rowOf(PREFIX + n.toString(16).padStart(8, "0"))), [0, 3, -1, -1]);
  const part = block.inputsOf({ from: 1, to: 3 });
  assertEquals([0, 1].map((at) => decode(valueAt(part, at))), [["x"], ["xx"]]);
});

Deno.test("ItemBlock tells apart what was lost with a process: it begins again by itself, and carefully", () => {
  const { block, spans } = setUp(6);
  block.take(3);
  block.lose({ from: 0, to: 3 });
  block.putBack({ from: 0, to: 3 });
  const [lost, fresh] = [block.take(6)!, block.take(6)!];
  assertEquals([spans(lost, fresh), lost.attempt, fresh.attempt, block.isCareful], [[[0, 3], [3, 6]], 2, 1, true]);
});

Deno.test("ItemBlock.putBack() tells the records of what waits again, and no others", () => {
  const { block } = setUp(4);
  const records = [1, 2, 3].map((row) => block.recordOf(row));
  for (const record of records) block.remove(record);
  block.putBack({ from: 1, to: 3 });
  assertEquals([block.length, records.map(({ place }) => place?.isQueued)], [3, [true, true, false]]);
});

Deno.test("ItemBlock.dropWaiting() drops what waits, records and all, or leaves what goes alone", () => {
  for (const leavesRecords of [false, true]) {
    const { block, tally } = setUp(4);
    block.take(1);
    const record = block.recordOf(2);
    assertEquals(block.dropWaiting(leavesRecords), leavesRecords ? 2 : 3);
    const left = leavesRecords ? 1 : 0;
    assertEquals([block.length, block.unfinished, tally.unfinished], [left, left + 1, left + 1]);
    assertEquals(block.records, leavesRecords ? [record] : []);
  }
});

Deno.test("ItemBlock.revive() has an item run again whose result is lost", () => {
  const { block, tally, spans } = setUp(3);
  const record = block.recordOf(1);
  block.remove(record);
  block.forget(1);
  assertEquals([block.unfinished, tally.unfinished, [...block.settledAlone], block.records], [2, 2, [1], []]);
  block.revive(1);
  assertEquals([block.unfinished, tally.unfinished, block.isUnfinished(1), block.settledAlone.size], [3, 3, true, 0]);
  assertEquals(spans(block.take(3)), [[0, 1]]);
  block.putBack({ from: 1, to: 2 });
  assertEquals([spans(block.take(3)), block.length], [[[1, 3]], 0]);
});
