import { assert, assertEquals, assertRejects, assertStrictEquals } from "@std/assert";
import { LeavableIterator, type Reading, type Supply } from "../../core/leavable_iterator.ts";

const END: IteratorResult<number, undefined> = { done: true, value: undefined };

/** A supply that has what a test gives it. */
class Hand implements Supply<number> {
  steps: (number | Error | "end")[] = [];
  wakes = 0;
  left = 0;
  leaving: void | Promise<void> = undefined;
  #wake: (() => void) | null = null;

  give(...steps: (number | Error | "end")[]): void {
    this.steps.push(...steps);
    const wake = this.#wake;
    this.#wake = null;
    wake?.();
  }

  take(): IteratorResult<number, undefined> | null {
    const step = this.steps.shift();
    if (step === undefined) return null;
    if (step instanceof Error) throw step;
    return step === "end" ? { done: true, value: undefined } : { done: false, value: step };
  }

  wait(wake: () => void): void {
    assertEquals(this.#wake, null, "asked again before it was woken");
    this.wakes++;
    this.#wake = wake;
  }

  leave(): void | Promise<void> {
    this.left++;
    return this.leaving;
  }
}

function read(how?: Reading): { hand: Hand; items: LeavableIterator<number> } {
  const hand = new Hand();
  return { hand, items: new LeavableIterator<number>(() => hand, how) };
}

Deno.test("LeavableIterator opens with the first next(), and not when it was left before", async () => {
  let opened = 0;
  const open = () => {
    opened++;
    return new Hand();
  };
  const left = new LeavableIterator(open);
  assertEquals([await left.return(), await left.next(), opened], [END, END, 0]);
  const read = new LeavableIterator(open);
  void read.next();
  void read.next();
  assertEquals(opened, 1);
});

Deno.test("LeavableIterator gives each of those that wait an item of its own, in the order of the calls", async () => {
  const { hand, items } = read();
  const all = [items.next(), items.next(), items.next()];
  assertEquals(hand.wakes, 1);
  hand.give(1);
  hand.give(2, 3, 4);
  assertEquals((await Promise.all(all)).map(({ value }) => value), [1, 2, 3]);
  assertEquals([(await items.next()).value, hand.wakes], [4, 2]);
});

Deno.test("E2: LeavableIterator.return() ends those that wait at once, and takes nothing that comes later", async () => {
  const { hand, items } = read();
  const all = [items.next(), items.next()];
  assertEquals(await items.return(), END);
  assertEquals(await Promise.all(all), [END, END]);
  hand.give(7);
  assertEquals([hand.steps, hand.left, await items.next()], [[7], 1, END]);
  assertEquals([await items.return(), hand.left], [END, 1]);
});

Deno.test("E2: leaving ends those that wait before what the supply does then has ended, which return() awaits", async () => {
  const { hand, items } = read();
  const { promise, resolve } = Promise.withResolvers<void>();
  hand.leaving = promise;
  const waiting = items.next();
  let isBack = false;
  const returned = items.return().then(() => isBack = true);
  assertEquals([await waiting, isBack], [END, false]);
  resolve();
  assert(await returned);
});

Deno.test("E2: ReadableStream.from() over a LeavableIterator can be cancelled while a read waits", async () => {
  const { hand, items } = read();
  const reader = ReadableStream.from(items).getReader();
  const waiting = reader.read();
  // The stream asks for an item in a turn of its own.
  while (hand.wakes === 0) await null;
  await reader.cancel();
  assertEquals([(await waiting).done, hand.left], [true, 1]);
});

Deno.test("LeavableIterator that is left while it is being opened lets go of what is opened then", async () => {
  const hand = new Hand();
  const opening = Promise.withResolvers<Hand>();
  const items = new LeavableIterator(() => opening.promise);
  const waiting = items.next();
  assertEquals([await items.return(), await waiting], [END, END]);
  opening.resolve(hand);
  await opening.promise;
  hand.give(1);
  assertEquals([hand.left, hand.wakes, hand.steps], [1, 0, [1]]);
});

Deno.test("LeavableIterator serves those that wait once what opens later is open", async () => {
  const hand = new Hand();
  const items = new LeavableIterator(() => Promise.resolve(hand));
  const all = [items.next(), items.next()];
  hand.give(1, "end");
  assertEquals(await Promise.all(all), [{ done: false, value: 1 }, END]);
});

Deno.test("LeavableIterator raises what opening it throws, once", async () => {
  for (
    const open of [() => Promise.reject(new RangeError("late")), () => {
      throw new RangeError("now");
    }]
  ) {
    const items = new LeavableIterator<number>(open);
    const all = [items.next(), items.next()];
    await assertRejects(() => all[0], RangeError);
    assertEquals([await all[1], await items.next()], [END, END]);
  }
});

Deno.test("LeavableIterator raises an error once, to the first that waits, lets go, and is at its end", async () => {
  const { hand, items } = read();
  const all = [items.next(), items.next(), items.next()];
  const error = new RangeError("two");
  hand.give(1, error, 3);
  assertEquals((await all[0]).value, 1);
  assertStrictEquals(await assertRejects(() => all[1]), error);
  assertEquals([await all[2], await items.next(), hand.left], [END, END, 1]);
});

Deno.test("LeavableIterator goes on behind an error where it is to", async () => {
  const { hand, items } = read({ goesOn: true });
  const all = [items.next(), items.next(), items.next()];
  hand.give(1, new RangeError("two"), 3, "end");
  assertEquals((await all[0]).value, 1);
  await assertRejects(() => all[1], RangeError);
  assertEquals([(await all[2]).value, await items.next(), hand.left], [3, END, 1]);
});

Deno.test("LeavableIterator lets go at the end, whatever that raises", async () => {
  const { hand, items } = read();
  hand.leaving = Promise.reject(new Error("nobody's business"));
  hand.give(1, "end");
  assertEquals(await Array.fromAsync(items), [1]);
  assertEquals(hand.left, 1);
});

Deno.test("LeavableIterator.throw() and disposal leave as return() does", async () => {
  for (const how of ["throw", "dispose"] as const) {
    const { hand, items } = read();
    const waiting = items.next();
    if (how === "throw") await assertRejects(() => items.throw(new RangeError("mine")), RangeError, "mine");
    else await items[Symbol.asyncDispose]();
    assertEquals([await waiting, hand.left], [END, 1]);
  }
});

Deno.test("LeavableIterator passes for an async generator", () => {
  assertEquals(Object.prototype.toString.call(read().items), "[object AsyncGenerator]");
});
