import { assertEquals, assertThrows } from "@std/assert";
import { NotSendable, TaskError } from "../../core/errors.ts";
import { decode, encode, PackedReader } from "../../wire/codec.ts";
import { resultBudget } from "../../wire/decode_budget.ts";
import { fromWirePacked, partOf, toWirePacked, valueAt, ValuePacker } from "../../wire/packed_values.ts";

function pack(values: readonly unknown[]) {
  const packer = new ValuePacker();
  for (const value of values) packer.add(value);
  return packer.take();
}

Deno.test("ValuePacker gathers values, and what cannot be sent leaves nothing behind", () => {
  const packer = new ValuePacker();
  packer.add("one");
  assertThrows(() => packer.add({ fn: () => {} }), NotSendable);
  assertThrows(() => packer.add("x".repeat(100), { bytes: 10, items: 10 }));
  packer.append(encode({ two: 2 }));
  assertEquals(packer.count, 2);
  const packed = packer.take();
  assertEquals([0, 1].map((at) => decode(valueAt(packed, at))), ["one", { two: 2 }]);
  assertEquals([packer.count, packer.bytes], [0, 0]);
});

Deno.test("ValuePacker holds as many values as are added", () => {
  const values = Array.from({ length: 1000 }, (_, n) => n * n);
  const packed = pack(values);
  const reader = new PackedReader(packed);
  assertEquals(values.map((_, at) => reader.read(at)), values);
});

Deno.test("partOf() gives any part as it would have been packed alone", () => {
  const values = ["a", "bb", 300, null, [1, 2]];
  const packed = pack(values);
  for (let from = 0; from <= values.length; from++) {
    for (let to = from; to <= values.length; to++) {
      const alone = pack(values.slice(from, to));
      const part = partOf(packed, from, to);
      assertEquals([part.ends, part.bytes.slice()], [alone.ends, alone.bytes.slice()]);
    }
  }
});

Deno.test("fromWirePacked() gives back what toWirePacked() made, after a way over the wire", () => {
  const packed = pack([1, "two", { three: 3 }]);
  const arrived = fromWirePacked(decode(encode(toWirePacked(partOf(packed, 1, 3)))));
  assertEquals([0, 1].map((at) => decode(valueAt(arrived, at))), ["two", { three: 3 }]);
});

Deno.test("fromWirePacked() refuses what is not as it must be, and says what", () => {
  const bytes = (...numbers: number[]) => new Uint8Array(Uint32Array.from(numbers).buffer);
  const wrong: [unknown, string][] = [
    [null, "two byte strings"],
    [[bytes(1)], "two byte strings"],
    [[new Uint8Array(3), new Uint8Array(1)], "four bytes for each"],
    [[bytes(2, 1), new Uint8Array(2)], "behind the one before"],
    [[bytes(0), new Uint8Array(0)], "behind the one before"],
    [[bytes(1), new Uint8Array(2)], "at 2"],
    [[bytes(2 ** 32 - 1), new Uint8Array(2)], "at 2"],
    [[bytes(1, 2, 3), new Uint8Array(3)], "2 are allowed"],
  ];
  for (const [wire, message] of wrong) {
    const { code } = assertThrows(() => fromWirePacked(wire, 2), TaskError, message);
    assertEquals(code, "INVALID_REQUEST");
  }
});

Deno.test("PackedReader reads each value by itself: one that is broken, or too much, harms no other", () => {
  const packer = new ValuePacker();
  packer.add(["right"]);
  packer.append(Uint8Array.of(0x93, 1));
  packer.add(Array(100).fill(0));
  packer.append(Uint8Array.of(1, 2));
  packer.add("last");
  const reader = new PackedReader(packer.take(), resultBudget(50));
  assertEquals(reader.read(0), ["right"]);
  assertThrows(() => reader.read(1), TaskError, "byte");
  assertThrows(() => reader.read(2), TaskError, "maxResultItems");
  assertThrows(() => reader.read(3), TaskError, "more bytes follow");
  assertEquals([reader.read(4), reader.read(0)], ["last", ["right"]]);
});
