import { assert, assertEquals, assertThrows } from "@std/assert";
import { NotSendable } from "../../core/errors.ts";
import { decode, encode, Encoder } from "../../wire/codec.ts";
import { explain } from "../../wire/explain.ts";

function refusalOf(value: unknown, maxDepth?: number): NotSendable {
  const error = assertThrows(() => encode(value, { maxDepth }), NotSendable);
  assertEquals(error.code, "NOT_SENDABLE");
  // What is said and what programs read must not drift apart.
  if (error.path.length < 200) assert(error.message.startsWith(`Cannot send ${error.path}: `), error.message);
  return error;
}

Deno.test("encode() refuses a function with its path", () => {
  const error = refusalOf({ items: [1, 2, 3, { fn() {} }] });
  assertEquals(error.path, "$.items[3].fn");
  assertEquals(
    error.message,
    "Cannot send $.items[3].fn: it is a function; send data, or a remote() reference to it",
  );
});

Deno.test("encode() names every kind of place in a path", () => {
  const fn = () => {};
  const paths: [unknown, string][] = [
    [fn, "$"],
    [[[fn]], "$[0][0]"],
    [{ "a b": { '"': fn } }, '$["a b"]["\\""]'],
    [{ m: new Map([["k", fn]]) }, '$.m.get("k")'],
    [new Map([[1, fn]]), "$.get(1)"],
    [new Map([[1, 1], [fn, 1] as never]), "$.keys()[1]"],
    [new Set([1, fn]), "$.values()[1]"],
    [new Error("e", { cause: { fn } }), "$.cause.fn"],
    [new AggregateError([1, fn]), "$.errors[1]"],
    [Object.assign(new Error(), { field: fn }), "$.field"],
    [Object.assign(new Array(4e9), { 77: fn }), "$[77]"],
    [new Array(100).fill(0).concat(fn), "$[100]"],
  ];
  for (const [value, path] of paths) assertEquals(refusalOf(value).path, path);
});

Deno.test("encode() refuses what means nothing elsewhere", () => {
  const transferred = new ArrayBuffer(8);
  const view = new Uint8Array(transferred);
  structuredClone(transferred, { transfer: [transferred] });
  const refused: [unknown, RegExp][] = [
    [Symbol("s"), /it is a symbol/],
    [Promise.resolve(), /it is a Promise; send what it resolves to/],
    [new WeakMap(), /it is a WeakMap/],
    [new WeakSet(), /it is a WeakSet/],
    [new WeakRef({}), /it is a WeakRef/],
    [new FinalizationRegistry(() => {}), /it is a FinalizationRegistry/],
    [new SharedArrayBuffer(8), /it is shared memory/],
    [new Uint8Array(new SharedArrayBuffer(8)), /it is shared memory/],
    [new Float64Array(new SharedArrayBuffer(8)), /it is shared memory/],
    [transferred, /transferred away/],
    [view, /transferred away/],
    [Object(1), /it is a Number object/],
    [Object("s"), /it is a String object/],
    [Object(true), /it is a Boolean object/],
    [Object(1n), /it is a BigInt object; send the plain bigint/],
    [Object(Symbol()), /it is a symbol/],
    [(function* () {})(), /it is a Generator/],
    [(async function* () {})(), /it is an AsyncGenerator/],
    [[].values(), /it is an Array Iterator/],
    [new Blob([]), /it is a Blob/],
    [new AbortController().signal, /it is an AbortSignal/],
    [new ReadableStream(), /it is a ReadableStream/],
    [new Intl.NumberFormat(), /it is an Intl.NumberFormat/],
    [new WebAssembly.Module(Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0)), /it is a WebAssembly.Module/],
  ];
  for (const [value, message] of refused) {
    assert(message.test(refusalOf(value).message), refusalOf(value).message);
    assertEquals(refusalOf({ a: [value] }).path, "$.a[0]");
  }
});

