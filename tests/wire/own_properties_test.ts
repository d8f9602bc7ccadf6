import { assert, assertEquals, assertThrows } from "@std/assert";
import { NotSendable, TaskError } from "../../core/errors.ts";
import { decode, encode, encodeArguments, Encoder } from "../../wire/codec.ts";
import { ENVELOPE_BUDGET, ITEM_BUDGET, resultBudget } from "../../wire/decode_budget.ts";
import { namesBeside } from "../../wire/own_properties.ts";

function roundTrip<Value>(value: Value): Value {
  return decode(encode(value)) as Value;
}

Deno.test("V2: encode() carries what a match has beside its texts", () => {
  for (const match of ["xab".match(/(?<first>a)(b)?/d)!, "a".match(/a/)!, [..."aXbX".matchAll(/(.)X/g)][1]]) {
    const arrived = roundTrip(match);
    assertEquals([...arrived], [...match]);
    assertEquals([arrived.index, arrived.input], [match.index, match.input]);
    assertEquals("groups" in arrived, true);
    assertEquals({ ...arrived.groups }, { ...match.groups });
    assertEquals(arrived.indices && [...arrived.indices], match.indices && [...match.indices]);
    assertEquals({ ...arrived.indices?.groups }, { ...match.indices?.groups });
  }
});

Deno.test("V2: encode() carries what was set on a list of any length, beside elements and holes", () => {
  for (const length of [0, 1, 16, 17, 400, 401, 100_000]) {
    const list = Object.assign(Array.from({ length }, (_, i) => i), {
      columns: ["a"],
      "4294967295": 1,
      "-1": 2,
      "01": 3,
    });
    const arrived = roundTrip(list);
    assertEquals(Object.keys(arrived).slice(length), ["columns", "4294967295", "-1", "01"]);
    assertEquals([arrived.length, arrived.columns, arrived["01"]], [length, ["a"], 3]);
  }
  const sparse = Object.assign(new Array(4e9), { 7: "x", unit: "m" });
  assertEquals(Object.keys(roundTrip(sparse)), ["7", "unit"]);
  for (const name of ["-1", "-7", "0.5", "1e+21", "-0", "07", "NaN", "Infinity", "4294967295"]) {
    for (const holes of [Array(3), Object.assign(Array(3), { 1: "x" }), Object.assign(Array(4e9), { 7: "x" })]) {
      Object.defineProperty(holes, name, { value: "beside", enumerable: true });
      const arrived = roundTrip(holes);
      assertEquals([Object.keys(arrived), arrived.length], [Object.keys(holes), holes.length]);
    }
  }
  class Rows extends Array {
    unit = "m";
  }
  const rows = roundTrip(Rows.from([1, 2]) as Rows);
  assertEquals([Array.isArray(rows), Object.getPrototypeOf(rows) === Array.prototype, rows.unit], [true, true, "m"]);
});

Deno.test("V2: encode() carries what was set on a Map, Set, Date, RegExp or URL, and on one of their subclasses", () => {
  class Counted extends Map<string, number> {
    readonly count = 2;
  }
  for (
    const value of [
      new Map([[1, 2]]),
      new Set([1]),
      new Date(5),
      new Date(NaN),
      /a/g,
      new URL("http://a/"),
      new Headers(),
    ]
  ) {
    const arrived = roundTrip(Object.assign(value, { unit: { m: 1 }, ["__proto__"]: 5 }));
    assertEquals(arrived.unit, { m: 1 });
    assertEquals(arrived.constructor, value.constructor);
  }
  const counted = roundTrip(new Counted([["a", 1]]) as Counted);
  assertEquals([counted.get("a"), counted.count, counted.constructor], [1, 2, Map]);
});

Deno.test("V2: a RegExp goes on where it was", () => {
  const pattern = /a/g;
  pattern.exec("aa");
  const arrived = roundTrip(pattern);
  assertEquals([arrived.lastIndex, arrived.exec("aa")?.index, arrived.exec("aa")], [1, 1, null]);
});

