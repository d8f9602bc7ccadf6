import { assert, assertEquals, assertRejects, assertStrictEquals } from "@std/assert";
import { NotSendable, TaskError, TaskFailed } from "../../core/errors.ts";
import { Kind } from "../../wire/message.ts";
import { Peer, type PeerHandler } from "../../wire/peer.ts";
import { pushList } from "../../wire/push_list.ts";
import { Transport } from "../../wire/transport.ts";
import { type MemoryStream, memoryStreams, settled } from "../helpers/memory_stream.ts";
import { Random } from "../helpers/random.ts";

const NO_HANDLER: PeerHandler = { onCall: () => null, onPush: () => {} };

interface Pair {
  a: Peer;
  b: Peer;
  streams: [MemoryStream, MemoryStream];
}

/** Two peers; the second one's handler is given. */
function peers(handler: Partial<PeerHandler> = {}, maxFrameBytes?: number, own = NO_HANDLER): Pair {
  const streams = memoryStreams();
  const [a, b] = streams.map((stream) => new Transport(stream, maxFrameBytes));
  return { a: new Peer(a, own), b: new Peer(b, { ...NO_HANDLER, ...handler }), streams };
}

/** A peer, and the bare transport at the other end of its connection. */
function peerAndTransport(handler: Partial<PeerHandler> = {}) {
  const [near, far] = memoryStreams();
  return { peer: new Peer(new Transport(near), { ...NO_HANDLER, ...handler }), other: new Transport(far), far };
}

async function close({ a, b }: Pair): Promise<void> {
  await a.close();
  await b.closed;
}

function codeOf(error: unknown): string {
  assert(error instanceof TaskError, `${error}`);
  return error.code;
}

// -- Calls --

Deno.test("Peer.call() is settled by its own reply when replies come out of order", async () => {
  const random = new Random(3);
  const waiting: (() => void)[] = [];
  const pair = peers({
    onCall: (command, body) =>
      new Promise((resolve, reject) =>
        waiting.push(() => command === "fail" ? reject(new TaskFailed("no", body)) : resolve([command, body]))
      ),
  });
  const calls = Array.from({ length: 200 }, (_, i) => pair.a.call(i % 3 === 0 ? "fail" : `command ${i}`, i));
  const outcomes = Promise.allSettled(calls);
  await settled();
  assertEquals(waiting.length, 200);
  while (waiting.length > 0) waiting.splice(random.int(0, waiting.length - 1), 1)[0]();
  for (const [i, outcome] of (await outcomes).entries()) {
    if (outcome.status === "fulfilled") assertEquals(outcome.value, [`command ${i}`, i]);
    else assertEquals([outcome.reason instanceof TaskFailed, outcome.reason.data], [true, i]);
    assertEquals(outcome.status, i % 3 === 0 ? "rejected" : "fulfilled");
  }
  await close(pair);
});

Deno.test("Peer.call() gives bytes that later messages do not overwrite", async () => {
  const pair = peers({ onCall: (_command, body) => [[null, new Uint8Array(8).fill(body as number)]] });
  const replies = [];
  for (let i = 0; i < 200; i++) replies.push(await pair.a.call("fill", i) as [[null, Uint8Array]]);
  replies.forEach(([[, bytes]], i) => assertEquals(bytes, new Uint8Array(8).fill(i)));
  await close(pair);
});

Deno.test("Peer.call() is rejected with errors whose bytes later messages do not overwrite", async () => {
  const pair = peers({
    onCall(_command, body) {
      throw new TaskFailed("no", { deep: [new Uint8Array(8).fill(body as number)] });
    },
  });
  const errors = [];
  for (let i = 0; i < 200; i++) errors.push(await assertRejects(() => pair.a.call("fill", i), TaskFailed));
  errors.forEach(({ data }, i) => assertEquals(data, { deep: [new Uint8Array(8).fill(i)] }));
  await close(pair);
});

Deno.test("Peer.call() is rejected with what the handler throws, at once or later", async () => {
  const pair = peers({
    onCall(command) {
      if (command === "sync") throw new RangeError("now");
      return command === "async" ? Promise.reject(new TypeError("later")) : undefined;
    },
  });
  await assertRejects(() => pair.a.call("sync", null), RangeError, "now");
  await assertRejects(() => pair.a.call("async", null), TypeError, "later");
  assertEquals(await pair.a.call("other", null), undefined);
  await close(pair);
});

