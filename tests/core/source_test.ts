import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { itemsOf, Source } from "../../core/source.ts";

/** An async iterable over what a test says its iterator does. */
function like(iterator: Record<string, unknown>): AsyncIterable<unknown> {
  return { [Symbol.asyncIterator]: () => iterator as unknown as AsyncIterator<unknown> };
}

const ONE = () => Promise.resolve({ done: false, value: 1 });

Deno.test("Source gives the items of what is iterable, at once or later", async () => {
  const now = new Source([1]);
  assertEquals([now.isAsync, now.next(), now.next()], [false, { done: false, value: 1 }, {
    done: true,
    value: undefined,
  }]);
  const later = new Source((async function* () {
    yield* [1];
  })());
  assertEquals([later.isAsync, await later.next()], [true, { done: false, value: 1 }]);
  assertEquals((await later.next()).done, true);
  assertEquals(new Source("ab").next(), { done: false, value: "a" });
});

Deno.test("Source refuses what is no iterable", () => {
  for (
    const value of [undefined, null, 5, {}, () => {}, { [Symbol.iterator]: 5 }, { [Symbol.asyncIterator]: () => 5 }]
  ) {
    assertThrows(() => new Source(value as never), TypeError, "is no iterable");
  }
  const raises = {
    [Symbol.iterator]: () => {
      throw new RangeError("not today");
    },
  };
  assertThrows(() => new Source(raises), RangeError, "not today");
});

Deno.test("E1: Source raises what next() raises, and refuses what is no step", async () => {
  const raises = () => {
    throw new RangeError("next");
  };
  assertThrows(() => new Source({ [Symbol.iterator]: () => ({ next: raises }) }).next(), RangeError, "next");
  await assertRejects(async () => await new Source(like({ next: raises })).next(), RangeError, "next");
  await assertRejects(async () => await new Source(like({ next: () => 5 })).next(), TypeError, "gave 5");
  const none = { [Symbol.iterator]: () => ({ next: () => null }) } as unknown as Iterable<number>;
  assertThrows(() => new Source(none).next(), TypeError, "gave null");
  await assertRejects(async () => await new Source(like({})).next(), TypeError);
});

Deno.test("E1: Source.leave() resolves whatever return() does", async () => {
  const returns: Record<string, unknown> = {
    "is not there": undefined,
    "is no function": 5,
    "gives no promise": () => ({ done: true, value: undefined }),
    "gives nothing": () => {},
    "throws": () => {
      throw new Error("left");
    },
    "rejects": () => Promise.reject(new Error("left")),
    "never settles": () => new Promise(() => {}),
    "gives what throws when it is awaited": () => ({
      get then() {
        throw new Error("left");
      },
    }),
  };
  for (const [how, ret] of Object.entries(returns)) {
    const source = new Source(like({ next: ONE, return: ret }));
    await source.next();
    assertEquals(await source.leave(), undefined, `a return() that ${how}`);
  }
});

Deno.test("Source.leave() waits for finally blocks that do not wait, of a generator that stands at a yield", async () => {
  const ended: string[] = [];
  function* now() {
    try {
      yield 1;
    } finally {
      ended.push("sync");
    }
  }
  async function* later() {
    try {
      yield 1;
    } finally {
      ended.push("async");
    }
  }
  for (const items of [now(), later()]) {
    const source = new Source(items);
    await source.next();
    await source.leave();
  }
  assertEquals(ended, ["sync", "async"]);
});

Deno.test("Source.leave() tells its source once, and not one that has ended or failed", async () => {
  let told = 0;
  const steps: unknown[] = [{ done: false, value: 1 }];
  const next = () => steps.shift() ?? { done: true, value: undefined };
  const make = (next: () => unknown) => new Source(like({ next, return: () => void told++ }));
  const left = make(next);
  await left.next();
  await Promise.all([left.leave(), left.leave()]);
  assertEquals(told, 1);
  const over = make(next);
  await over.next();
  await over.leave();
  const failed = make(() => {
    throw new Error("no more");
  });
  await assertRejects(async () => await failed.next());
  await failed.leave();
  assertEquals(told, 1);
});

Deno.test("itemsOf() gives the items of an iterable, and a loop that fails is not hurt by its return()", () => {
  const both = { [Symbol.iterator]: () => [1, 2][Symbol.iterator](), [Symbol.asyncIterator]: () => ({ next: ONE }) };
  assertEquals([...itemsOf(both)], [1, 2]);
  for (const ret of [() => Promise.reject(new Error("left")), 5, undefined]) {
    const items = { [Symbol.iterator]: () => ({ next: () => ({ done: false, value: 1 }), return: ret }) };
    assertThrows(
      () => {
        for (const item of itemsOf(items as unknown as Iterable<number>)) throw new RangeError(`at ${item}`);
      },
      RangeError,
      "at 1",
    );
  }
});