Deno.test("V2: what is set on a value and cannot be sent is refused with its path, as is a cycle through it", () => {
  const fn = () => {};
  const paths: [unknown, string][] = [
    [Object.assign([1], { fn }), "$.fn"],
    [{ a: Object.assign(new Map(), { "b c": [fn] }) }, '$.a["b c"][0]'],
    [Object.assign(new Set(), { fn }), "$.fn"],
    [[Object.assign(new Date(), { fn })], "$[0].fn"],
    [Object.assign(/a/, { fn }), "$.fn"],
  ];
  for (const [value, path] of paths) assertEquals(assertThrows(() => encode(value), NotSendable).path, path);
  const own: unknown[] & { self?: unknown } = [];
  own.self = own;
  assertEquals(
    assertThrows(() => encode(own), NotSendable).message,
    "Cannot send $.self: it is a cycle, it leads back to $",
  );
});

Deno.test("What a list has beside its elements counts, for who sends and who reads", () => {
  const list = Object.assign([1], { a: 1 });
  const items = 1 + 4 + 12 + 10 + 1;
  assertThrows(() => encode(list, { limits: { bytes: 1000, items: items - 2 } }));
  const bytes = encode(list, { limits: { bytes: 1000, items } });
  assertEquals(decode(bytes, { budget: resultBudget(items) }), list);
  const many = Object.assign([], Object.fromEntries(Array.from({ length: 10_001 }, (_, i) => [`k${i}`, 0])));
  assertThrows(() => decode(encode(many), { budget: ITEM_BUDGET }), TaskError, "more than 10000 keys");
  // No message of an envelope has a use for it.
  assert(!Array.isArray(decode(bytes, { budget: ENVELOPE_BUDGET })));
});

Deno.test("An envelope's own lists, and the list of arguments, are not searched; what is in them is", () => {
  const match = "a".match(/a/)!;
  assertEquals(decode(encodeArguments(match)), [...match]);
  assertEquals((decode(encodeArguments([match])) as [RegExpMatchArray])[0].index, 0);
  const envelope = new Encoder(undefined, undefined, 1 << 20);
  envelope.write([4, Object.assign(new Error("e"), { match })]);
  const [, error] = decode(envelope.view()) as [number, { match: RegExpMatchArray }];
  assertEquals(error.match.index, 0);
});

Deno.test("decode() refuses properties that no list can have", () => {
  const beside = (owner: string, key: string, value: string) => {
    const content = owner + key + value;
    return Uint8Array.fromHex(`c7${(content.length / 2).toString(16).padStart(2, "0")}0a${content}`);
  };
  const length = "a66c656e677468";
  assertEquals(decode(beside("9101", "a161", "02")), Object.assign([1], { a: 2 }));
  for (const bytes of [beside("9101", length, "02"), beside("01", "a161", "02"), beside("c0", "a161", "02")]) {
    assertThrows(() => decode(bytes), TaskError, "Cannot decode the message");
  }
  const lastIndex = "a96c617374496e646578";
  const pattern = "c70407a161a167";
  assertEquals((decode(beside(pattern, lastIndex, "05")) as RegExp).lastIndex, 5);
  assertThrows(() => decode(beside(pattern, lastIndex, "a161")), TaskError, "must be a number");
});

Deno.test("namesBeside() runs no code of the list, whatever it says of how it is shown", () => {
  const list: unknown[] = Array.from({ length: 1000 }, () => 0);
  assertEquals(namesBeside(list), []);
  const shown = Object.assign([...list], {
    [Symbol.for("Deno.customInspect")]: () => "[ ... 1000 more items ]",
    unit: "m",
  });
  assertEquals(namesBeside(shown), ["unit"]);
  const thrower = Object.assign([...list], {
    [Symbol.for("Deno.customInspect")]() {
      throw new Error("no");
    },
  });
  assertEquals(namesBeside(thrower), []);
});
