import { assertEquals, assertThrows } from "@std/assert";
import { TaskError } from "../../core/errors.ts";
import { StreamRelay } from "../../server/stream_relay.ts";
import { WINDOW_BYTES, WINDOW_ITEMS } from "../../wire/item_batch.ts";

const batch = (from: number, count = 1, bytes = 1) => ({ from, count, items: new Uint8Array(bytes) });

function assertRefuses(act: () => unknown): void {
  assertEquals(assertThrows(act, TaskError).code, "INVALID_REQUEST");
}

Deno.test("StreamRelay keeps batches until they are taken whole", () => {
  const relay = new StreamRelay();
  assertEquals([relay.received, relay.taken, relay.total, relay.isEmpty], [0, 0, null, true]);
  for (const from of [0, 2, 4]) assertEquals(relay.accept(batch(from, 2)), true);
  assertEquals([...relay.behind(0)].map(({ from }) => from), [0, 2, 4]);
  assertEquals([...relay.behind(2)].map(({ from }) => from), [2, 4]);
  assertEquals([relay.take(3), relay.take(3), relay.take(1)], [true, false, false]);
  assertEquals([...relay.behind(0)].map(({ from }) => from), [2, 4]);
  assertEquals([relay.take(6), relay.isEmpty, [...relay.behind(0)]], [true, true, []]);
});

Deno.test("StreamRelay passes over a batch that came before, and refuses gaps, nothing, and what comes behind the end", () => {
  const relay = new StreamRelay();
  relay.accept(batch(0, 2));
  assertEquals([relay.accept(batch(0, 2)), relay.received], [false, 2]);
  assertRefuses(() => relay.accept(batch(3)));
  assertRefuses(() => relay.accept(batch(2, 0)));
  assertEquals([relay.end(3), relay.end(1), relay.total], [false, false, null], "an end that others must come before");
  assertEquals([relay.end(2), relay.end(2), relay.total], [true, false, 2]);
  assertRefuses(() => relay.accept(batch(2)));
});

Deno.test("StreamRelay refuses more than the window of items, and to be told that more was taken than came", () => {
  const relay = new StreamRelay();
  assertRefuses(() => relay.accept(batch(0, WINDOW_ITEMS + 1)));
  relay.accept(batch(0, WINDOW_ITEMS));
  assertRefuses(() => relay.accept(batch(WINDOW_ITEMS)));
  assertRefuses(() => relay.take(WINDOW_ITEMS + 1));
  relay.take(1);
  assertEquals(relay.accept(batch(WINDOW_ITEMS)), true);
  assertRefuses(() => relay.accept(batch(WINDOW_ITEMS + 1)));
});

Deno.test("StreamRelay refuses a batch when the window of bytes is full; the last in it may go over", () => {
  const relay = new StreamRelay();
  relay.accept(batch(0, 1, WINDOW_BYTES - 1));
  relay.accept(batch(1, 2, 3 * WINDOW_BYTES));
  assertRefuses(() => relay.accept(batch(3)));
  relay.take(2);
  assertRefuses(() => relay.accept(batch(3)));
  relay.take(3);
  assertEquals(relay.accept(batch(3)), true);
});
