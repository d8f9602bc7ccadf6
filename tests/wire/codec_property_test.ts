import { assert } from "@std/assert";
import fc from "fast-check";
import { decode, encode, Encoder } from "../../wire/codec.ts";

const text = fc.oneof(
  fc.string(),
  fc.string({ unit: "grapheme" }),
  // Any code units, so lone surrogates too.
  fc.array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 60 }).map((units) => String.fromCharCode(...units)),
);

const leaf = fc.oneof(
  fc.constantFrom(null, undefined, true, false, -0, NaN, new Date(NaN)),
  fc.integer(),
  fc.maxSafeInteger(),
  fc.double(),
  fc.bigInt(),
  fc.bigInt({ min: -(2n ** 300n), max: 2n ** 300n }),
  text,
  fc.date(),
  fc.uint8Array(),
  fc.uint8ClampedArray(),
  fc.int16Array(),
  fc.uint32Array(),
  fc.float32Array(),
  fc.float64Array(),
  fc.bigInt64Array(),
  fc.uint8Array().map((bytes) => bytes.slice().buffer),
  fc.uint8Array().map((bytes) => new DataView(bytes.slice().buffer)),
  fc.constantFrom(/a/gu, /[b]+/),
);

/** Everything that structuredClone() and this codec both carry. */
const anything = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 5, withCrossShrink: true },
    leaf,
    tie("array"),
    tie("sparse"),
    tie("record"),
    tie("map"),
    tie("set"),
    tie("error"),
    tie("beside"),
  ),
  array: fc.array(tie("value"), { maxLength: 20 }),
  sparse: fc.sparseArray(tie("value"), { maxNumElements: 8, maxLength: 1_000_000 }),
  beside: fc.tuple(fc.oneof(tie("array"), tie("sparse")), tie("record")).map(([list, properties]) => {
    for (const [key, value] of Object.entries(properties as object)) {
      if (key === "length") continue;
      Object.defineProperty(list, key, { value, writable: true, enumerable: true, configurable: true });
    }
    return list;
  }),
  record: fc.dictionary(
    fc.oneof(text, fc.constantFrom("__proto__", "constructor", "0", "-1", "0.5", "then")),
    tie("value"),
    {
      maxKeys: 20,
    },
  ),
  map: fc.array(fc.tuple(tie("value"), tie("value")), { maxLength: 8 }).map((entries) => new Map(entries)),
  set: fc.array(tie("value"), { maxLength: 8 }).map((values) => new Set(values)),
  error: fc.tuple(fc.constantFrom(Error, TypeError, RangeError), text, tie("value"))
    .map(([cls, message, cause]) => new cls(message, { cause })),
})).value;

Deno.test("decode() gives what structuredClone() gives", () => {
  fc.assert(
    fc.property(anything, (value) => {
      assertSame(decode(encode(value)), structuredClone(value), "$");
    }),
    { numRuns: 1000 },
  );
});

Deno.test("Encoder.write() gives the same bytes from a used buffer as from a new one", () => {
  const encoder = new Encoder(1);
  fc.assert(fc.property(anything, anything, (first, second) => {
    encoder.clear();
    encoder.write(first);
    const start = encoder.length;
    encoder.write(second);
    assert(encoder.view().subarray(start).toHex() === encode(second).toHex());
  }));
});

/** Stricter than assertEquals(): -0, holes, prototypes, the order of keys, the size of what lies behind a view. */
function assertSame(actual: unknown, expected: unknown, path: string): void {
  if (typeof expected !== "object" || expected === null) {
    return assert(Object.is(actual, expected), `${path}: ${String(actual)} is not ${String(expected)}`);
  }
  assert(typeof actual === "object" && actual !== null, `${path} is not an object`);
  assert(Object.getPrototypeOf(actual) === Object.getPrototypeOf(expected), `${path} has another prototype`);
  if (expected instanceof ArrayBuffer || ArrayBuffer.isView(expected)) {
    return assert(hexOf(actual as ArrayBuffer) === hexOf(expected), `${path} has other bytes`);
  }
  if (expected instanceof Date) return assertSame((actual as Date).getTime(), expected.getTime(), path);
  if (expected instanceof RegExp) return assertSame(String(actual), String(expected), path);
  if (expected instanceof Map) return assertSame([...actual as Map<unknown, unknown>], [...expected], path);
  if (expected instanceof Set) return assertSame([...actual as Set<unknown>], [...expected], path);
  const keys = expected instanceof Error ? ["name", "message", "stack", "cause"] : Object.keys(expected);
  if (!(expected instanceof Error)) assertSame(Object.keys(actual).join(), keys.join(), `${path} keys`);
  if (Array.isArray(expected)) assertSame((actual as unknown[]).length, expected.length, `${path}.length`);
  for (const key of keys) {
    const [a, e] = [Object.getOwnPropertyDescriptor(actual, key), Object.getOwnPropertyDescriptor(expected, key)];
    assert(expected instanceof Error || a?.enumerable === e?.enumerable, `${path}.${key}`);
    assertSame(Reflect.get(actual, key), Reflect.get(expected, key), `${path}.${key}`);
  }
}

function hexOf(source: ArrayBuffer | ArrayBufferView): string {
  const bytes = ArrayBuffer.isView(source)
    ? new Uint8Array(source.buffer, source.byteOffset, source.byteLength)
    : new Uint8Array(source);
  return bytes.toHex();
}
