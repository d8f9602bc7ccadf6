import { assert, assertEquals, assertNotStrictEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { Buffer } from "node:buffer";
import { NotSendable } from "../../core/errors.ts";
import { decode, encode } from "../../wire/codec.ts";

function roundTrip(value: unknown): unknown {
  return decode(encode(value));
}

for (
  const [what, value] of Object.entries({
    "null": null,
    "undefined": undefined,
    "booleans": [true, false],
    "numbers at the limits of every form": [
      ...[0, 1, 127, 128, 255, 256, 65535, 65536, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1, 2 ** 32, 2 ** 53 - 1, 2 ** 53],
      ...[-1, -32, -33, -128, -129, -32768, -32769, -(2 ** 31), -(2 ** 31) - 1, -(2 ** 53) + 1, -(2 ** 53), 2 ** 64],
      ...[-0, 0.1, -1.5, NaN, Infinity, -Infinity, 5e-324, Number.MAX_VALUE, 1e21],
    ],
    "undefined in objects and arrays": { a: undefined, b: [undefined, 1, undefined] },
    "bigints": [0n, 1n, -1n, 255n, 256n, -(2n ** 63n), 2n ** 64n, -(2n ** 64n), 3n ** 1000n, -(2n ** 100_000n)],
    "dates": [0, 1, 1e12, 1_700_000_000_123, -1, -1500, 2 ** 32 * 1000, 2 ** 34 * 1000 - 1, 2 ** 34 * 1000, 8.64e15]
      .flatMap((ms) => [new Date(ms), new Date(-ms)]),
    "maps": new Map<unknown, unknown>([["a", 1], [1, "b"], [{ k: 1 }, new Map([[null, undefined]])], [NaN, -0]]),
    "sets": new Set<unknown>([1, "1", undefined, new Set([[]])]),
    "empty containers": [[], {}, new Map(), new Set(), new Uint8Array(), "", new ArrayBuffer(0)],
    "bytes": Uint8Array.of(0, 1, 255),
    "buffers and views": [
      new Uint8Array([1, 2, 3]).buffer,
      ...[new DataView(new ArrayBuffer(3)), new Int8Array([-1]), new Uint8ClampedArray([255]), new Int16Array([-2])],
      ...[new Uint16Array([65535]), new Int32Array([-3]), new Uint32Array([2 ** 32 - 1]), new BigInt64Array([-4n])],
      ...[
        new BigUint64Array([2n ** 64n - 1n]),
        new Float16Array([0.5]),
        new Float32Array([0.25, NaN]),
        new Float64Array([-0]),
      ],
    ],
    "patterns": [/a+/gi, /[\/\]]/v, new RegExp(""), /\u{1F600}/u],
    "addresses": new URL("https://user:pw@example.com:8080/p a?q=ü#h"),
    "strings of all lengths of header": [31, 32, 40, 41, 255, 256, 65535, 65536, 200_000].map((n) => "x".repeat(n)),
    "strings whose length in bytes needs another header": [10, 11, 31, 85, 86, 255, 21_846, 30_000, 70_000]
      .flatMap((n) => ["é".repeat(n), "€".repeat(n), "😀".repeat(n)]),
    "strings with a byte order mark": ["\uFEFF", "\uFEFFabc", "\uFEFF".repeat(200)],
    "strings with lone surrogates": ["\uD800", "a\uDC00b", "\uDC00\uD800", "x".repeat(100_000) + "\uD83D"],
    "keys of every kind": { "": 1, "é": 2, "\uD800": 3, ["k".repeat(40)]: 4, ["k".repeat(300)]: 5, 7: 6, "a b": 7 },
    "many keys and elements": { ...Array.from({ length: 70_000 }, (_, i) => i), list: new Array(70_000).fill("x") },
  })
) {
  Deno.test(`encode() carries ${what}`, () => {
    const arrived = roundTrip(value);
    assertEquals(arrived, value);
    assertStrictEquals(Object.prototype.toString.call(arrived), Object.prototype.toString.call(value));
  });
}