Deno.test("encode() refuses impostors and throwing getters by path", () => {
  assertEquals(refusalOf([Object.create(Map.prototype)]).path, "$[0]");
  assertEquals(refusalOf([Object.create(Date.prototype)]).path, "$");
  const throwing = {
    get bad() {
      throw new RangeError("no");
    },
  };
  assertEquals(refusalOf({ a: throwing }).message, "Cannot send $.a.bad: reading it threw RangeError: no");
  const revoked = Proxy.revocable({}, {});
  revoked.revoke();
  assertEquals(refusalOf({ a: revoked.proxy }).path, "$.a");
});

Deno.test("encode() refuses a cycle and says where it leads", () => {
  const a: Record<string, unknown> = { list: [1, { deep: {} }] };
  (a.list as { deep: unknown }[])[1].deep = a.list;
  const error = refusalOf({ a });
  assertEquals(error.path, "$.a.list[1].deep");
  assertEquals(error.message, "Cannot send $.a.list[1].deep: it is a cycle, it leads back to $.a.list");
  const map = new Map();
  map.set("self", map);
  assertEquals(refusalOf(map).path, '$.get("self")');
  const looped = new Error("e");
  looped.cause = looped;
  assertEquals(refusalOf(looped).path, "$.cause");
});

Deno.test("encode() tells a long cycle from depth", () => {
  const ring: Record<string, unknown>[] = Array.from({ length: 1000 }, () => ({}));
  for (const [i, node] of ring.entries()) node.next = ring[(i + 1) % ring.length];
  assert(refusalOf(ring[0]).message.includes("it is a cycle, it leads back to $"));
});

Deno.test("encode() finds a cycle before it has copied much", () => {
  const big = new Uint8Array(1 << 20);
  const value: Record<string, unknown> = { big };
  value.self = value;
  const encoder = new Encoder();
  assertThrows(() => encoder.write(value), NotSendable);
  // One for each of 256 levels without the search for cycles, which comes at 32.
  assert(encoder.view().buffer.byteLength < 100 * big.length);
});

Deno.test("encode() refuses what is nested too deep, and only that", () => {
  const nest = (levels: number): unknown => {
    let value: unknown = [];
    for (let i = 1; i < levels; i++) value = i % 2 ? { v: value } : [value];
    return value;
  };
  assertEquals(decode(encode(nest(256))), nest(256));
  assert(refusalOf(nest(257)).message.endsWith("it is nested deeper than 256 levels"));
  assert(refusalOf(nest(100_000)).message.endsWith("it is nested deeper than 256 levels"));
  assertEquals(encode(nest(3), { maxDepth: 3 }).length > 0, true);
  assertEquals(refusalOf(nest(4), 3).path, "$.v[0].v");
  assertEquals(refusalOf([], 0).path, "$");
  assertEquals(decode(encode("flat", { maxDepth: 0 }), { maxDepth: 0 }), "flat");
});

Deno.test("encode() does not take a shared object for a cycle, and knows its depth in each place", () => {
  const shared = [[[]]];
  assertEquals(refusalOf({ near: shared, far: [[shared]] }, 5).path, "$.far[0][0]");
});

Deno.test("encode() explains a graph with very many paths in little time", () => {
  let value: unknown = { end: () => {} };
  for (let i = 0; i < 200; i++) value = [i, value, value];
  assert(refusalOf(value).path.endsWith(".end"));
});

Deno.test("explain() looks at a shared object once, and finds nothing in what can be sent", () => {
  let value: unknown[] = [];
  for (let i = 1; i < 256; i++) value = [value, value];
  assertEquals(explain(value, 256), undefined);
  assertEquals(explain(value, 255)?.path, "$" + "[0]".repeat(255));
});

Deno.test("encode() ends for getters that make objects without end", () => {
  class Endless {
    constructor() {
      for (const key of ["left", "right"]) {
        Object.defineProperty(this, key, { enumerable: true, get: () => new Endless() });
      }
    }
  }
  assert(refusalOf(new Endless()).message.includes("nested deeper than 256 levels"));
});
