import { assert, assertEquals, assertNotStrictEquals } from "@std/assert";
import fc from "fast-check";
import { BLOCK_BYTES, Packer } from "../../core/packer.ts";

Deno.test("Packer gives back what it was given, whatever the lengths and whatever came after", () => {
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 20 }),
    fc.uint8Array({ minLength: 500, maxLength: 530 }),
    fc.constantFrom(0, 1, 511, 512, 513, BLOCK_BYTES, BLOCK_BYTES + 1).map((length) => new Uint8Array(length).fill(7)),
  );
  fc.assert(fc.property(fc.array(bytes, { maxLength: 60 }), (all) => {
    const packer = new Packer();
    const packed = all.map((bytes) => packer.pack(bytes));
    const wanted = all.map((bytes) => bytes.slice());
    for (const bytes of all) bytes.fill(255);
    assertEquals(packed.map(({ block, start, length }) => block.slice(start, start + length)), wanted);
  }));
});

Deno.test("Packer puts small byte strings into one block, and long ones into their own", () => {
  const packer = new Packer();
  const small = Array.from({ length: 100 }, () => packer.pack(new Uint8Array(20)).block);
  assertEquals(new Set(small).size, 1);
  assertEquals(small[0].length, BLOCK_BYTES);
  const long = packer.pack(new Uint8Array(100_000));
  assertNotStrictEquals(long.block, small[0]);
  assertEquals([long.block.length, long.start, long.length], [100_000, 0, 100_000]);
  // What is long does not cost the rest of the block that small ones go to.
  assert(packer.pack(new Uint8Array(20)).block === small[0]);
});
