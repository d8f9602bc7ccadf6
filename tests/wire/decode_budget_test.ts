/** What a decode may make: counted ahead of it, and by the encoder as by the decoder. */
import { assert, assertEquals, assertThrows } from "@std/assert";
import { TaskError } from "../../core/errors.ts";
import { TooLarge } from "../../wire/byte_buffer.ts";
import { decode, encode, Encoder } from "../../wire/codec.ts";
import { type DecodeBudget, ENVELOPE_BUDGET, ITEM_BUDGET, resultBudget } from "../../wire/decode_budget.ts";
import { Decoder } from "../../wire/decoder.ts";
import { EXT_SET } from "../../wire/extensions.ts";
import { cpuMsOf } from "../helpers/cpu_time.ts";

/** An Error of few bytes. */
function bareError(): Error {
  const error = new Error("");
  error.stack = "";
  return error;
}

/** A list of many copies of what these bytes stand for; encoding the list itself would take longer than reading it. */
function manyOf(bytes: Uint8Array, count: number): Uint8Array {
  const all = new Uint8Array(5 + count * bytes.length);
  all[0] = 0xdd;
  new DataView(all.buffer).setUint32(1, count);
  for (let i = 0; i < count; i++) all.set(bytes, 5 + i * bytes.length);
  return all;
}

/** A map of so many keys, each of them four letters. */
function keysOf(count: number): Uint8Array {
  const all = new Uint8Array(5 + 6 * count);
  all[0] = 0xdf;
  new DataView(all.buffer).setUint32(1, count);
  for (let i = 0; i < count; i++) {
    all.set([0xa4, 33 + (i & 63), 33 + (i >> 6 & 63), 33 + (i >> 12 & 63), 33 + (i >> 18 & 63), 1], 5 + 6 * i);
  }
  return all;
}

function refusal(bytes: Uint8Array, budget: DecodeBudget): TaskError {
  const error = assertThrows(() => decode(bytes, { budget }), TaskError);
  assertEquals(error.code, budget.code, error.message);
  return error;
}

const ATTACKS: Record<string, () => Uint8Array> = {
  "numbers in a flat list": () => manyOf(Uint8Array.of(5), 60_000_000),
  "empty objects": () => manyOf(encode({}), 30_000_000),
  "empty lists": () => manyOf(encode([]), 30_000_000),
  "lists of one": () => manyOf(encode([1]), 20_000_000),
  "no bytes at all": () => manyOf(encode(new Uint8Array()), 20_000_000),
  "typed lists": () => manyOf(encode(new Float64Array()), 10_000_000),
  "dates": () => manyOf(encode(new Date(NaN)), 20_000_000),
  "errors": () => manyOf(encode(bareError()), 2_000_000),
  "keys of an object": () => keysOf(4_000_000),
};

for (const [what, make] of Object.entries(ATTACKS)) {
  Deno.test(`W1: decode() refuses an envelope of ${what} before it makes anything of them`, () => {
    const bytes = make();
    const heapBefore = Deno.memoryUsage().heapUsed;
    // 60 s for the longest of them before there was a budget.
    assert(cpuMsOf(() => refusal(bytes, ENVELOPE_BUDGET)) < 1000);
    assert(cpuMsOf(() => refusal(bytes, ITEM_BUDGET)) < 1000);
    assert(Deno.memoryUsage().heapUsed - heapBefore < 100e6);
  });
}

Deno.test("W1: decode() refuses objects of more than 64 keys in an envelope, and texts of more than 2 MiB together", () => {
  const record = (keys: number) => Object.fromEntries(Array.from({ length: keys }, (_, i) => [`${i * 65536}`, i]));
  decode(encode([record(64), record(64)]), { budget: ENVELOPE_BUDGET });
  assert(refusal(encode([record(65)]), ENVELOPE_BUDGET).message.includes("an object has more than 64 keys"));
  const texts = (bytes: number) => encode(Array(4).fill("x".repeat(bytes / 4)));
  decode(texts(2 * 1024 * 1024), { budget: ENVELOPE_BUDGET });
  assert(refusal(texts(2 * 1024 * 1024 + 4), ENVELOPE_BUDGET).message.includes("more than 2097152 bytes of text"));
});

Deno.test("W1: decode() refuses an envelope that is nested 10,000 deep", () => {
  const deep = new Uint8Array(10_001).fill(0x91);
  deep[10_000] = 0xc0;
  assert(refusal(deep, ENVELOPE_BUDGET).message.includes("nested deeper than 32 levels"));
  assert(refusal(deep, { ...resultBudget(), code: "MALFORMED_MESSAGE" }).message.includes("nested deeper than 256"));
});

