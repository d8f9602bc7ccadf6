import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { AwaitedGroup } from "../../client/awaited_group.ts";
import { AwaitedGroups } from "../../client/awaited_groups.ts";
import { itemId, prefixOf } from "../../core/item_id.ts";
import type { Submission } from "../../client/awaited_results.ts";
import type { Link } from "../../client/link.ts";
import { sendItems } from "../../client/send_items.ts";
import { NotSendable, QueueFull } from "../../core/errors.ts";
import type { SubmitBody } from "../../wire/message.ts";
import { encode } from "../../wire/codec.ts";
import { resultBudget } from "../../wire/decode_budget.ts";
import { toWirePacked, ValuePacker } from "../../wire/packed_values.ts";

function group(items: readonly unknown[], parts: { isSettled?: boolean; onKnown?(count: number): void } = {}) {
  return new AwaitedGroup({
    items,
    maxBytes: 1 << 20,
    budget: resultBudget(),
    isSettled: false,
    dueAt: Infinity,
    ...parts,
  });
}

/** A push of results, from this number on. */
function push({ id }: AwaitedGroup, first: number, values: readonly unknown[], failed: readonly number[] = []) {
  const packer = new ValuePacker();
  for (const value of values) packer.add(value);
  const flags = failed.length === 0 ? null : Uint8Array.from(values, (_, at) => failed.includes(at) ? 1 : 0);
  return [id, first, flags, toWirePacked(packer.take()), 1, 100, 200, 300] as const;
}

Deno.test("AwaitedGroup gives what its items gave in their order, however that comes", async () => {
  const known: number[] = [];
  const map = group(["a", "b", "c", "d"], { onKnown: (count) => known.push(count) });
  map.onItems(push(map, 2, ["C", "D"]));
  map.onResult(1, [itemId(prefixOf(map.id), 1), "succeeded", 1, encode("B"), [], 1, 2, 3]);
  // Again, as after a lost connection.
  map.onItems(push(map, 2, ["other", "other"]));
  assertEquals(map.isOver, false);
  map.onItems(push(map, 0, ["A"]));
  assertEquals([await map.ended, map.isOver, known], [["A", "B", "C", "D"], true, [2, 1, 1]]);
});

Deno.test("AwaitedGroup fails with the first item that does, unless results are wanted of all", async () => {
  const map = group([1, 2]);
  map.onItems(push(map, 0, [new RangeError("one"), 2], [0]));
  await assertRejects(() => map.ended, RangeError, "one");
  const settled = group([1, 2], { isSettled: true });
  settled.onItems(push(settled, 0, [new RangeError("one"), 2], [0]));
  const [first, second] = await settled.ended as {
    taskId: string;
    isSuccessful: boolean;
    error?: Error;
    data: unknown;
  }[];
  assertEquals([first.isSuccessful, first.error?.message, second.isSuccessful, second.data], [false, "one", true, 2]);
  assertEquals(second.taskId, itemId(prefixOf(settled.id), 1));
});

Deno.test("AwaitedGroup says what is missing: nothing is known the first time, and all is said after that", () => {
  const map = group([0, 1, 2, 3, 4]);
  const missing = () => [...map.missing()].map(({ firstNumber, known }) => [firstNumber, known]);
  assertEquals(missing(), [[0, null]]);
  assertEquals(missing(), [[0, new Uint8Array(5)]]);
  map.onItems(push(map, 1, ["x", "y"]));
  assertEquals(missing(), [[0, Uint8Array.of(0, 1, 1, 0, 0)]]);
  map.cutTo(2);
  assertEquals(missing(), [[0, Uint8Array.of(0, 1)], [2, Uint8Array.of(1, 0)], [4, Uint8Array.of(0)]]);
  map.onItems(push(map, 3, ["z"]));
  assertEquals(missing().map(([firstNumber]) => firstNumber), [0, 4]);
});

Deno.test("AwaitedGroup sends no more bytes in one part than a message takes, but for an item that is more by itself", () => {
  const sizes = [10, 20, 900, 30, 2000, 40, 500, 600];
  const map = new AwaitedGroup({
    items: sizes.map((size) => "x".repeat(size)),
    maxBytes: 1000,
    budget: resultBudget(),
    isSettled: false,
    dueAt: Infinity,
  });
  assertEquals(
    map.parts.map(({ firstNumber, inputs: { ends, bytes } }) => [firstNumber, ends.length, bytes.length <= 1000]),
    [
      [0, 4, true],
      [4, 1, false],
      [5, 2, true],
      [7, 1, true],
    ],
  );
});

Deno.test("AwaitedGroup refuses an item that cannot be sent before anything is", () => {
  assertThrows(() => group([1, () => {}]), NotSendable);
});

Deno.test("AwaitedGroups acknowledges what arrives of maps, and gives each its own", async () => {
  const acknowledged: [string, number][] = [];
  const groups = new AwaitedGroups((...of) => acknowledged.push(of));
  const [map, other] = [group([1, 2]), group([1])];
  groups.add(map);
  // What was given up is acknowledged as well: nobody else takes it.
  groups.onItems(push(other, 0, ["nobody's"]));
  assertEquals(acknowledged.splice(0), [[other.id, 0]]);
  assertEquals(groups.onResult([itemId(prefixOf(other.id), 0), "failed", 1, null, [], 1, 2, 3]), false);
  groups.onItems(push(map, 0, ["A"]));
  assertEquals(groups.onResult([itemId(prefixOf(map.id), 1), "succeeded", 1, encode("B"), [], 1, 2, 3]), true);
  assertEquals([await map.ended, groups.size, acknowledged], [["A", "B"], 0, [[map.id, 0], [map.id, 1]]]);
  groups.add(other);
  groups.failAll(() => new Error("gone"));
  await assertRejects(() => other.ended, Error, "gone");
});

Deno.test("sendItems() cuts what the queue never has room for, and goes on where another sender has cut it already", async () => {
  const map = group([0, 1, 2, 3, 4, 5]);
  map.submission = { waitForRoom: true } as Submission;
  const groups = new AwaitedGroups(() => {});
  groups.add(map);
  const sent: number[][] = [];
  const link = {
    groups,
    waitsForRoom: true,
    drained: () => Promise.resolve(),
    call: (_command: string, { items }: SubmitBody) => {
      const [firstNumber, [ends]] = items!;
      const count = ends.length / 4;
      if (count > 2) {
        // Over another connection the same was tried, and cut.
        map.cutTo(2);
        return Promise.reject(new QueueFull("full", 2));
      }
      sent.push([firstNumber, count]);
      return Promise.resolve(count);
    },
  } as unknown as Link;
  await sendItems(link, map);
  assertEquals(sent, [[0, 2], [2, 2], [4, 2]]);
  groups.forget(map.id);
  await sendItems(link, map);
  assertEquals(sent.length, 3);
});