Deno.test("Peer.call() is rejected when the reply cannot be sent, and the connection lives", async () => {
  const pair = peers({
    onCall: (command) => command === "function" ? () => {} : command === "large" ? "x".repeat(5000) : "fine",
  }, 4000);
  await assertRejects(() => pair.a.call("function", null), NotSendable);
  assertEquals(codeOf(await assertRejects(() => pair.a.call("large", null))), "FRAME_TOO_LARGE");
  assertEquals(await pair.a.call("small", null), "fine");
  await close(pair);
});

Deno.test("Peer.call() is rejected when the error itself is too large to send, and the connection lives", async () => {
  const pair = peers({
    onCall(command) {
      if (command === "sync") throw new Error("x".repeat(5000));
      return command === "async" ? Promise.reject(new Error("x".repeat(5000))) : "fine";
    },
  }, 1024);
  await assertRejects(() => pair.a.call("sync", null), TaskError);
  await assertRejects(() => pair.a.call("async", null), TaskError);
  assertEquals(await pair.a.call("small", null), "fine");
  await close(pair);
});

Deno.test("Peer.call() is rejected and nothing sent when its body cannot be sent", async () => {
  const pair = peers({ onCall: (_, body) => body });
  await assertRejects(() => pair.a.call("echo", { fn: () => {} }), NotSendable);
  assertEquals(await pair.a.call("echo", 5), 5);
  await close(pair);
});

Deno.test("Peer passes over replies to calls that it never made", async () => {
  const { peer, other } = peerAndTransport();
  for (const id of [7, "1", null, [1]]) {
    other.send([Kind.reply, id, "surprise"]);
    other.send([Kind.error, id, new Error("surprise")]);
  }
  const call = peer.call("real", null);
  const [, id] = await other.receive() as [number, number];
  other.send([Kind.reply, id, "answer"]);
  other.send([Kind.reply, id, "second answer"]);
  assertEquals(await call, "answer");
  await peer.close();
});

// -- Pushes --

Deno.test("Peer.push() arrives in order, among the calls around it", async () => {
  const seen: unknown[] = [];
  const pair = peers({
    onCall: (command, body) => seen.push([command, body]),
    onPush: (topic, body) => void seen.push([topic, body]),
  });
  pair.a.push("first", 1);
  const call = pair.a.call("second", 2);
  pair.a.push("third", 3);
  await call;
  await settled();
  assertEquals(seen, [["first", 1], ["second", 2], ["third", 3]]);
  await close(pair);
});

Deno.test("pushList() splits a list that makes too large a message, and gives back what does not fit alone", async () => {
  const random = new Random(5);
  for (let round = 0; round < 50; round++) {
    const items = Array.from({ length: random.int(0, 40) }, (_, i) => `${i} ${"x".repeat(random.int(0, 150))}`);
    const arrived: string[] = [];
    const pair = peers({ onPush: (_, body) => void arrived.push(...(body as { items: string[] }).items) }, 120);
    const left = pushList(pair.a, "list", items, (items) => ({ items }));
    await close(pair);
    assertEquals([...arrived, ...left].sort(), items.sort());
    assertEquals(arrived, items.filter((item) => !left.includes(item)).sort((a, b) => parseInt(a) - parseInt(b)));
    assert(left.every((item) => item.length > 90) && arrived.every((item) => item.length < 120));
  }
});

Deno.test("Peer ends the connection with a bye when onPush throws, and what it threw is the reason", async () => {
  for (const thrown of [new TaskError("UNKNOWN_COMMAND", "no such push"), new TypeError("not iterable")]) {
    const pair = peers({
      onCall: () => new Promise(() => {}),
      onPush() {
        throw thrown;
      },
    });
    const call = pair.a.call("pending", null);
    const ownCall = pair.b.call("pending", null).catch((error) => error);
    pair.a.push("bad", null);
    const code = thrown instanceof TaskError ? thrown.code : "MALFORMED_MESSAGE";
    assertEquals(codeOf(await assertRejects(() => call)), code);
    assertEquals([codeOf(await pair.a.closed), codeOf(await pair.b.closed)], [code, code]);
    assertStrictEquals(await ownCall, pair.b.closeReason);
  }
});

// -- The end --

