import { assert, assertEquals, assertInstanceOf, assertStrictEquals, assertThrows } from "@std/assert";
import { NotSendable, QueueFull, TASK_ERROR_CLASSES, TaskCrashed, TaskError, TaskFailed } from "../../core/errors.ts";
import { decode, encode, registerError, sendableError } from "../../wire/codec.ts";

function roundTrip<T extends Error>(error: T): T {
  return decode(encode(error)) as T;
}

function assertHidden(error: Error, ...keys: string[]): void {
  for (const key of keys) assertEquals(Object.getOwnPropertyDescriptor(error, key)?.enumerable, false, key);
}

Deno.test("decode() rebuilds built-in errors as themselves", () => {
  const classes = [Error, TypeError, RangeError, SyntaxError, ReferenceError, EvalError, URIError];
  for (const cls of classes) {
    const error = roundTrip(new cls("message"));
    assertStrictEquals(Object.getPrototypeOf(error), cls.prototype);
    assertEquals([error.name, error.message, String(error)], [cls.name, "message", `${cls.name}: message`]);
    assert(Error.isError(error));
    assertEquals(Object.keys(error), []);
  }
});

Deno.test("decode() keeps stack, cause and own fields", () => {
  const sent = Object.assign(new TypeError("m", { cause: { why: [1, undefined] } }), { code: "E", when: new Date(5) });
  const error = roundTrip(sent);
  assertEquals(error.stack, sent.stack);
  assertEquals(error.cause, { why: [1, undefined] });
  assertEquals({ ...error }, { code: "E", when: new Date(5) });
  assertHidden(error, "stack", "cause", "message");
});

Deno.test("decode() keeps a chain of causes, an undefined cause, and none apart", () => {
  const error = roundTrip(new Error("a", { cause: new RangeError("b", { cause: "c" }) }));
  assertInstanceOf(error.cause, RangeError);
  assertEquals(error.cause.cause, "c");
  assert("cause" in roundTrip(new Error("", { cause: undefined })));
  assert(!("cause" in roundTrip(new Error(""))));
});

Deno.test("decode() rebuilds an AggregateError with its errors", () => {
  const error = roundTrip(new AggregateError([new TypeError("t"), 5], "several"));
  assertInstanceOf(error, AggregateError);
  assertInstanceOf(error.errors[0], TypeError);
  assertEquals(error.errors[1], 5);
  assertHidden(error, "errors");
  assertEquals({ ...roundTrip(Object.assign(new Error(), { errors: [1] })) }, { errors: [1] } as never);
});

Deno.test("decode() rebuilds a DOMException", () => {
  const error = roundTrip(new DOMException("stopped", "AbortError"));
  assertInstanceOf(error, DOMException);
  assertEquals([error.name, error.message, error.code], ["AbortError", "stopped", 20]);
  assertInstanceOf(roundTrip(AbortSignal.timeout(0).reason ?? new DOMException("", "TimeoutError")), DOMException);
});

Deno.test("decode() rebuilds Palpable's own errors with their fields", () => {
  const errors = [
    new TaskFailed("no", { id: 1n }, { cause: new Error("why") }),
    new TaskCrashed("gone", { exitCode: null, signal: "SIGKILL" }),
    new QueueFull("full", 5),
    new NotSendable("m", "$.a"),
  ];
  for (const sent of errors) {
    const error = roundTrip(sent as TaskError);
    assertStrictEquals(Object.getPrototypeOf(error), Object.getPrototypeOf(sent));
    assertEquals([error.name, error.code, error.message], [sent.name, sent.code, sent.message]);
    const { name: _, ...fields } = sent;
    assertEquals({ ...error }, fields as never);
  }
  assert(TASK_ERROR_CLASSES.length > 10);
});

