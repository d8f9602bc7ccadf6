import { assert, assertEquals } from "@std/assert";
import { KnownObjects } from "../../process/known_objects.ts";

function define(object: object, key: string, descriptor: PropertyDescriptor): Disposable {
  const before = Object.getOwnPropertyDescriptor(object, key);
  Object.defineProperty(object, key, { configurable: true, ...descriptor });
  return {
    [Symbol.dispose]() {
      if (before === undefined) Reflect.deleteProperty(object, key);
      else Object.defineProperty(object, key, before);
    },
  };
}

Deno.test("KnownObjects are the same until something changes, and again when it is as before", () => {
  const known = new KnownObjects();
  assert(known.areSame());
  {
    using _ = define(JSON, "stringify", { value: () => "" });
    assertEquals([known.areSame(), known.change()], [false, "a changed built-in (JSON.stringify)"]);
  }
  assert(known.areSame());
});

Deno.test("KnownObjects name what was changed, added or removed", () => {
  const known = new KnownObjects();
  const cases: [object, string, PropertyDescriptor, string][] = [
    [globalThis, "probe", { value: 1 }, "a changed global (probe)"],
    [globalThis, "structuredClone", { value: 1 }, "a changed global (structuredClone)"],
    [globalThis, "Response", { value: 1 }, "a changed global (Response)"],
    [globalThis, "Request", { get: () => 1 }, "a changed global (Request)"],
    [console, "log", { value: 1 }, "a changed built-in (console.log)"],
    [Object.prototype, "probe", { value: 1 }, "a changed built-in (Object.prototype.probe)"],
    [Object.prototype, "probe", { value: 1, enumerable: true }, "a changed built-in (Object.prototype.probe)"],
    [Number.prototype, "probe", { value: 1, enumerable: true }, "a changed built-in (Number.prototype.probe)"],
    [Array.prototype, "probe", { get: () => 1 }, "a changed built-in (Array.prototype.probe)"],
    [Array.prototype, "at", { value: undefined }, "a changed built-in (Array.prototype.at)"],
    // What it takes to find out.
    [Array.prototype, "map", { value: () => [] }, "a changed built-in (Array.prototype.map)"],
    [Map.prototype, "get", { value: () => {} }, "a changed built-in (Map.prototype.get)"],
    [Object, "keys", { value: () => [] }, "a changed built-in (Object.keys)"],
  ];
  for (const [object, key, descriptor, words] of cases) {
    using _ = define(object, key, descriptor);
    assertEquals([known.areSame(), known.change()], [false, words]);
  }
  const { flatMap } = Array.prototype;
  Reflect.deleteProperty(Array.prototype, "flatMap");
  const found = [known.areSame(), known.change()];
  Object.defineProperty(Array.prototype, "flatMap", { value: flatMap, configurable: true, writable: true });
  assertEquals(found, [false, "a removed built-in (Array.prototype.flatMap)"]);
});

Deno.test("KnownObjects look at what is often replaced each time, at the rest in the first looks and every tenth after", () => {
  const looksUntilSeen = (before: number, object: object, key: string, descriptor: PropertyDescriptor) => {
    const known = new KnownObjects();
    for (let i = 0; i < before; i++) assert(known.areSame());
    using _ = define(object, key, descriptor);
    let looks = 1;
    while (known.areSame()) looks++;
    return looks;
  };
  const hidden = { value: 1 };
  const often: [object, string, PropertyDescriptor][] = [
    [JSON, "parse", hidden],
    [Array.prototype, "map", hidden],
    [Math, "random", hidden],
    [Date, "now", hidden],
    [globalThis, "fetch", hidden],
    [globalThis, "probe", { value: 1, enumerable: true }],
    [Object.prototype, "probe", { value: 1, enumerable: true }],
    [RegExp.prototype, "probe", { value: 1, enumerable: true }],
    [console, "log", hidden],
  ];
  for (const change of often) assertEquals([looksUntilSeen(9, ...change), looksUntilSeen(11, ...change)], [1, 1]);
  const seldom: [object, string, PropertyDescriptor][] = [
    [RegExp.prototype, "exec", hidden],
    [globalThis, "probe", hidden],
    [globalThis, "Response", hidden],
    [Object.prototype, "probe", hidden],
    [Deno, "readTextFile", hidden],
  ];
  for (const change of seldom) {
    assertEquals([0, 9, 11, 20].map((before) => looksUntilSeen(before, ...change)), [1, 1, 10, 1]);
  }
});

Deno.test("KnownObjects.take() has what a module added count as there", () => {
  const known = new KnownObjects();
  using _ = define(Object.prototype, "probe", { value: 1, enumerable: true });
  known.take();
  assert(known.areSame());
  assertEquals(known.change(), null);
});

Deno.test("D3: KnownObjects take over what the runtime changes by itself, and nothing that looks like it", async () => {
  const known = new KnownObjects();
  using _ = define(globalThis, "nodeBootstrap", { value: () => {}, writable: true });
  using _more = define(console, "_stdout", { value: {}, enumerable: true, writable: true });
  const { MessageChannel } = await import("node:worker_threads");
  using _channel = define(globalThis, "MessageChannel", { value: MessageChannel });
  assertEquals([known.areSame(), known.change(), known.areSame()], [false, null, true]);
  using _own = define(globalThis, "MessageChannel", { value: class extends MessageChannel {} });
  assertEquals(known.change(), "a changed global (MessageChannel)");
});
