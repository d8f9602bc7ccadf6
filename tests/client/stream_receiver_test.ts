import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { StreamReceiver } from "../../client/stream_receiver.ts";
import { TaskError } from "../../core/errors.ts";
import { LeavableIterator, type Supply } from "../../core/leavable_iterator.ts";
import { encode } from "../../wire/codec.ts";

/** A receiver, what reads it, and what it has told its sender. */
function setUp() {
  const told: number[] = [];
  const receiver = new StreamReceiver<unknown>((taken) => told.push(taken));
  const supply: Supply<unknown> = { take: () => receiver.take(), wait: (wake) => receiver.wait(wake), leave() {} };
  return { receiver, items: new LeavableIterator(() => supply, { goesOn: true }), told };
}

const item = (value: unknown): IteratorResult<unknown, undefined> => ({ done: false, value });
const END: IteratorResult<unknown, undefined> = { done: true, value: undefined };

Deno.test("StreamReceiver gives items in order, and tells the sender once for each batch that is taken whole", async () => {
  const { receiver, items, told } = setUp();
  assertEquals([receiver.received, receiver.isReady], [0, false]);
  receiver.onBatch(0, encode(["a", undefined]));
  receiver.onBatch(2, encode([null]));
  assertEquals([receiver.received, receiver.isReady], [3, true]);
  assertEquals([await items.next(), told], [item("a"), []]);
  assertEquals([await items.next(), told], [item(undefined), [2]]);
  assertEquals([await items.next(), told], [item(null), [2, 3]]);
  assertEquals(receiver.isReady, false);
  receiver.tellAgain();
  assertEquals(told, [2, 3, 3]);
});

Deno.test("StreamReceiver.tellAgain() says nothing when nothing was taken", () => {
  const { receiver, told } = setUp();
  receiver.onBatch(0, encode([1, 2]));
  receiver.tellAgain();
  assertEquals(told, []);
});

Deno.test("StreamReceiver passes over a batch that has come before, and refuses a gap and what is no list", async () => {
  const { receiver, items } = setUp();
  receiver.onBatch(0, encode([1, 2]));
  receiver.onBatch(0, encode(["again", "again"]));
  for (const [from, value] of [[3, [4]], [2, "text"], [2, { length: 1 }]] as const) {
    const error = assertThrows(() => receiver.onBatch(from, encode(value)), TaskError);
    assertEquals(error.code, "MALFORMED_MESSAGE");
  }
  assertThrows(() => receiver.onBatch(2, new Uint8Array([0xc1])), TaskError);
  receiver.onBatch(2, encode([3]));
  receiver.end();
  assertEquals(await Array.fromAsync({ length: 4 }, () => items.next()), [item(1), item(2), item(3), END]);
});

Deno.test("StreamReceiver.end() that comes ahead of the last items waits for them", async () => {
  const { receiver, items } = setUp();
  receiver.onBatch(0, encode([1]));
  receiver.end(2);
  assertEquals(await items.next(), item(1));
  assertEquals(receiver.isReady, false);
  const last = items.next();
  const end = items.next();
  receiver.onBatch(1, encode([2]));
  assertEquals([await last, await end, await items.next()], [item(2), END, END]);
});

Deno.test("StreamReceiver raises the error once, behind the items, to one of those that wait", async () => {
  const { receiver, items } = setUp();
  const waiting = [items.next(), items.next(), items.next()];
  receiver.onBatch(0, encode([1]));
  receiver.end(1, new Error("midway"));
  receiver.end(1, new Error("another"));
  assertEquals(await waiting[0], item(1));
  await assertRejects(() => waiting[1], Error, "midway");
  assertEquals([await waiting[2], await items.next()], [END, END]);
});

Deno.test("StreamReceiver.fail() leaves what has come, and is raised to all behind it", async () => {
  const { receiver, items } = setUp();
  receiver.onBatch(0, encode([1]));
  receiver.fail(new Error("lost"));
  receiver.fail(new Error("later"));
  assertEquals(await items.next(), item(1));
  for (let i = 0; i < 2; i++) await assertRejects(() => items.next(), Error, "lost");
});

Deno.test("StreamReceiver.fail() after the end changes nothing", async () => {
  const { receiver, items } = setUp();
  receiver.end();
  receiver.fail(new Error("lost"));
  assertEquals(await items.next(), END);
});

Deno.test("StreamReceiver.discard() lets go of what has come and ends, with an error if it is given one", async () => {
  for (const error of [null, new Error("enough")]) {
    const { receiver, items, told } = setUp();
    receiver.onBatch(0, encode([1, 2]));
    receiver.end(5);
    receiver.discard(error);
    if (error !== null) await assertRejects(() => items.next(), Error, "enough");
    assertEquals([await items.next(), told], [END, []]);
  }
});

Deno.test("StreamReceiver: of two that wait each gets an item of its own, in the order in which they asked", async () => {
  const { receiver, items } = setUp();
  const [a, b] = [items.next(), items.next()];
  receiver.onBatch(0, encode([1, 2]));
  assertEquals([await a, await b], [item(1), item(2)]);
});

Deno.test("StreamReceiver.onBatch() refuses a batch of more or fewer items than was said", () => {
  const receiver = new StreamReceiver(() => {});
  for (const count of [0, 1, 3]) {
    const error = assertThrows(() => receiver.onBatch(0, encode(["a", "b"]), count), TaskError);
    assertEquals(error.code, "MALFORMED_MESSAGE");
  }
  assertEquals(receiver.received, 0);
  receiver.onBatch(0, encode(["a", "b"]), 2);
  assertEquals(receiver.received, 2);
});
