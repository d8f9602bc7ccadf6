import { assert, assertEquals } from "@std/assert";
import { roughBytes } from "../../core/rough_bytes.ts";

Deno.test("roughBytes() counts texts and bytes, and takes the others of a long list to be as the first ones", () => {
  assertEquals(roughBytes("abc"), 3);
  assertEquals([new Uint8Array(5), new Float64Array(5), new ArrayBuffer(7)].map((value) => roughBytes(value)), [
    5,
    40,
    7,
  ]);
  const list = Array(1000).fill("x".repeat(100));
  for (const value of [list, new Set(list.map((text, i) => text + i)), { list }, new Map([["list", list]])]) {
    assert(roughBytes(value) > 90_000 && roughBytes(value) < 120_000);
  }
});

Deno.test("roughBytes() ends with values that hold themselves, and takes little of what it does not know", () => {
  const own: unknown[] = [];
  own.push(own, own);
  for (const value of [own, {}, [], null, undefined, 5, true, () => {}]) assert(roughBytes(value) < 1000);
});
