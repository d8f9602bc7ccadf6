/**
 * E1: sources whose iterators are as `for await` takes them, and do what they like when they are let go: whatever runs
 * over them ends as it should, and runs again.
 */
import { assertEquals, assertRejects } from "@std/assert";
import { Pipeline, threadServlet } from "../../servlets/mod.ts";
import { Pool } from "../../workers/mod.ts";
import { startPair } from "../fixtures/pair.ts";
import { targets } from "../workers/kinds.ts";
import { IdleSource } from "./iterator_case.ts";

type Return = AsyncIterator<number>["return"];

/** What `return` of an iterator may be. */
const RETURNS: Record<string, unknown> = {
  "no return": undefined,
  "a return of null": null,
  "a return that throws": () => {
    throw new Error("return throws");
  },
  "a return that rejects": () => Promise.reject(new Error("return rejects")),
  "a return that gives no promise": () => ({ done: true, value: undefined }),
  "a return that gives nothing": () => {},
  "a return that never settles": () => new Promise(() => {}),
  "a return whose promise is broken": () => ({
    get then() {
      throw new Error("then throws");
    },
  }),
};

const isHere = (value: number) => ({ done: false, value });

/** Counts from 1 without an end. */
const COUNTERS: Record<string, (end: unknown) => AsyncIterable<number> | Iterable<number>> = {
  "asynchronous": (end) => {
    let n = 0;
    return { [Symbol.asyncIterator]: () => ({ next: () => Promise.resolve(isHere(++n)), return: end as Return }) };
  },
  "asynchronous without promises": (end) => {
    let n = 0;
    return { [Symbol.asyncIterator]: () => ({ next: () => isHere(++n) as never, return: end as Return }) };
  },
  "idle after three": (end) => {
    let n = 0;
    const next = () => ++n > 3 ? new Promise<never>(() => {}) : Promise.resolve(isHere(n));
    return { [Symbol.asyncIterator]: () => ({ next, return: end as Return }) };
  },
  "synchronous": (end) => {
    let n = 0;
    return { [Symbol.iterator]: () => ({ next: () => isHere(++n), return: end as never }) };
  },
};

/** Whatever takes a source; its items fail at 3. */
interface Taker extends AsyncDisposable {
  /** Takes all. */
  all(source: Iterable<number> | AsyncIterable<number>): Promise<unknown>;
  /** Takes one and leaves; for what gives one by one. */
  leave?(source: Iterable<number> | AsyncIterable<number>): Promise<unknown>;
}

async function leaveFirst(items: AsyncIterable<unknown>): Promise<unknown> {
  for await (const item of items) return item;
  throw new Error("There was none");
}

const TAKERS: Record<string, () => Promise<Taker>> = {
  async "Pool.run()"() {
    const pool = new Pool(targets.failAt3);
    await pool.addWorker("inline");
    return { all: (source) => pool.run(source), [Symbol.asyncDispose]: () => pool[Symbol.asyncDispose]() };
  },
  async "Pool.stream()"() {
    const pool = new Pool(targets.failAt3);
    await pool.addWorker("inline");
    return {
      all: (source) => Array.fromAsync(pool.stream(source)),
      leave: (source) => leaveFirst(pool.stream(source)),
      [Symbol.asyncDispose]: () => pool[Symbol.asyncDispose](),
    };
  },
  async "Pipeline.stream()"() {
    const pipeline = await Pipeline.start(threadServlet(targets.failAt3));
    return {
      all: (source) => Array.fromAsync(pipeline.stream(source)),
      leave: (source) => leaveFirst(pipeline.stream(source)),
      [Symbol.asyncDispose]: () => pipeline[Symbol.asyncDispose](),
    };
  },
  async "a served pipeline's stream()"() {
    const pair = await startPair();
    const servlet = threadServlet(targets.failAt3);
    await pair.server.serve("p", servlet);
    const pipeline = pair.client.pipeline<typeof servlet>("p");
    return {
      all: (source) => Array.fromAsync(pipeline.stream(source)),
      leave: (source) => leaveFirst(pipeline.stream(source)),
      [Symbol.asyncDispose]: () => pair[Symbol.asyncDispose](),
    };
  },
};

for (const [name, open] of Object.entries(TAKERS)) {
  Deno.test(`E1: ${name} ends with the item's error, whatever the source's iterator does`, async () => {
    await using taker = await open();
    for (const counter of Object.values(COUNTERS)) {
      for (const end of Object.values(RETURNS)) {
        await assertRejects(() => taker.all(counter(end)), RangeError, "x = 3");
        if (taker.leave !== undefined) assertEquals(await taker.leave(counter(end)), 1);
        assertEquals(await taker.all([1, 2]), [1, 2]);
      }
    }
  });

  Deno.test(`E1: ${name} ends with what the source's iterator throws, or gives amiss, and takes texts`, async () => {
    await using taker = await open();
    const throwing = () => {
      throw new SyntaxError("next throws");
    };
    const sources: [AsyncIterable<number> | Iterable<number>, ErrorConstructor, string][] = [
      [{ [Symbol.asyncIterator]: throwing }, SyntaxError as ErrorConstructor, "next throws"],
      [{ [Symbol.iterator]: throwing }, SyntaxError as ErrorConstructor, "next throws"],
      [{ [Symbol.asyncIterator]: () => ({ next: throwing }) }, SyntaxError as ErrorConstructor, "next throws"],
      [{ [Symbol.iterator]: () => ({ next: throwing }) }, SyntaxError as ErrorConstructor, "next throws"],
      [{ [Symbol.asyncIterator]: () => ({ next: () => 5 as never }) }, TypeError as ErrorConstructor, "is no object"],
      [
        { [Symbol.iterator]: () => ({ next: () => undefined as never }) },
        TypeError as ErrorConstructor,
        "is no object",
      ],
    ];
    for (const [source, type, message] of sources) await assertRejects(() => taker.all(source), type, message);
    // As `for await` does: the asynchronous one of two.
    const both = { [Symbol.iterator]: throwing, [Symbol.asyncIterator]: () => [1, 2].values() };
    assertEquals(await taker.all(both as unknown as AsyncIterable<number>), [1, 2]);
    assertEquals(await taker.all("ab" as never), ["a", "b"]);
  });
}

for (const [name, open] of Object.entries(TAKERS)) {
  Deno.test(`E1: ${name} leaves a source that it does not read to its end`, async () => {
    await using taker = await open();
    const failing = new IdleSource([1, 2, 3]);
    await assertRejects(() => taker.all(failing), RangeError, "x = 3");
    await failing.left;
    if (taker.leave === undefined) return;
    const unwanted = new IdleSource([1]);
    assertEquals(await taker.leave(unwanted), 1);
    await unwanted.left;
  });
}

Deno.test("E1: a signal ends a run over a source whose return() is none, and the pool runs again", async () => {
  await using pool = new Pool(targets.square);
  await pool.addWorker("inline");
  for (const counter of Object.values(COUNTERS)) {
    for (const end of Object.values(RETURNS)) {
      const controller = new AbortController();
      const running = pool.run(counter(end), { signal: controller.signal });
      controller.abort(new RangeError("enough"));
      await assertRejects(() => running, RangeError, "enough");
      assertEquals(await pool.run([3]), [9]);
    }
  }
});
