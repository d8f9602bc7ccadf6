import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import type { TaskError } from "../../core/errors.ts";
import { Heartbeat } from "../../wire/heartbeat.ts";
import { Kind } from "../../wire/message.ts";
import { FAREWELL_MS, Peer, type PeerHandler } from "../../wire/peer.ts";
import { Transport } from "../../wire/transport.ts";
import { FakeClock } from "../helpers/fake_clock.ts";
import { type MemoryStream, memoryStreams, settled } from "../helpers/memory_stream.ts";

const HEARTBEAT_MS = 1000;
/** From one look to the next. */
const BETWEEN_MS = HEARTBEAT_MS / 4;
const STEP_MS = 50;
const NO_HANDLER: PeerHandler = { onCall: () => null, onPush: () => {} };

interface Watched {
  clock: FakeClock;
  peer: Peer;
  other: Transport;
  near: MemoryStream;
  far: MemoryStream;
  /** What the test says is outstanding. */
  expects: { now: boolean };
}

/** A watched peer, and the bare transport at the other end. */
function watched(handler: Partial<PeerHandler> = {}, readsOnlyWhenRead = false): Watched {
  const clock = new FakeClock();
  const [near, far] = memoryStreams();
  const peer = new Peer(new Transport(near), { ...NO_HANDLER, ...handler }, { clock, readsOnlyWhenRead });
  const expects = { now: false };
  new Heartbeat(peer, { heartbeatMs: HEARTBEAT_MS, clock, isExpecting: () => expects.now });
  return { clock, peer, other: new Transport(far), near, far, expects };
}

async function turn({ clock }: Watched, ms: number): Promise<void> {
  clock.advance(ms);
  await settled();
}

/** What has arrived at the other end. */
async function heardBy(other: Transport, count: number): Promise<unknown[]> {
  const kinds: unknown[] = [];
  while (kinds.length < count) kinds.push((await other.receive() as unknown[])[0]);
  return kinds;
}

Deno.test("Heartbeat sets no timer while nothing is outstanding, nor once all is answered", async () => {
  const pair = watched();
  const { clock, peer, other, near } = pair;
  await turn(pair, 10 * HEARTBEAT_MS);
  assertEquals(clock.timers, []);
  const call = peer.call("status", null);
  assertEquals(clock.timers.length, 1);
  other.send([Kind.reply, 1, "fine"]);
  assertEquals(await call, "fine");
  await turn(pair, 10 * HEARTBEAT_MS);
  assertEquals([clock.timers, clock.scheduled], [[], 1], "it looked once, and saw that nothing is outstanding");
  assertEquals(near.writes.length, 1, "no ping");
  peer.abort(peer.closeReason!);
});

Deno.test("Heartbeat pings a peer that is waited for and silent, and gives it up after as much again", async () => {
  const pair = watched();
  const { peer, other } = pair;
  const call = peer.call("status", null).catch((error) => error);
  await settled();
  await turn(pair, BETWEEN_MS);
  await turn(pair, BETWEEN_MS);
  assertEquals(await heardBy(other, 2), [Kind.call, Kind.ping]);
  for (let look = 3; look <= 5; look++) await turn(pair, BETWEEN_MS);
  assertEquals(peer.closeReason, null);
  await turn(pair, BETWEEN_MS);
  assertEquals([(await call as TaskError).code, peer.silentMs], ["CONNECTION_CLOSED", 1.5 * HEARTBEAT_MS]);
  assertStringIncludes((await peer.closed).message, "was silent for 1500 ms");
  assertEquals(pair.clock.timers, []);
});

Deno.test("Heartbeat gives a peer up 1.5 to 1.75 times its own after the last byte, whenever that came", async () => {
  for (const cameAt of [1, BETWEEN_MS - 1, BETWEEN_MS + 1, HEARTBEAT_MS]) {
    const pair = watched();
    pair.expects.now = true;
    pair.peer.push("begin", null);
    await turn(pair, cameAt);
    pair.other.send([Kind.push, "sign", null]);
    await settled();
    // In steps, as timers that are due come one after the other.
    for (let ms = 0; ms < 1.5 * HEARTBEAT_MS - STEP_MS; ms += STEP_MS) await turn(pair, STEP_MS);
    await turn(pair, STEP_MS - 1);
    assertEquals(pair.peer.closeReason, null, `${cameAt}: it has as long to answer`);
    await turn(pair, 1);
    for (let ms = 0; ms < BETWEEN_MS; ms += STEP_MS) await turn(pair, STEP_MS);
    assert(pair.peer.silentMs > 0, `${cameAt}: it is gone`);
  }
});

Deno.test("Heartbeat lets a peer live that answers pings and nothing else", async () => {
  const pair = watched();
  const { peer, other } = pair;
  const call = peer.call("status", null).catch((error) => error);
  new Peer(other, { onCall: () => new Promise(() => {}), onPush: () => {} });
  for (let i = 0; i < 20; i++) await turn(pair, BETWEEN_MS);
  assertEquals(peer.closeReason, null);
  peer.abort(new Error("end") as never);
  await call;
});

Deno.test("Heartbeat takes parts of a large frame for signs of life", async () => {
  const pair = watched();
  pair.expects.now = true;
  pair.peer.push("begin", null);
  await pair.far.write(new Uint8Array([0, 1, 0, 0]));
  for (let i = 0; i < 20; i++) {
    await pair.far.write(new Uint8Array([0xc0]));
    await settled();
    await turn(pair, HEARTBEAT_MS);
  }
  assertEquals(pair.peer.closeReason, null);
  await turn(pair, 3 * HEARTBEAT_MS);
  pair.peer.abort(new Error("end") as never);
});

