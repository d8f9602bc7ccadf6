/** The table of docs/values.md, "What can be sent": each row over every route there is. */
import { assert, assertEquals, assertInstanceOf, assertRejects } from "@std/assert";
import { Buffer } from "node:buffer";
import { TaskError } from "../../mod.ts";
import { openRoutes, type Route } from "./routes.ts";

class Point {
  constructor(readonly x: number) {}
  #hidden = 1;
  get sum(): number {
    return this.x + this.#hidden;
  }
}

class Rows extends Array<number> {
  unit = "m";
}

class Counted extends Map<string, number> {
  readonly count = 2;
}

const KEY = Symbol("key");
const sticky = /a/g;
sticky.lastIndex = 1;

/** A value, and what of it arrives: itself, unless a row says otherwise. */
type Row = readonly [what: string, value: object, arrives?: object];

const beside = <Value extends object>(value: Value) => Object.assign(value, { unit: { m: 1 } });

/** Groups have no prototype at first. */
const MATCH = { index: 1, input: "xab", groups: { first: "a" } };
const WITH_MATCH = new Error("e");

const ARRIVES: readonly Row[] = [
  ["texts, also with lone surrogates", ["", "é", "\ud800", "x".repeat(70_000)]],
  ["numbers", [0, -0, NaN, Infinity, 0.1, 2 ** 53, -1]],
  ["bigints, booleans, null and undefined", [2n ** 70n, -1n, true, false, null, undefined]],
  ["a plain object", { a: 1, "": { b: [undefined] }, ["__proto__"]: 2 }],
  ["an object without a prototype", Object.assign(Object.create(null), { a: 1 }), { a: 1 }],
  [
    "arguments",
    (function (..._: number[]) {
      return arguments;
    })(1, 2),
    { 0: 1, 1: 2 },
  ],
  ["an object of a class", new Point(1), { x: 1 }],
  ["a getter", {
    get a() {
      return 1;
    },
  }, { a: 1 }],
  ["keys that are symbols or not enumerable", Object.defineProperty({ a: 1, [KEY]: 2 }, "b", { value: 3 }), { a: 1 }],
  ["a Proxy", new Proxy({ a: 1 }, {}), { a: 1 }],
  // deno-lint-ignore no-sparse-arrays
  ["an array with holes", [, 1, undefined, , 2]],
  ["a match", "xab".match(/(?<first>a)(c)?/)!, Object.assign(["a", "a", undefined], MATCH)],
  ["an array with properties", beside([1, 2])],
  ["a long array with properties", beside(Array.from({ length: 1000 }, (_, i) => i))],
  ["an array of a subclass", Rows.from([1, 2]), Object.assign([1, 2], { unit: "m" })],
  ["a Map", beside(new Map<unknown, unknown>([[{ k: 1 }, NaN], ["a", new Map()]]))],
  ["a Map of a subclass", new Counted([["a", 1]]), Object.assign(new Map([["a", 1]]), { count: 2 })],
  ["a Set", beside(new Set([1, undefined]))],
  ["Dates", [beside(new Date(1)), new Date(NaN)]],
  ["a RegExp", beside(sticky)],
  ["a URL and its parameters", [beside(new URL("http://a/?b=c")), new URLSearchParams("a=1&a=2")]],
  ["Headers", new Headers([["a", "b"], ["set-cookie", "x"], ["set-cookie", "y"]])],
  ["Temporal", [Temporal.Instant.from("2026-01-02T03:04:05.123456789Z"), Temporal.Duration.from({ hours: 90 })]],
  ["bytes", [
    new Uint8Array([1, 2]),
    new Uint8Array([1, 2]).buffer,
    new DataView(new ArrayBuffer(2)),
    new Float16Array([1]),
  ]],
  ["what a view shows of more", new Uint16Array(new ArrayBuffer(100), 2, 1), new Uint16Array(1)],
  ["a Buffer", Buffer.from("a"), new Uint8Array([97])],
  ["bytes with properties", beside(new Uint8Array(1)), new Uint8Array(1)],
  ["an error", Object.assign(new RangeError("r", { cause: new Error("c") }), { field: [1] })],
  ["errors within each other", [new AggregateError([new Error("a")], "m"), new SuppressedError(1, 2, "s")]],
  ["errors of the platform", [new DOMException("d", "AbortError"), new Deno.errors.NotFound("n")]],
  ["an error with a match", Object.assign(WITH_MATCH, { match: "a".match(/a/) })],
];

