import { assertEquals, assertThrows } from "@std/assert";
import { groupIdOf, itemId, MAX_ITEMS, prefixOf } from "../../core/item_id.ts";
import { TaskError } from "../../core/errors.ts";
import { uuidv7 } from "../../core/uuid.ts";
import { parseAckItems, parseOutcomes } from "../../server/item_requests.ts";
import { parseSubmit } from "../../server/submit_request.ts";
import { toWirePacked, ValuePacker } from "../../wire/packed_values.ts";

const GROUP = groupIdOf(uuidv7());

function packed(count: number) {
  const packer = new ValuePacker();
  for (let n = 0; n < count; n++) packer.add([n]);
  return toWirePacked(packer.take());
}

function submission(fields: Record<string, unknown>) {
  return {
    profile: { target: ["export", "file:///module.ts", "run"] },
    tasks: [],
    items: [0, packed(3), null],
    await: true,
    bound: true,
    group: [GROUP, null],
    ...fields,
  };
}

Deno.test("parseSubmit() takes items of a group, with what the caller knows of them", () => {
  const { items, tasks } = parseSubmit(submission({ items: [5, packed(3), Uint8Array.of(0, 1, 0)] }));
  assertEquals([items?.firstNumber, items?.inputs.ends.length, items?.known, tasks], [
    5,
    3,
    Uint8Array.of(0, 1, 0),
    [],
  ]);
  assertEquals(parseSubmit(submission({ items: null })).items, undefined);
});

Deno.test("parseSubmit() refuses items that are none, and says why", () => {
  const wrong: [Record<string, unknown>, string][] = [
    [{ group: null }, "need a group"],
    [{ group: [itemId(prefixOf(GROUP), 1), null] }, "need a group"],
    [{ tasks: [[uuidv7(), new Uint8Array(1)]] }, "not both"],
    [{ await: false }, "must be awaited"],
    [{ bound: false }, "must be awaited"],
    [{ profile: { target: ["export", "file:///module.ts", "run"], stream: true } }, "streams"],
    [{ items: "many" }, "a list"],
    [{ items: [-1, packed(1), null] }, "whole number"],
    [{ items: [0, packed(0), null] }, "from 1 to"],
    [{ items: [MAX_ITEMS - 1, packed(2), null] }, "from 1 to"],
    [{ items: [0, packed(16_385), null] }, "16384 are allowed"],
    [{ items: [0, packed(3), new Uint8Array(2)] }, "a byte for each"],
    [{ items: [0, packed(3), "all"] }, "bytes"],
    [{ items: [0, [new Uint8Array(4), new Uint8Array(1)], null] }, "behind the one before"],
  ];
  for (const [fields, message] of wrong) {
    const { code } = assertThrows(() => parseSubmit(submission(fields)), TaskError, message);
    assertEquals(code, "INVALID_REQUEST");
  }
});

Deno.test("parseOutcomes() refuses what a worker's process must not say", () => {
  assertEquals(parseOutcomes([null, packed(2), 1.5], 100).ms, 1.5);
  const wrong: [unknown, string][] = [
    [[null, packed(2)], "how long"],
    [[null, packed(2), -1], "how long"],
    [[null, packed(2), NaN], "how long"],
    [[new Uint8Array(3), packed(2), 1], "for each whether"],
    [["no", packed(2), 1], "bytes"],
    [[null, "values", 1], "two byte strings"],
    ["outcomes", "a list"],
    [[Uint8Array.of(0, 255), packed(2), 1], "0, 1 or 2"],
  ];
  for (const [body, message] of wrong) assertThrows(() => parseOutcomes(body, 100), TaskError, message);
  assertThrows(() => parseOutcomes([null, packed(2), 1], 1), TaskError, "maxResultBytes");
});

Deno.test("parseAckItems() takes pairs of groups and numbers, and nothing else", () => {
  assertEquals(parseAckItems([[GROUP, 3]]), [[GROUP, 3]]);
  for (const wrong of [null, [3], [["group", 3]], [[GROUP, -1]]]) {
    assertThrows(() => parseAckItems(wrong), TaskError, "Cannot take the request");
  }
});