Deno.test("Heartbeat judges nothing by a look that comes late: the process was stopped", async () => {
  const pair = watched();
  const { peer, other, clock } = pair;
  const schedule = clock.schedule.bind(clock);
  let lateMs = 0;
  clock.schedule = (delayMs, callback) => schedule(delayMs + lateMs, callback);
  const call = peer.call("status", null);
  await turn(pair, BETWEEN_MS);
  lateMs = 60 * HEARTBEAT_MS;
  await turn(pair, BETWEEN_MS);
  lateMs = 0;
  // A minute later than it meant to: both sides may have been stopped.
  await turn(pair, BETWEEN_MS + 60 * HEARTBEAT_MS);
  assertEquals(peer.closeReason, null);
  other.send([Kind.reply, 1, "fine"]);
  assertEquals(await call, "fine");
  peer.abort(new Error("end") as never);
});

Deno.test("Heartbeat pings also while it hears, so that one who sends much hears that it is there", async () => {
  const pair = watched();
  const { peer, other } = pair;
  pair.expects.now = true;
  peer.push("begin", null);
  assertEquals(await heardBy(other, 1), [Kind.push]);
  for (let i = 0; i < 4; i++) {
    for (let look = 0; look < 2; look++) {
      other.send([Kind.push, "part", i]);
      await settled();
      await turn(pair, BETWEEN_MS);
    }
    assertEquals(await heardBy(other, 1), [Kind.ping]);
  }
  peer.abort(new Error("end") as never);
});

Deno.test("Heartbeat takes what the system takes for a sign of life, and gives up who takes nothing", async () => {
  const pair = watched({}, true);
  const { peer, near } = pair;
  pair.expects.now = true;
  const write = near.write.bind(near);
  near.write = async (bytes) => {
    const count = await write(bytes.subarray(0, 1000));
    near.hold();
    return count;
  };
  // Nothing is read from now on, since this is not.
  peer.push("large", new Uint8Array(2 * 2 ** 20));
  await settled();
  for (let i = 0; i < 10; i++) {
    near.release();
    await settled();
    await turn(pair, BETWEEN_MS);
  }
  assertEquals(peer.closeReason, null);
  for (let i = 0; i < 7; i++) await turn(pair, BETWEEN_MS);
  assert(peer.silentMs > 0);
  await peer.closed;
  assertEquals(peer.bufferedBytes <= 2 ** 21, true);
});

Deno.test("Heartbeat hears a peer that has as many calls unanswered as it may have", async () => {
  const gate = Promise.withResolvers<void>();
  let called = 0;
  const pair = watched({
    async onCall() {
      called++;
      await gate.promise;
    },
  });
  const { peer, other } = pair;
  for (let id = 1; id <= 5000; id++) other.send([Kind.call, id, "wait", null]);
  await settled();
  assertEquals(called, 4096);
  for (let i = 0; i < 10; i++) {
    other.send([Kind.pong]);
    await settled();
    await turn(pair, BETWEEN_MS);
  }
  assertEquals(peer.closeReason, null);
  gate.resolve();
  await settled();
  await settled();
  assertEquals(called, 5000, "what was read ahead is not lost");
  peer.abort(new Error("end") as never);
});

Deno.test("Heartbeat gives up a peer that is silent, though it has as many calls unanswered as it may have", async () => {
  const pair = watched({ onCall: () => new Promise(() => {}) });
  const { peer, other } = pair;
  for (let id = 1; id <= 5000; id++) other.send([Kind.call, id, "wait", null]);
  await settled();
  for (let i = 0; i < 8; i++) await turn(pair, BETWEEN_MS);
  assert(peer.silentMs > 0);
  await peer.closed;
});

Deno.test("Peer answers a ping below its handler, with no call of the handler's", async () => {
  const { peer, other } = watched({ onCall: () => new Promise(() => {}) });
  for (let id = 1; id <= 10; id++) other.send([Kind.call, id, "wait", null]);
  other.send([Kind.ping]);
  assertEquals(await heardBy(other, 1), [Kind.pong]);
  peer.abort(new Error("end") as never);
});

Deno.test("R8: Peer.close() of a peer that does not read is an abort after its deadline", async () => {
  const pair = watched();
  const { peer, near, clock } = pair;
  near.hold();
  peer.push("large", new Uint8Array(2 ** 20));
  await settled();
  const closing = peer.close();
  await turn(pair, FAREWELL_MS - 1);
  assertEquals(near.closeCount, 0);
  await turn(pair, 1);
  await closing;
  assertEquals([near.closeCount, clock.timers], [1, []]);
});

Deno.test("R8: a peer that breaks the protocol and reads nothing is left without its farewell", async () => {
  const pair = watched();
  const { peer, near, other, clock } = pair;
  near.hold();
  peer.push("large", new Uint8Array(2 ** 20));
  other.send("nonsense");
  assertEquals((await peer.closed).code, "MALFORMED_MESSAGE");
  await settled();
  assertEquals(near.closeCount, 0);
  await turn(pair, FAREWELL_MS);
  assertEquals([near.closeCount, clock.timers], [1, []]);
});
