import { assert, assertEquals, assertInstanceOf, assertRejects, assertThrows } from "@std/assert";
import { NotSendable, TaskError } from "../../core/errors.ts";
import { encode } from "../../wire/codec.ts";
import { HIGH_WATER_BYTES, Transport } from "../../wire/transport.ts";
import { memoryStreams, settled } from "../helpers/memory_stream.ts";
import { Random } from "../helpers/random.ts";

function frame(payload: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(4 + payload.length);
  new DataView(bytes.buffer).setUint32(0, payload.length);
  bytes.set(payload, 4);
  return bytes;
}

/** True once the promise is settled, asked after all that could settle it had its turn. */
async function isSettled(promise: Promise<unknown>): Promise<boolean> {
  let is = false;
  promise.finally(() => is = true).catch(() => {});
  await settled();
  return is;
}

Deno.test("Transport carries messages whole and in order over partial writes and reads", async () => {
  for (let seed = 0; seed < 20; seed++) {
    const random = new Random(seed);
    const most = random.pick([1, 7, 300, 100_000]);
    const [a, b] = memoryStreams({ bytesPerWrite: () => random.int(1, most), bytesPerRead: () => random.int(1, most) });
    const [sender, receiver] = [new Transport(a), new Transport(b)];
    const messages = Array.from({ length: 30 }, (_, i) => [i, random.bytes(random.int(0, 200))]);
    const received: unknown[] = [];
    const reading = (async () => {
      while (received.length < messages.length) received.push(structuredClone(await receiver.receive()));
    })();
    for (const message of messages) {
      sender.send(message);
      if (random.next() < 0.3) await settled();
    }
    await reading;
    assertEquals(received, messages);
    await sender.flushed();
    assertEquals(sender.bufferedBytes, 0);
    sender.close();
    assertEquals(await receiver.receive(), null);
    receiver.close();
  }
});

Deno.test("Transport.send() writes all that is sent in one turn at once", async () => {
  const [a, b] = memoryStreams();
  const transport = new Transport(a);
  for (let i = 0; i < 500; i++) transport.send(["message", i]);
  assertEquals(a.writes.length, 0);
  await transport.flushed();
  assertEquals(a.writes.length, 1);
  const receiver = new Transport(b);
  for (let i = 0; i < 500; i++) assertEquals(receiver.receiveBuffered() ?? await receiver.receive(), ["message", i]);
});

Deno.test("Transport.send() gathers what is sent while a write is under way into the next one", async () => {
  const [a] = memoryStreams();
  const transport = new Transport(a);
  a.hold();
  transport.send("first");
  await settled();
  for (let i = 0; i < 100; i++) {
    transport.send(i);
    await Promise.resolve();
  }
  a.release();
  await transport.flushed();
  assertEquals(a.writes.length, 2);
});

Deno.test("Transport.drained() waits while much is buffered, and no longer", async () => {
  const [a] = memoryStreams();
  const transport = new Transport(a);
  assert(await isSettled(transport.drained()));
  a.hold();
  transport.send(new Uint8Array(HIGH_WATER_BYTES));
  const drained = transport.drained();
  assert(!await isSettled(drained));
  assert(transport.bufferedBytes >= HIGH_WATER_BYTES);
  a.release();
  await drained;
  assert(transport.bufferedBytes < HIGH_WATER_BYTES);
});

Deno.test("Transport.drained() waits for what was sent during a write as well", async () => {
  const [a] = memoryStreams();
  const transport = new Transport(a);
  a.hold();
  transport.send(new Uint8Array(HIGH_WATER_BYTES));
  await settled();
  transport.send(new Uint8Array(HIGH_WATER_BYTES));
  const drained = transport.drained();
  a.onWrite = () => a.hold();
  a.release();
  assert(!await isSettled(drained), "the second half is still here");
  a.onWrite = () => {};
  a.release();
  await drained;
});

Deno.test("Transport.close() in the middle of a write ends all who wait, and drops what is left", async () => {
  const [a, b] = memoryStreams();
  const transport = new Transport(a);
  a.hold();
  transport.send(new Uint8Array(2 * HIGH_WATER_BYTES));
  await settled();
  transport.send("more");
  const [drained, flushed] = [transport.drained(), transport.flushed()];
  const reading = transport.receive();
  transport.close();
  await Promise.all([drained, flushed]);
  await assertRejects(() => reading, TaskError, "The connection broke");
  await settled();
  assertEquals([a.writes.length, a.closeCount, transport.bufferedBytes], [0, 1, 0]);
  assertEquals(await new Transport(b).receive(), null);
});

Deno.test("Transport.close() is a no-op the second time, and send() after it", async () => {
  const [a] = memoryStreams();
  const transport = new Transport(a);
  transport.close();
  transport.close();
  transport.send("late");
  await transport.flushed();
  await transport.drained();
  assertEquals([a.closeCount, a.writes.length, transport.bufferedBytes], [1, 0, 0]);
});