Deno.test("encode() carries an invalid date", () => {
  const date = roundTrip(new Date(NaN)) as Date;
  assert(date instanceof Date && Number.isNaN(date.getTime()));
});

Deno.test("encode() keeps -0 apart from 0", () => {
  assert(Object.is(roundTrip(-0), -0));
  assert(Object.is(roundTrip(0), 0));
  assert(Object.is((roundTrip(new Float32Array([-0])) as Float32Array)[0], -0));
});

Deno.test("encode() keeps holes apart from undefined", () => {
  // deno-lint-ignore no-sparse-arrays
  const arrived = roundTrip([, undefined, 2, , [, 1]]) as unknown[];
  assertEquals(Object.keys(arrived), ["1", "2", "4"]);
  assertEquals(arrived.length, 5);
  assertEquals(Object.keys(arrived[4] as unknown[]), ["1"]);
});

Deno.test("encode() takes no time or memory for the holes of an array", () => {
  const array: unknown[] = new Array(4_000_000_000);
  assert(encode(array).length < 20);
  array[3_999_999_999] = "last";
  const arrived = roundTrip(array) as unknown[];
  assertEquals(arrived.length, 4_000_000_000);
  assertEquals(arrived[3_999_999_999], "last");
  assertEquals(Object.keys(arrived).length, 1);
});

Deno.test("encode() needs no more than linear time for arrays with holes in each other", () => {
  let value: unknown[] = [];
  // deno-lint-ignore no-sparse-arrays
  for (let i = 0; i < 200; i++) value = [value, , "end"];
  assertEquals(roundTrip(value), value);
});

Deno.test("encode() sends of a view only the bytes that it shows", () => {
  const buffer = new ArrayBuffer(1000);
  const view = new Float64Array(buffer, 8, 2).fill(1.5);
  const arrived = roundTrip(["odd offset", view]) as [string, Float64Array];
  assertEquals(arrived[1], view);
  assertEquals(arrived[1].buffer.byteLength, 16);
  assert(encode(new DataView(buffer, 1, 3)).length < 10);
});

Deno.test("encode() sends a Buffer as the Uint8Array that it is", () => {
  const arrived = roundTrip(Buffer.from("abc"));
  assertStrictEquals((arrived as object).constructor, Uint8Array);
  assertEquals(arrived, new TextEncoder().encode("abc"));
});

Deno.test("encode() sends the own enumerable fields of class instances", () => {
  class Point {
    x = 1;
    #hidden = 2;
    get sum(): number {
      return this.x + this.#hidden;
    }
  }
  const arrived = roundTrip(new Point()) as Point;
  assertEquals(arrived, { x: 1 } as Point);
  assertStrictEquals(Object.getPrototypeOf(arrived), Object.prototype);
  const bare = Object.assign(Object.create(null), { a: 1, [Symbol("s")]: 2 });
  assertEquals(roundTrip(bare), { a: 1 });
});

Deno.test("encode() sends a shared object once for each place", () => {
  const shared = { a: 1 };
  const arrived = roundTrip({ left: shared, right: [shared, shared] }) as { left: unknown; right: unknown[] };
  assertEquals(arrived, { left: { a: 1 }, right: [{ a: 1 }, { a: 1 }] });
  assertNotStrictEquals(arrived.left, arrived.right[0]);
});

Deno.test("encode() works within a getter that encode() itself calls", () => {
  const inner: Uint8Array[] = [];
  const value = {
    before: "x".repeat(500),
    get nested() {
      inner.push(encode({ inside: [1, 2, 3] }));
      return "done";
    },
    after: 2,
  };
  assertEquals(roundTrip(value), { before: "x".repeat(500), nested: "done", after: 2 });
  assertEquals(decode(inner[0]), { inside: [1, 2, 3] });
});

Deno.test("encode() stays usable after a refusal", () => {
  assertThrows(() => encode([1, () => 1]), NotSendable);
  assertEquals(roundTrip([1, 2]), [1, 2]);
});
