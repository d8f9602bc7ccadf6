import { assert, assertEquals, assertMatch } from "@std/assert";
import fc from "fast-check";
import { isUuid, packUuid, unpackUuid, UUID_WORDS, uuidv7 } from "../../core/uuid.ts";

Deno.test("uuidv7() gives version 7, variant 2 and the present time", () => {
  for (let i = 0; i < 1000; i++) {
    const before = Date.now();
    const id = uuidv7();
    const after = Date.now();
    assertMatch(id, /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    const at = parseInt(id.slice(0, 8) + id.slice(9, 13), 16);
    assert(at >= before && at <= after, `${at} is not within ${before}..${after}`);
  }
});

Deno.test("uuidv7() gives no id twice, also when its page of random bytes is drawn anew", () => {
  const ids = new Set(Array.from({ length: 20_000 }, uuidv7));
  assertEquals(ids.size, 20_000);
  // Each of the random digits takes each of its values; a stuck byte would show.
  for (const at of [15, 16, 17, 20, 21, 22, 24, 29, 35]) {
    assertEquals(new Set([...ids].map((id) => id[at])).size, 16, `digit ${at}`);
  }
});

Deno.test("isUuid() is true for any version in lower case", () => {
  assert(isUuid(uuidv7()));
  assert(isUuid(crypto.randomUUID()));
  fc.assert(fc.property(fc.uuid(), (id) => assert(isUuid(id))));
});

Deno.test("isUuid() is false for anything else", () => {
  const id = "018f4e2a-6c1b-7def-8abc-0123456789ab";
  const near = [id.toUpperCase(), id.slice(1), `${id}0`, `${id}\n`, `\n${id.slice(1)}`, id.replaceAll("-", "0"), "", [
    id,
  ]];
  for (const value of near) assert(!isUuid(value), String(value));
  fc.assert(fc.property(fc.anything(), (value) => assert(!isUuid(value))));
});

Deno.test("packUuid() and unpackUuid() give back every UUID, and the former takes nothing else", () => {
  const words = new Uint32Array(UUID_WORDS);
  fc.assert(fc.property(fc.uuid(), (id) => {
    assert(packUuid(id, words));
    assertEquals(unpackUuid(words, 0), id);
    const table = new Uint32Array([1, 2, 3, ...words]);
    assertEquals(unpackUuid(table, 3), id);
  }));
  const id = uuidv7();
  const near = fc.tuple(fc.nat(35), fc.string({ minLength: 1, maxLength: 1 })).map(([at, other]) =>
    id.slice(0, at) + other + id.slice(at + 1)
  );
  fc.assert(fc.property(fc.oneof(near, fc.string(), near.map((text) => text + "0")), (text) => {
    assertEquals(packUuid(text, words), isUuid(text));
  }));
});
