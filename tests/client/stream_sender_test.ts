import { assert, assertEquals, assertThrows } from "@std/assert";
import { type Batch, StreamSender } from "../../client/stream_sender.ts";
import { NotSendable } from "../../core/errors.ts";
import { decode } from "../../wire/codec.ts";
import { WINDOW_BYTES, WINDOW_ITEMS } from "../../wire/item_batch.ts";
import { settled } from "../helpers/memory_stream.ts";

/** A sender, and what it has sent. */
function setUp(maxFrameBytes?: number) {
  const batches: Batch[] = [];
  const sender = new StreamSender((batch) => batches.push(batch), maxFrameBytes);
  const sent = () => batches.map(({ from, count, items }) => [from, count, decode(items)]);
  return { sender, batches, sent };
}

Deno.test("StreamSender sends nothing of nothing, and what is written without a wait together", async () => {
  const { sender, sent } = setUp();
  sender.flush();
  assertEquals([sent(), sender.written, sender.hasRoom], [[], 0, true]);
  sender.write("a");
  sender.write(undefined);
  await null;
  await null;
  sender.write({ c: 1 });
  assertEquals([sent(), sender.written], [[], 3]);
  await settled();
  assertEquals(sent(), [[0, 3, ["a", undefined, { c: 1 }]]]);
  sender.write("d");
  sender.flush();
  assertEquals(sent()[1], [3, 1, ["d"]]);
  await settled();
  assertEquals(sent().length, 2);
});

Deno.test("StreamSender sends the value that was written, not what became of it", () => {
  const { sender, sent } = setUp();
  const item = { n: 1 };
  sender.write(item);
  item.n = 2;
  sender.flush();
  assertEquals(sent(), [[0, 1, [{ n: 1 }]]]);
});

Deno.test("StreamSender has room below the window of items, and again when some are taken", async () => {
  const { sender } = setUp();
  for (let i = 0; i < WINDOW_ITEMS; i++) {
    assert(sender.hasRoom);
    sender.write(i);
  }
  assert(!sender.hasRoom);
  sender.flush();
  const changed = sender.changed();
  sender.taken(1);
  await changed;
  assert(sender.hasRoom);
  sender.write("one");
  assert(!sender.hasRoom);
});

Deno.test("StreamSender has room below the window of bytes, of which whole batches are taken", () => {
  const { sender, batches } = setUp();
  const half = new Uint8Array(WINDOW_BYTES / 2);
  sender.write(half);
  assert(sender.hasRoom);
  sender.write(half);
  assert(!sender.hasRoom);
  assertEquals(batches.length, 2, "each fills a batch");
  sender.taken(1);
  assert(sender.hasRoom);
  sender.write(new Uint8Array(3 * WINDOW_BYTES));
  assert(!sender.hasRoom, "one item may go over");
  sender.taken(2);
  assert(!sender.hasRoom);
  sender.taken(3);
  assert(sender.hasRoom);
});

Deno.test("StreamSender.taken() passes over what is old, and what was never sent", () => {
  const { sender } = setUp();
  for (let i = 0; i < WINDOW_ITEMS; i++) sender.write(i);
  sender.flush();
  sender.taken(10);
  sender.taken(3);
  for (let i = 0; i < 10; i++) sender.write(i);
  assert(!sender.hasRoom);
  sender.taken(1e9);
  assertEquals(sender.hasRoom, true, "what had left was taken; the ten stand in the open batch");
  sender.flush();
  sender.taken(WINDOW_ITEMS + 10);
  assertEquals(sender.written, WINDOW_ITEMS + 10);
});

Deno.test("StreamSender.resend() sends again what the other side has not and nobody has taken", () => {
  const { sender, sent, batches } = setUp();
  for (let i = 0; i < 4; i++) {
    sender.write(i);
    sender.flush();
  }
  sender.taken(1);
  batches.length = 0;
  sender.resend(2);
  assertEquals(sent(), [[2, 1, [2]], [3, 1, [3]]]);
  batches.length = 0;
  sender.resend(0);
  assertEquals(sent().map(([from]) => from), [1, 2, 3]);
});

Deno.test("StreamSender.write() refuses what cannot be sent, and it costs only itself", () => {
  const { sender, sent } = setUp(1024);
  sender.write(1);
  assertThrows(() => sender.write({ a: [() => {}] }), NotSendable, "$.a[0]");
  // Too large for a message: with those before it, and alone.
  sender.write("x".repeat(760));
  sender.write("y".repeat(700));
  assertThrows(() => sender.write("z".repeat(800)), NotSendable, "768 bytes");
  sender.write(2);
  sender.flush();
  assertEquals(sent(), [[0, 1, [1]], [1, 1, ["x".repeat(760)]], [2, 1, ["y".repeat(700)]], [3, 1, [2]]]);
});

Deno.test("StreamSender.fail() wakes who waits for room; what cannot be transmitted fails it", async () => {
  const { sender } = setUp();
  const changed = sender.changed();
  sender.fail(new Error("over"));
  sender.fail(new Error("later"));
  await changed;
  assertThrows(() => sender.write(1), Error, "over");
  const broken = new StreamSender(() => {
    throw new Error("no way");
  });
  broken.write(1);
  broken.flush();
  assertThrows(() => broken.write(2), Error, "no way");
});