Deno.test("Peer settles everything that is pending with the reason of the other side's close", async () => {
  const pair = peers({ onCall: () => new Promise(() => {}) });
  const calls = Array.from({ length: 50 }, (_, i) => pair.a.call("pending", i).catch((error) => error));
  await pair.b.close(new TaskError("SERVER_STOPPING", "The server is stopping"));
  const errors = await Promise.all(calls) as TaskError[];
  const reason = await pair.a.closed;
  assertEquals([reason.code, reason.message], ["SERVER_STOPPING", "The server is stopping"]);
  assertEquals(errors.map(({ code, message }) => [code, message]), errors.map(() => [reason.code, reason.message]));
  assertEquals([new Set(errors).size, errors.every((error) => pair.a.wasLostBy(error))], [errors.length, true]);
  assertStrictEquals(pair.a.closeReason, reason);
  await assertRejects(() => pair.a.call("late", null), TaskError, "The server is stopping");
});

Deno.test("Peer settles everything that is pending when the connection breaks, on both sides", async () => {
  const silent = { ...NO_HANDLER, onCall: () => new Promise(() => {}) };
  const pair = peers(silent, undefined, silent);
  const calls = [pair.a.call("pending", 1), pair.b.call("pending", 1)].map((call) => call.catch((error) => error));
  await settled();
  pair.streams[0].cut();
  assertEquals((await Promise.all(calls)).map(codeOf), ["CONNECTION_CLOSED", "CONNECTION_CLOSED"]);
  assertEquals([codeOf(await pair.a.closed), codeOf(await pair.b.closed)], ["CONNECTION_CLOSED", "CONNECTION_CLOSED"]);
  assert(pair.streams.every(({ closeCount }) => closeCount === 1), "the sockets are closed");
});

Deno.test("Peer.closed resolves with CONNECTION_CLOSED when the other side just goes away", async () => {
  const { peer, other } = peerAndTransport();
  assertEquals(peer.closeReason, null);
  other.close();
  assertEquals(codeOf(await peer.closed), "CONNECTION_CLOSED");
});

Deno.test("Peer.close() sends what was sent before and a bye; closing twice is fine", async () => {
  const { peer, other, far } = peerAndTransport();
  peer.push("last", "words");
  const reason = new TaskError("SERVER_STOPPING", "over");
  await Promise.all([peer.close(reason), peer.close(), peer.close(new TaskError("INTERNAL", "other"))]);
  await peer.close();
  assertStrictEquals(await peer.closed, reason);
  assertEquals(await other.receive(), [Kind.push, "last", "words"]);
  const [kind, error] = await other.receive() as [number, unknown];
  assertEquals([kind, codeOf(error)], [Kind.bye, "SERVER_STOPPING"]);
  assertEquals([await other.receive(), far.other.closeCount], [null, 1]);
});

Deno.test("Peer.close() rejects what is pending with its own reason", async () => {
  const pair = peers({ onCall: () => new Promise(() => {}) });
  const call = pair.a.call("pending", null).catch((error) => error);
  const reason = new TaskError("CONNECTION_CLOSED", "The client is closed");
  await pair.a.close(reason);
  assertStrictEquals(await call, reason);
  assertEquals((await pair.b.closed).message, "The client is closed");
});

Deno.test("Peer.abort() ends the connection at once although nothing can be written", async () => {
  const pair = peers();
  pair.streams[0].hold();
  pair.a.push("stuck", new Uint8Array(1000));
  const call = pair.a.call("stuck", null).catch((error) => error);
  await settled();
  const reason = new TaskError("SERVER_STOPPING", "no time");
  pair.a.abort(reason);
  assertStrictEquals(await call, reason);
  assertStrictEquals(await pair.a.closed, reason);
  assertEquals(codeOf(await pair.b.closed), "CONNECTION_CLOSED");
});

Deno.test("Peer closes with a bye when a frame is none that it knows", async () => {
  const frames = [
    [7, 1, "?"],
    ["call", 1],
    [],
    {},
    "hello",
    17,
    [Kind.call, "1", "command"],
    [Kind.call, 1, 2],
    [Kind.call, 1],
    [Kind.push, 1, null],
    [{ toString: 1 }],
  ];
  for (const frame of frames) {
    const { peer, other } = peerAndTransport();
    const call = peer.call("pending", null).catch((error) => error);
    other.send(frame);
    assertEquals(codeOf(await peer.closed), "MALFORMED_MESSAGE", JSON.stringify(frame));
    assertStrictEquals(await call, peer.closeReason);
    await other.receive();
    const [kind, error] = await other.receive() as [number, unknown];
    assertEquals([kind, codeOf(error), await other.receive()], [Kind.bye, "MALFORMED_MESSAGE", null]);
    other.close();
  }
});