Deno.test("decode() gives an error of an unknown class its name", () => {
  class Unknown extends Error {
    override name = "UnknownName";
  }
  class Nameless extends Error {}
  class Derived extends TypeError {}
  const unknown = roundTrip(new Unknown("m"));
  assertStrictEquals(Object.getPrototypeOf(unknown), Error.prototype);
  assertEquals([unknown.name, Object.keys(unknown)], ["UnknownName", []]);
  assertEquals(roundTrip(new Nameless("m")).name, "Nameless");
  assertInstanceOf(roundTrip(new Derived("m")), TypeError);
  assertEquals(roundTrip(Object.assign(new Error("m"), { name: "OnlyAName" })).name, "OnlyAName");
});

Deno.test("registerError() makes a class arrive as itself without running its constructor", () => {
  let constructed = 0;
  class Registered extends Error {
    extra: number;
    constructor(extra: number) {
      super(`extra ${extra}`);
      this.extra = extra;
      constructed++;
    }
    twice(): number {
      return this.extra * 2;
    }
  }
  registerError(Registered);
  const error = roundTrip(new Registered(21));
  assertInstanceOf(error, Registered);
  assertEquals([error.twice(), error.message, error.name, constructed], [42, "extra 21", "Error", 1]);
});

Deno.test("registerError() knows a class by another name, and by the name alone", () => {
  class Short extends Error {}
  registerError(Short, "app.LongName");
  assertInstanceOf(roundTrip(new Short("m")), Short);
  assertInstanceOf(roundTrip(Object.assign(new Error("m"), { name: "app.LongName" })), Short);
});

Deno.test("registerError() refuses what is no Error class and empty names", () => {
  for (const cls of [class {}, Object, () => {}, undefined, {}, "Error"]) {
    assertThrows(() => registerError(cls as never), TypeError);
  }
  assertThrows(() => registerError(class extends Error {}, ""), TypeError);
  assertThrows(() => registerError(class extends Error {}), TypeError);
});

Deno.test("decode() lets no field take the place of what an error has", () => {
  const sent = new Error("real");
  for (const key of ["name", "message", "stack", "cause", "__proto__", "toString"]) {
    Object.defineProperty(sent, key, { value: key === "name" ? "N" : `own ${key}`, enumerable: true });
  }
  const error = roundTrip(sent);
  assertStrictEquals(Object.getPrototypeOf(error), Error.prototype);
  assertEquals([error.name, error.message, error.stack, error.cause], ["N", "own message", "own stack", "own cause"]);
  assertEquals(Object.keys(error), ["__proto__", "toString"]);
  // The same by hand: an error, then a field "message" that is a number.
  const parts = ["a5 4572726f72", "a1 45", "a1 6d", "c0", "00", "a7 6d657373616765", "05"];
  const forged = decode(Uint8Array.fromHex(["c7 15 09", ...parts].join("").replaceAll(" ", ""))) as Error;
  assertEquals([forged.message, forged.name], ["m", "E"]);
});

Deno.test("encode() carries errors without a stack or with odd parts", () => {
  const odd = new Error("m");
  Object.defineProperties(odd, { stack: { value: 5 }, name: { value: 7 }, message: { value: 8 } });
  const error = roundTrip(odd);
  assertEquals([error.stack, error.name, error.message], [undefined, "Error", "8"]);
  assertEquals(roundTrip(new Error("\uD800")).message, "\uD800");
});

// -- sendableError() --

function assertSendable(thrown: unknown): Error {
  const copy = sendableError(thrown);
  const arrived = roundTrip(copy);
  assertEquals([arrived.name, arrived.message], [copy.name, copy.message]);
  return arrived;
}

