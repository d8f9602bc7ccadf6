import { assert, assertEquals, assertThrows } from "@std/assert";
import { NotSendable, TaskError } from "../../core/errors.ts";
import { decode, encode } from "../../wire/codec.ts";
import { resultBudget } from "../../wire/decode_budget.ts";

const roundTrip = <Value>(value: Value) => decode(encode(value)) as Value;

Deno.test("V5: encode() carries Headers, with each cookie, and URLSearchParams, in their order", () => {
  const headers = new Headers([["b", "1"], ["A", "2"], ["set-cookie", "x"], ["set-cookie", "y"]]);
  assertEquals([...roundTrip(headers)], [...headers]);
  assert(roundTrip(headers) instanceof Headers);
  const params = new URLSearchParams("b=2&a=1&a=%20%2B+ü&c");
  assertEquals(String(roundTrip(params)), String(params));
  assertEquals(String(roundTrip(new URL("http://a/?x=1").searchParams)), "x=1");
});

Deno.test("V5: encode() carries every class of Temporal, to the nanosecond, with calendar and zone", () => {
  const duration = Temporal.Duration.from({ hours: 90, milliseconds: 1500, nanoseconds: 7 });
  const values = [
    Temporal.Instant.from("2026-01-02T03:04:05.123456789Z"),
    ...["2020-10-25T02:30+01:00[Europe/Berlin]", "2020-10-25T02:30+02:00[Europe/Berlin]"],
    Temporal.ZonedDateTime.from("1880-01-01T00:00[Europe/Amsterdam][u-ca=hebrew]"),
    Temporal.PlainDate.from("2026-01-02[u-ca=hebrew]"),
    Temporal.PlainDateTime.from("2026-01-02T03:04:05.000000001"),
    Temporal.PlainTime.from("03:04:05.123456789"),
    Temporal.PlainYearMonth.from("2026-01-01[u-ca=hebrew]"),
    Temporal.PlainMonthDay.from("2026-01-02[u-ca=hebrew]"),
    duration,
  ].map((value) => typeof value === "string" ? Temporal.ZonedDateTime.from(value) : value);
  for (const value of values) {
    const arrived = roundTrip({ value }).value;
    assertEquals([arrived.constructor, String(arrived)], [value.constructor, String(value)]);
  }
  assertEquals([roundTrip(duration).hours, roundTrip(duration).milliseconds], [90, 1500]);
});

Deno.test("V5: what has a name counts for more than it takes in the message, and the more headers the more", () => {
  const headers = new Headers([["a", "1"], ["b", "2"]]);
  const items = 60 + 4 * 4 + 4 + 4 + 2;
  const bytes = encode(headers, { limits: { bytes: 1000, items } });
  assertThrows(() => encode(headers, { limits: { bytes: 1000, items: items - 1 } }));
  assertEquals([...decode(bytes, { budget: resultBudget(items) }) as Headers].length, 2);
  assertThrows(() => decode(bytes, { budget: resultBudget(items - 1) }), TaskError);
});

Deno.test("V5: each header counts with those before it, with which the platform compares it", () => {
  const headers = (count: number) => new Headers(Array.from({ length: count }, (_, i) => [`n${i}`, ""]));
  const costs = (value: unknown, items: number) => {
    const bytes = encode(value, { limits: { bytes: 1e6, items } });
    assertThrows(
      () => encode(value, { limits: { bytes: 1e6, items: items - 1 } }),
      Error,
      `more than ${items - 1} items`,
    );
    decode(bytes, { budget: resultBudget(items) });
    assertThrows(() => decode(bytes, { budget: resultBudget(items - 1) }), TaskError);
  };
  costs(headers(2), 60 + 4 + 2 * 10 + 2);
  costs(headers(256), 60 + 4 + 256 * 10 + 128 * 256);
  costs(new URLSearchParams([...headers(256)]), 60 + 4 + 256 * 10);
});

Deno.test("V5: Headers of which there are too many are refused by path, and not made", () => {
  const many = (count: number) => new Headers(Array.from({ length: count }, (_, i) => [`n${i}`, ""]));
  assertEquals([...roundTrip(many(256))].length, 256);
  const error = assertThrows(() => encode({ headers: many(257) }), NotSendable);
  assertEquals(error.message, "Cannot send $.headers: it has more than 256 headers");
  const pairs = encode(Array.from({ length: 514 }, (_, i) => `n${i}`)).toHex();
  assertThrows(() => decode(named("Headers", pairs)), TaskError, "more than 256 headers");
});