Deno.test("Peer closes with a bye when a frame does not decode or is too large", async () => {
  for (
    const [bytes, code] of [[[0, 0, 0, 1, 0xc1], "MALFORMED_MESSAGE"], [[255, 0, 0, 0], "FRAME_TOO_LARGE"]] as const
  ) {
    const { peer, other, far } = peerAndTransport();
    await far.write(Uint8Array.from(bytes));
    assertEquals(codeOf(await peer.closed), code);
    const [kind, error] = await other.receive() as [number, unknown];
    assertEquals([kind, codeOf(error)], [Kind.bye, code]);
    other.close();
  }
});

Deno.test("Peer takes a bye that is no error as a close", async () => {
  const { peer, other } = peerAndTransport();
  other.send([Kind.bye, "whatever"]);
  assertEquals(codeOf(await peer.closed), "CONNECTION_CLOSED");
  other.close();
});

// -- Backpressure --

Deno.test("Peer reads no further while 4096 calls are unanswered", async () => {
  const waiting: (() => void)[] = [];
  const pair = peers({ onCall: (_, body) => new Promise((resolve) => waiting.push(() => resolve(body))) });
  const calls = Array.from({ length: 5000 }, (_, i) => pair.a.call("slow", i));
  await settled();
  assertEquals(waiting.length, 4096);
  waiting.shift()!();
  await settled();
  assertEquals(waiting.length, 4096, "one answered, one more read");
  while (waiting.length > 0) {
    for (const answer of waiting.splice(0)) answer();
    await settled();
  }
  assertEquals(await Promise.all(calls), Array.from({ length: 5000 }, (_, i) => i));
  await close(pair);
});

Deno.test("Peer.abort() ends a connection that is not read because too many calls are unanswered", async () => {
  const pair = peers({ onCall: () => new Promise(() => {}) });
  const calls = Array.from({ length: 4200 }, (_, i) => pair.a.call("slow", i).catch(codeOf));
  await settled();
  pair.b.abort(new TaskError("SERVER_STOPPING", "stop"));
  assertEquals(codeOf(await pair.b.closed), "SERVER_STOPPING");
  assertEquals(new Set(await Promise.all(calls)), new Set(["CONNECTION_CLOSED"]));
});

Deno.test("Peer with readsOnlyWhenRead reads no further while its answers are not read, and goes on when they are", async () => {
  const [near, far] = memoryStreams();
  let answered = 0;
  const onCall = () => {
    answered++;
    return new Uint8Array(64 * 1024);
  };
  const server = new Peer(new Transport(near), { ...NO_HANDLER, onCall }, { readsOnlyWhenRead: true });
  const client = new Peer(new Transport(far), NO_HANDLER);
  near.hold(); // The client's side takes nothing.
  const calls = Array.from({ length: 200 }, () => client.call("big", null));
  await settled();
  assert(answered >= 16 && answered < 40, `${answered} answers of 64 KiB are held for who does not read`);
  near.release();
  assertEquals((await Promise.all(calls)).length, 200);
  await client.close();
  await server.closed;
});

// -- Fuzz --

Deno.test("Peer ends properly whatever bytes come, and leaves nothing pending", async () => {
  const random = new Random(99);
  for (let round = 0; round < 200; round++) {
    const { peer, other, far } = peerAndTransport({
      onPush() {
        throw new TypeError("bad push");
      },
    });
    const call = peer.call("pending", null).catch((error) => error);
    const stream = random.bytes(random.int(1, 60));
    if (random.next() < 0.7) {
      stream.set([0, 0, 0, random.int(0, 20), 0x90 + random.int(0, 5), random.int(0, 6)].slice(0, stream.length));
    }
    await far.write(stream);
    other.close();
    const reason = await peer.closed;
    const codes = ["CONNECTION_CLOSED", "MALFORMED_MESSAGE", "FRAME_TOO_LARGE"];
    assert(codes.includes(reason.code), reason.code);
    await call;
  }
});

Deno.test("Peer calls no handler before it is made, when messages came right behind the handshake", async () => {
  const [near, far] = memoryStreams();
  const [transport, other] = [new Transport(near), new Transport(far)];
  other.send("hello");
  other.send([Kind.push, "topic", 1]);
  assertEquals(await transport.receive(), "hello");
  const heard = Promise.withResolvers<[Peer, unknown]>();
  const peer: Peer = new Peer(transport, { ...NO_HANDLER, onPush: (_topic, body) => heard.resolve([peer, body]) });
  assertEquals(await heard.promise, [peer, 1]);
  other.close();
  await peer.closed;
});
