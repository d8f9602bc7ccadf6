import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { toJsonValue } from "../../client/json_value.ts";

Deno.test("toJsonValue() leaves what JSON has as it is", () => {
  fc.assert(fc.property(fc.jsonValue({ maxDepth: 5 }), (value) => {
    assertEquals(JSON.stringify(toJsonValue(value)), JSON.stringify(value));
  }));
});

Deno.test("toJsonValue() gives what JSON.stringify() takes and keeps, whatever it is given", () => {
  const options = { withBigInt: true, withDate: true, withMap: true, withSet: true, withTypedArray: true };
  fc.assert(
    fc.property(fc.anything({ ...options, withNullPrototype: true, withSparseArray: true }), (value) => {
      const json = toJsonValue(value);
      const text = JSON.stringify(json);
      assert(text !== undefined);
      // -0 has no JSON of its own.
      assertEquals(JSON.stringify(JSON.parse(text)), text);
    }),
    { numRuns: 1000 },
  );
});

Deno.test("toJsonValue() finds the nearest for what JSON has no word for", () => {
  const date = new Date(Date.UTC(2024, 1, 29, 12));
  const bytes = new Uint8Array([1, 2, 255]);
  const cases: [unknown, unknown][] = [
    [undefined, null],
    [NaN, null],
    [-Infinity, null],
    [Symbol("s"), null],
    [() => 1, null],
    [2n ** 70n, "1180591620717411303424"],
    [date, "2024-02-29T12:00:00.000Z"],
    [new Date(NaN), null],
    [new Map<unknown, unknown>([["a", 1n], [{ b: 2 }, undefined]]), [["a", "1"], [{ b: 2 }, null]]],
    [new Set([1, "a", date]), [1, "a", "2024-02-29T12:00:00.000Z"]],
    [bytes, [1, 2, 255]],
    [bytes.buffer, [1, 2, 255]],
    [new DataView(bytes.buffer, 1), [2, 255]],
    [new Float64Array([0.5, NaN]), [0.5, null]],
    [new BigInt64Array([-5n]), ["-5"]],
    [/a+/gi, "/a+/gi"],
    [new URL("https://a.example/b"), "https://a.example/b"],
    [new RangeError("too far"), { name: "RangeError", message: "too far" }],
    [[undefined, { a: undefined }], [null, { a: null }]],
    // deno-lint-ignore no-sparse-arrays
    [[1, , 3], [1, null, 3]],
    [{ at: date, deep: [{ n: 1n }] }, { at: "2024-02-29T12:00:00.000Z", deep: [{ n: "1" }] }],
  ];
  for (const [value, json] of cases) assertEquals(toJsonValue(value), json);
});

Deno.test("toJsonValue() keeps a field called __proto__ a field", () => {
  const value = JSON.parse('{"__proto__": {"polluted": true}}');
  const json = toJsonValue(value) as Record<string, unknown>;
  assertEquals(JSON.stringify(json), '{"__proto__":{"polluted":true}}');
  assertEquals(json.polluted, undefined);
});

Deno.test("toJsonValue() turns what is deeper than 64 levels into text, whatever it is", () => {
  const bottoms = [{ a: 1 }, Object.create(null), { toString: null }, new Map(), 5n, Symbol("s"), undefined, [1, [2]]];
  for (const bottom of bottoms) {
    let value: unknown = bottom;
    for (let i = 0; i < 65; i++) value = [value];
    let json: unknown = toJsonValue(value);
    for (let i = 0; i < 65; i++) json = (json as unknown[])[0];
    assertEquals(typeof json, "string");
  }
});

Deno.test("toJsonValue() ends for a value that holds itself", () => {
  const value: unknown[] = [];
  value.push(value);
  assert(JSON.stringify(toJsonValue(value)).length < 1000);
});