Deno.test("sendableError() keeps what can be sent and leaves a text for each of the rest", () => {
  const sent = Object.assign(new TaskFailed("no", { fn: () => 1 }), {
    kept: { a: [1] },
    fn: () => {},
    promise: Promise.resolve(),
  });
  sent.cause = Object.assign(new TypeError("inner", { cause: Symbol("s") }), {
    code: 5,
    loop: sent,
    map: new WeakMap(),
  });
  const error = assertSendable(sent) as TaskFailed & { kept: unknown; fn: unknown; promise: unknown };
  assertInstanceOf(error, TaskFailed);
  assertEquals([error.message, error.stack, error.code], ["no", sent.stack, "TASK_FAILED"]);
  assertEquals(error.kept, { a: [1] });
  for (const field of [error.data, error.fn, error.promise]) assert(`${field}`.startsWith("[left out: it "));
  assertInstanceOf(error.cause, TypeError);
  assertEquals([error.cause.message, (error.cause as { code?: number }).code], ["inner", 5]);
  assert(!("cause" in error.cause));
  assertEquals(
    (error.cause as { map?: unknown }).map,
    "[left out: it is a WeakMap, which cannot leave its process; send a Map]",
  );
});

Deno.test("sendableError() keeps the errors of an AggregateError that can be sent", () => {
  const inner = Object.assign(new RangeError("r"), { fn() {} });
  const error = assertSendable(new AggregateError([inner, () => {}, 3])) as AggregateError;
  assertEquals(error.errors.map(String), ["RangeError: r", "3"]);
});

Deno.test("sendableError() gives a thrown value as the cause", () => {
  for (const value of ["text", 5, undefined, null, { a: 1 }, 5n]) {
    const error = assertSendable(value) as TaskError;
    assertEquals(error.code, "THROWN_VALUE");
    assertEquals(error.cause, value);
  }
  assertEquals(assertSendable(Symbol("odd")).message, "A value was thrown that is not an Error: Symbol(odd)");
  assert(!("cause" in assertSendable(() => {})));
});

Deno.test("sendableError() cuts texts and chains", () => {
  const long = new Error("m".repeat(100_000));
  long.stack = "s".repeat(100_000);
  long.name = "n".repeat(100_000);
  const error = assertSendable(long);
  assertEquals([error.message.length, error.stack?.length, error.name.length], [65536, 65536, 65536]);
  let chain = new Error("0");
  for (let i = 1; i < 100; i++) chain = new Error(String(i), { cause: chain });
  let length = 0;
  for (let at: unknown = assertSendable(chain); at instanceof Error; at = at.cause) length++;
  assertEquals(length, 17);
});

Deno.test("sendableError() survives cycles, also those of many branches", () => {
  const looped = new Error("loop");
  looped.cause = looped;
  assertSendable(looped);
  const bush = new AggregateError([], "bush");
  bush.errors = new Array(20).fill(bush);
  assertSendable(bush);
});

Deno.test("sendableError() survives hostile errors", () => {
  const bang = () => {
    throw new Error("bang");
  };
  const revoked = Proxy.revocable(new Error("r"), {});
  revoked.revoke();
  const handler = new Proxy({}, { get: () => bang });
  const getters = new Error("g");
  for (const key of ["name", "message", "stack", "cause", "errors", "field"]) {
    Object.defineProperty(getters, key, { get: bang, enumerable: true });
  }
  Object.assign(getters, { kept: 1 });
  const unprintable = { toString: bang, [Symbol.toPrimitive]: bang };
  const strange = new Error("s");
  Object.defineProperties(strange, {
    message: { value: unprintable },
    name: { value: Symbol() },
    constructor: { get: bang },
  });
  let calls = 0;
  const changing = Object.defineProperty(new Error("c"), "field", {
    get: () => calls++ === 0 ? 1 : () => {},
    enumerable: true,
  });
  class Trap extends Error {
    override get name(): string {
      return bang();
    }
    override get message(): string {
      return bang();
    }
  }
  registerError(Trap);
  const deep: unknown[] = [];
  for (let i = 0, at = deep; i < 10_000; i++) at.push(at = []);
  const hostile: unknown[] = [
    ...[getters, strange, changing, new Trap(), revoked.proxy, new Proxy(new Error("p"), handler), unprintable],
    ...[Object.create(Error.prototype), Object.setPrototypeOf(new Error("null"), null), deep],
    ...[Object.assign(new Error("deep"), { deep }), new Proxy(new Error("q"), {}), new Proxy(() => {}, handler)],
  ];
  for (const thrown of hostile) assertSendable(thrown);
  assertEquals((assertSendable(getters) as unknown as { kept: number }).kept, 1);
  assertEquals(assertSendable(Object.assign(new Error("deep"), { deep })).message, "deep");
});