Deno.test("V5: decode() refuses names that are none, and content that makes nothing", () => {
  for (
    const [name, content] of [
      ["Temporal.Now", "now"],
      ["Temporal.Instant", "soon"],
      ["Temporal.Instant", 5],
      ["Temporal.Duration", "P1D"],
      ["Temporal.Duration", { hours: 1.5 }],
      ["Temporal.constructor", "x"],
      ["Blob", []],
      ["toString", []],
      ["Headers", ["a"]],
      ["Headers", ["a b", "c"]],
      ["Headers", {}],
      ["URLSearchParams", [1, 2]],
    ] as const
  ) {
    const bytes = named(name, encode(content).toHex());
    if (content === "P1D") assertEquals(String(decode(bytes)), "P1D");
    else assertThrows(() => decode(bytes), TaskError, "Cannot decode the message", name);
  }
});

Deno.test("V5: what cannot be sent is refused with its path and with what to send instead", () => {
  const form = new FormData();
  for (
    const [value, advice] of [
      [new Blob(["a"]), "it is a Blob, which cannot leave its process; send its bytes"],
      [new File(["a"], "x"), "it is a File, which cannot leave its process; send its bytes"],
      [new Response("a"), "send its bytes"],
      [new Request("http://a"), "send its bytes"],
      [form, "send its entries"],
      [new ReadableStream(), "send a list of what it gives, or yield that"],
      [(function* () {})(), "send a list of what it gives, or yield that"],
      [new WeakRef(form), "send what its deref() gives"],
      [new WeakMap(), "send a Map"],
      [AbortSignal.abort(), "give the task its signal as an option"],
      [Object(1n), "send the plain bigint"],
      [() => 1, "send data, or a remote() reference to it"],
      [new WritableStream(), "it is a WritableStream, which cannot leave its process"],
    ] as const
  ) {
    const error = assertThrows(() => encode({ list: [1, value] }), NotSendable);
    assertEquals(error.path, "$.list[1]");
    assert(error.message.includes(advice), error.message);
  }
});

Deno.test("Objects of the runtime without data of their own are refused, and no empty object left of them", () => {
  const refused: [value: object, says: string][] = [
    [sessionStorage, "it is a Storage, which cannot leave its process; send its entries"],
    [Deno.stdout, "it is Deno.stdout"],
    [Deno.stderr, "it is Deno.stderr"],
    [Deno.permissions, "it is a Deno.Permissions"],
    [navigator, "it is a Navigator"],
    [new Intl.Segmenter("en").segment("a b"), "it is Segments of a text"],
    [Intl, "it is Intl"],
    [Reflect, "it is Reflect"],
    [Temporal.Now, "it is Temporal.Now"],
  ];
  for (const [value, says] of refused) {
    const error = assertThrows(() => encode({ list: [1, value] }), NotSendable, says);
    assertEquals(error.path, "$.list[1]");
  }
  sessionStorage.setItem("key", "value");
  assertThrows(() => encode(sessionStorage), NotSendable, "it is a Storage");
  sessionStorage.clear();
  assertEquals(decode(encode({ ...Deno.build })), Deno.build);
});

Deno.test("Objects of a program's own classes arrive, also empty ones, global ones and such with odd names", () => {
  class Storage {}
  class Point {
    #x = 1;
    get x() {
      return this.#x;
    }
  }
  const global = globalThis as { Global?: new () => object };
  global.Global = class Global {};
  const tagged = { [Symbol.toStringTag]: "Math" };
  const values = [new Storage(), new Point(), new global.Global(), Object.create({ constructor: Object }), tagged, {
    containing: 1,
  }];
  assertEquals(decode(encode(values)), [{}, {}, {}, {}, {}, { containing: 1 }]);
  delete global.Global;
});

Deno.test("A RegExp whose lastIndex is no number is refused, and any number arrives", () => {
  for (const lastIndex of [NaN, -1, 1.5, 2 ** 60, Infinity]) {
    assertEquals((decode(encode(Object.assign(/a/g, { lastIndex }))) as RegExp).lastIndex, lastIndex);
  }
  for (const lastIndex of ["3", null, undefined, {}, 1n, true, () => 1]) {
    const error = assertThrows(
      () => encode([Object.assign(/a/, { lastIndex })]),
      NotSendable,
      "lastIndex is no number",
    );
    assertEquals(error.path, "$[0]");
  }
});

Deno.test("V5: an open file, socket or program is refused, and no empty object left of it", () => {
  using file = Deno.openSync(new URL(import.meta.url));
  using listener = Deno.listen({ port: 0 });
  for (const value of [file, listener]) {
    assertThrows(() => encode([value]), NotSendable, "Cannot send $[0]: it holds something open");
  }
  class Owner implements Disposable {
    constructor(readonly name: string) {}
    [Symbol.dispose](): void {}
  }
  // It has data of its own, which travels as that of any class.
  assertEquals(roundTrip(new Owner("x")) as unknown, { name: "x" });
});

function named(name: string, content: string): Uint8Array {
  const text = encode(name).toHex() + content;
  return Uint8Array.fromHex(`c9${(text.length / 2).toString(16).padStart(8, "0")}0b${text}`);
}