Deno.test("W1: decode() takes the largest honest envelope, and not one of ten times as many", () => {
  const tasks = (count: number) =>
    encode([0, 1, "submit", {
      tasks: Array.from({ length: count }, () => ["0198c0de-0000-7000-8000-000000000000", Uint8Array.of(0x90)]),
    }]);
  decode(tasks(10_000), { budget: ENVELOPE_BUDGET, views: true });
  refusal(tasks(100_000), ENVELOPE_BUDGET);
});

/** Inverts the engine's hash of small whole numbers, for values whose hash ends in 16 zeros. */
function* collidingNumbers(): Generator<number> {
  const inverse = (odd: number) => {
    let x = odd;
    for (let i = 0; i < 5; i++) x = Math.imul(x, 2 - Math.imul(odd, x));
    return x;
  };
  const unshift = (x: number, by: number) => {
    let y = x;
    for (let i = by; i < 32; i += by) y = x ^ (y >>> by);
    return y;
  };
  for (let high = 0; high < 1 << 16; high++) {
    let x = high << 16;
    x = unshift(x, 16);
    x = Math.imul(x, inverse(2057));
    x = unshift(x, 4);
    x = Math.imul(x, inverse(5));
    x = unshift(x, 12);
    x = Math.imul(x + 1, inverse((1 << 15) - 1));
    yield x >> 0;
  }
}

Deno.test("W1: decode() gives up a Set whose elements collide, and one in a server's own thread at once", () => {
  const numbers = [...collidingNumbers()];
  const encoder = new Encoder();
  // As the encoder writes a Set, which could not be made here in any bearable time.
  const content = new Encoder();
  for (const number of numbers) content.write(number);
  encoder.append(Uint8Array.of(0xc9, 0, 0, 0, 0, EXT_SET));
  encoder.patchUint32(1, content.length);
  encoder.append(content.view());
  const bytes = encoder.take();
  assert(refusal(bytes, resultBudget()).message.includes("collide"));
  assert(refusal(bytes, ITEM_BUDGET).message.includes("more than 2000 numbers as keys"));
});

Deno.test("decode() takes large Maps and Sets of honest numbers", () => {
  const set = new Set(Array.from({ length: 200_000 }, (_, i) => i * 1.5));
  assertEquals(decode(encode(set), { budget: resultBudget() }), set);
});

Deno.test("Encoder counts items as the decoder does: what one lets through, so does the other", () => {
  const values: unknown[] = [
    ...[1, "text", "\ud800", null, undefined, true, 5n, new Date(1), new Date(NaN), /a/g, new URL("http://a/")],
    ...[[], [1, [2]], {}, { a: { b: 1 } }, new Map<unknown, unknown>([[1, { a: 1 }], ["b", []]]), new Set([1, "a"])],
    ...[new Uint8Array(3), new Float32Array(2), new ArrayBuffer(4), new DataView(new ArrayBuffer(1))],
    Object.assign(new Array(9), { 3: "hole" }),
    Object.assign(new TypeError("e", { cause: new RangeError("c") }), { field: { a: [1] } }),
    new AggregateError([new Error("one"), 2], "all"),
    Object.fromEntries(Array.from({ length: 200 }, (_, i) => [`key ${i}`, i])),
  ];
  for (const value of [...values, values]) {
    const bytes = encode(value);
    const fits = (items: number) => {
      try {
        new Encoder().write(value, { bytes: Infinity, items });
        return true;
      } catch (error) {
        assert(error instanceof TooLarge && error.unit === "items", String(error));
        return false;
      }
    };
    const isRead = (items: number) => {
      try {
        new Decoder(bytes, 256, false, resultBudget(items)).read();
        return true;
      } catch (error) {
        assertEquals((error as TaskError).code, "RESULT_TOO_LARGE");
        return false;
      }
    };
    // The least that either needs.
    const least = (test: (items: number) => boolean) => {
      let items = 0;
      while (!test(items)) items++;
      return items;
    };
    assertEquals(least(fits), least(isRead), Deno.inspect(value));
  }
});

Deno.test("Encoder.write() refuses more bytes than it may write, whatever room there is, and goes on afterwards", () => {
  const encoder = new Encoder();
  encoder.write("before");
  const before = encoder.length;
  for (const [value, size] of [["x".repeat(500), 503], [new Uint8Array(5000), 5003], ["é".repeat(50), 102]] as const) {
    encoder.write(value, { bytes: size, items: Infinity });
    encoder.truncate(before);
    const error = assertThrows(() => encoder.write(value, { bytes: size - 1, items: Infinity }), TooLarge);
    assertEquals([error.unit, error.limit, encoder.length], ["bytes", size - 1, before]);
    encoder.write(value);
    encoder.truncate(before);
  }
  const huge = new Uint8Array(1 << 20);
  // Not tried out: a thousand times this is more than there is.
  assertThrows(() => encoder.write(Array(100_000).fill(huge), { bytes: 1 << 21, items: Infinity }), TooLarge);
});