Deno.test("V1: decode() rebuilds a SuppressedError with both errors, and those of the runtime by their classes", () => {
  const sent = new SuppressedError(new TypeError("at the end"), new Deno.errors.NotFound("first"), "two");
  for (const error of [roundTrip(sent), assertSendable(sent) as typeof sent]) {
    assertInstanceOf(error, SuppressedError);
    assertInstanceOf(error.error, TypeError);
    assertInstanceOf(error.suppressed, Deno.errors.NotFound);
    assertEquals([error.message, error.suppressed.message], ["two", "first"]);
    assertHidden(error, "error", "suppressed");
  }
  // Fields of these names that others have are fields.
  assertEquals({ ...roundTrip(Object.assign(new Error(), { error: 1 })) }, { error: 1 } as never);
  const { CompileError, LinkError, RuntimeError } = WebAssembly;
  for (const cls of [...Object.values(Deno.errors), CompileError, LinkError, RuntimeError]) {
    const error = roundTrip(new (cls as ErrorConstructor)("message"));
    assertStrictEquals(Object.getPrototypeOf(error), cls.prototype);
    assertEquals([error.name, error.message], [cls.name, "message"]);
  }
});

Deno.test("V1: an error that is called like a class of the runtime is none, and no name reaches what is no error", () => {
  class NotFound extends Error {
    override name = "NotFound";
  }
  assertEquals(Object.getPrototypeOf(roundTrip(new NotFound("mine"))), Error.prototype);
  const called = (name: string) => {
    class Named extends Error {}
    Object.defineProperty(Named, "name", { value: name });
    return roundTrip(new Named("m"));
  };
  assertStrictEquals(Object.getPrototypeOf(called("Deno.errors.NotFound")), Deno.errors.NotFound.prototype);
  for (const name of ["Deno.errors.constructor", "Deno.errors.toString", "WebAssembly.Module", "Deno.errors.", "."]) {
    assertStrictEquals(Object.getPrototypeOf(called(name)), Error.prototype);
  }
  // A hidden field of that name is another class's own business.
  const hiding = Object.defineProperty(new Error("m"), "error", { value: 1, enumerable: false });
  assertEquals({ ...roundTrip(hiding) }, {} as never);
});

Deno.test("V3: sendableError() leaves a text where a field cannot be sent", () => {
  const cycle: Record<string, unknown> = {};
  cycle.self = cycle;
  const error = Object.assign(new Error("m"), { fn() {}, gone: new WeakMap(), cycle, kept: 1 });
  assertEquals({ ...assertSendable(error) }, {
    fn: "[left out: it is a function; send data, or a remote() reference to it]",
    gone: "[left out: it is a WeakMap, which cannot leave its process; send a Map]",
    cycle: "[left out: it cannot be sent]",
    kept: 1,
  } as never);
});

Deno.test("V4: sendableError() says what is in an object that was thrown", () => {
  const messageOf = (value: unknown) => assertSendable(value).message.replace(/^A value was thrown .* Error: /, "");
  const hostile = {
    get bad() {
      throw new Error("no");
    },
  };
  const spoken = { toString: () => "my own words" };
  assertEquals([{ a: 1 }, [1, "b"], {}, new Map([[1, 2]]), hostile, spoken].map(messageOf), [
    '{"a":1}',
    "1,b",
    "[object Object]",
    "[object Map]",
    "[object Object]",
    "my own words",
  ]);
  assertEquals(messageOf({ long: "x".repeat(5000) }).length, 1001);
});