Deno.test("Transport.flushed() keeps what was sent before a close", async () => {
  const [a, b] = memoryStreams({ bytesPerWrite: () => 3 });
  const transport = new Transport(a);
  transport.send("farewell");
  await transport.flushed();
  transport.close();
  const receiver = new Transport(b);
  assertEquals([await receiver.receive(), await receiver.receive()], ["farewell", null]);
});

Deno.test("Transport.send() sends nothing of a message that it refuses, and all around it", async () => {
  const [a, b] = memoryStreams();
  const transport = new Transport(a, 100);
  transport.send("before");
  const unsendable = assertThrows(() => transport.send(["x", { fn: () => {} }]), NotSendable);
  assertEquals(unsendable.path, "$[1].fn");
  const tooLarge = assertThrows(
    () => transport.send("x".repeat(200)),
    TaskError,
    "it has more than the 100 bytes that are allowed",
  );
  assertEquals(tooLarge.code, "FRAME_TOO_LARGE");
  transport.send("after");
  await transport.flushed();
  const receiver = new Transport(b);
  assertEquals([await receiver.receive(), await receiver.receive()], ["before", "after"]);
  assertEquals(a.writes.length, 1);
});

Deno.test("Transport.maxFrameBytes holds for both directions", async () => {
  const [a, b] = memoryStreams();
  const [small, large] = [new Transport(a, 10), new Transport(b, 1000)];
  large.send("x".repeat(50));
  await large.flushed();
  const error = await assertRejects(() => small.receive(), TaskError, "Cannot read a frame of 52 bytes");
  assertEquals(error.code, "FRAME_TOO_LARGE");
  assertThrows(() => small.send("x".repeat(50)), TaskError);
  small.maxFrameBytes = 52;
  assertEquals(await small.receive(), "x".repeat(50));
  small.send("x".repeat(50));
});

Deno.test("Transport.receive() gives CONNECTION_CLOSED when the stream ends within a frame", async () => {
  for (const sent of [1, 4, 6]) {
    const [a, b] = memoryStreams();
    await a.write(frame(encode("hello")).subarray(0, sent));
    a.close();
    const error = await assertRejects(() => new Transport(b).receive(), TaskError, "ended within a frame");
    assertEquals(error.code, "CONNECTION_CLOSED");
  }
});

Deno.test("Transport.receive() names a write that failed as the cause when the stream breaks", async () => {
  const [a] = memoryStreams();
  const transport = new Transport(a);
  const reading = transport.receive();
  a.write = () => Promise.reject(new Deno.errors.BrokenPipe("pipe"));
  transport.send("lost");
  const error = await assertRejects(() => reading, TaskError, "The connection broke");
  assertInstanceOf(error.cause, Deno.errors.BrokenPipe);
  assertEquals(a.closeCount, 1);
});

Deno.test("Transport.receive() gives MALFORMED_MESSAGE for a frame that is no message", async () => {
  const frames = [new Uint8Array(), new Uint8Array([0xc1]), new Uint8Array([1, 2]), encode(null), encode(undefined)];
  for (const payload of frames) {
    const [a, b] = memoryStreams();
    await a.write(frame(payload));
    await a.write(frame(encode("next")));
    const receiver = new Transport(b);
    const error = await assertRejects(() => receiver.receive(), TaskError);
    assertEquals(error.code, "MALFORMED_MESSAGE", `frame ${payload.toHex()}`);
  }
});

Deno.test("Transport.receiveBuffered() gives undefined when nothing whole has arrived", async () => {
  const [a, b] = memoryStreams({ bytesPerRead: () => 4 });
  const [sender, receiver] = [new Transport(a), new Transport(b)];
  assertEquals(receiver.receiveBuffered(), undefined);
  sender.send(1);
  sender.send(2);
  await sender.flushed();
  assertEquals(await receiver.receive(), 1);
  assertEquals(receiver.receiveBuffered(), undefined);
  assertEquals(await receiver.receive(), 2);
});

Deno.test("Transport.send() writes large byte strings from where they are, in order, and counts them", async () => {
  const [a, b] = memoryStreams();
  const transport = new Transport(a, 4 * 1024 * 1024);
  const large = [1, 2, 3].map((n) => new Uint8Array(300_000 * n).fill(n));
  transport.send(["first", large[0], "between", large[1]]);
  transport.send("small");
  // Refused: nothing of it is sent, and all around it is.
  assertThrows(() => transport.send(Array(10).fill(large[2])), TaskError, "it has more than the 4194304 bytes");
  assertThrows(() => transport.send([large[2], () => {}]), NotSendable);
  transport.send([large[2]]);
  const total = 300_000 * 6;
  assert(transport.bufferedBytes > total && transport.bufferedBytes < total + 100, String(transport.bufferedBytes));
  const receiver = new Transport(b);
  const received: unknown[] = [];
  const flushed = transport.flushed();
  for (let i = 0; i < 3; i++) received.push(structuredClone(await receiver.receive()));
  await flushed;
  assertEquals(transport.bufferedBytes, 0);
  assertEquals(received, [["first", large[0], "between", large[1]], "small", [large[2]]]);
});