/** What nobody can send, as source, since a task has to make it too; and what the refusal says. */
const REFUSED: readonly (readonly [source: string, says: string])[] = [
  ["() => 1", "send data, or a remote() reference to it"],
  ["class {}", "it is a function"],
  ["Symbol.iterator", "it is a symbol"],
  ["Promise.resolve(1).constructor.resolve({})", "send what it resolves to"],
  ["new SharedArrayBuffer(1)", "it is shared memory; send a copy"],
  ["Object(1)", "send the plain number"],
  ["Object(1n)", "send the plain bigint"],
  ["[1].values()", "it is an Array Iterator"],
  ["new Blob(['a'])", "send its bytes"],
  ["new File(['a'], 'b')", "send its bytes"],
  ["new FormData()", "send its entries"],
  ["new Request('http://a/')", "send its bytes"],
  ["new Response('a')", "send its bytes"],
  ["new ReadableStream()", "send a list of what it gives"],
  ["AbortSignal.abort()", "give the task its signal as an option"],
  ["new WeakMap()", "send a Map"],
  ["new WeakRef({})", "send what its deref() gives"],
  ["new (class { [Symbol.dispose]() {} })()", "it holds something open"],
  ["Deno.stdin", "it is Deno.stdin, which every process has of its own"],
  ["new Deno.Command('ls')", "it is a Deno.Command, which cannot leave its process"],
  ["navigator", "Navigator, which cannot leave its process"],
  ["Math", "it is Math, which every process has of its own"],
  ["new Intl.Segmenter().segment('a')", "send a list of what it gives"],
  ["Object.assign(/a/g, { lastIndex: '1' })", "it is a RegExp whose lastIndex is no number"],
];

Deno.test("What can be sent arrives over every route as docs/values.md says, and what cannot is refused with its place", async (t) => {
  await using routes = await openRoutes();
  for (const route of routes.list) {
    await t.step(route.name, async () => {
      await arrive(route);
      for (const [source, says] of REFUSED) {
        await isRefused(route, source, says);
        if (!route.echoesOnly) await isRefusedThere(route, source, says);
      }
    });
  }
});

/** All at once, as a call may start a process. */
async function arrive(route: Route): Promise<void> {
  const arrived = await route.call("echo", ARRIVES.map(([, value]) => value)) as unknown[];
  for (const [i, [what, value, expected = value]] of ARRIVES.entries()) {
    const where = `${route.name}: ${what}`;
    assertEquals(shown(arrived[i]), shown(expected), where);
    assert(arrived[i] !== value, `${where} is a copy`);
    if (value instanceof RegExp) assertEquals((arrived[i] as RegExp).lastIndex, value.lastIndex, where);
    if (value instanceof Headers) assertEquals([...arrived[i] as Headers], [...value], where);
  }
}

/** Class, content and what is set on it besides, all the way down. */
function shown(value: unknown): string {
  return Deno.inspect(value, { depth: 20, iterableLimit: Infinity, strAbbreviateSize: Infinity });
}

async function isRefused(route: Route, source: string, says: string): Promise<void> {
  const value = new Function(`return ${source}`)();
  const error = await assertRejects(() => route.call("echo", { list: [1, value] }), Error, undefined, route.name);
  const { code, message, path } = error as TaskError & { path?: string };
  const where = `${route.name}: ${source}: ${error}`;
  assertEquals(code, "NOT_SENDABLE", where);
  assert(message.includes(says) && path?.endsWith(".list[1]"), where);
}

/** A value that only the far side has. */
async function isRefusedThere(route: Route, source: string, says: string): Promise<void> {
  const error = await assertRejects(
    () => route.call("make", `({ list: [1, ${source}] })`),
    Error,
    undefined,
    route.name,
  );
  const where = `${route.name}: ${source}: ${error}`;
  assertInstanceOf(error, TaskError, where);
  assertEquals(error.code, "RESULT_NOT_SENDABLE", where);
  assert(error.message.includes(`$.list[1]: `) && error.message.includes(says), where);
}
