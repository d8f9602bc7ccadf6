import { assert, assertEquals } from "@std/assert";
import type { TaskError } from "../../core/errors.ts";
import { PATIENCE_MS, ResultOutbox } from "../../server/result_outbox.ts";
import { Ticker } from "../../core/ticker.ts";
import { FAREWELL_MS, Peer } from "../../wire/peer.ts";
import { Transport } from "../../wire/transport.ts";
import { FakeClock } from "../helpers/fake_clock.ts";
import { memoryStreams, settled } from "../helpers/memory_stream.ts";
import { resultOf } from "../helpers/task_record.ts";

/** A session that may leave 100 bytes untaken; every result has 60. */
function setUp() {
  const clock = new FakeClock();
  const peer = {
    closeReason: null as TaskError | null,
    close: (reason: TaskError) => Promise.resolve(void (peer.closeReason = reason)),
  };
  const outbox = new ResultOutbox(peer as unknown as Peer, {
    find: (id) => resultOf(id),
    ticker: new Ticker(clock),
    maxBytes: 100,
  });
  return { clock, outbox, code: () => peer.closeReason?.code ?? null };
}

Deno.test("ResultOutbox ends a session that leaves too much untaken and takes nothing", () => {
  const { clock, outbox, code } = setUp();
  outbox.hold(resultOf("a", 60));
  clock.advance(2 * PATIENCE_MS);
  assertEquals(code(), null);
  outbox.hold(resultOf("b", 60));
  clock.advance(PATIENCE_MS - 1);
  assertEquals(code(), null);
  clock.advance(1);
  assertEquals(code(), "RESULTS_NOT_TAKEN");
});

Deno.test("R8: a session that reads nothing is ended though its farewell cannot be sent, and keeps no memory", async () => {
  const clock = new FakeClock();
  const ticker = new Ticker(clock);
  const [near] = memoryStreams();
  const peer = new Peer(new Transport(near), { onCall: () => null, onPush: () => {} }, { clock: ticker.alarms });
  const outbox = new ResultOutbox(peer, { find: (id) => resultOf(id, 2 * 2 ** 20), ticker, maxBytes: 100 });
  near.hold();
  for (const id of ["a", "b", "c"]) outbox.send(resultOf(id, 2 * 2 ** 20));
  await settled();
  assert(peer.bufferedBytes > 2 ** 20);
  clock.advance(PATIENCE_MS);
  assertEquals(peer.closeReason?.code, "RESULTS_NOT_TAKEN");
  await settled();
  assertEquals(near.closeCount, 0, "it may still take its farewell");
  clock.advance(FAREWELL_MS);
  assertEquals((await peer.closed).code, "RESULTS_NOT_TAKEN");
  await settled();
  assertEquals([near.closeCount, peer.bufferedBytes, clock.timers], [1, 0, []]);
});

Deno.test("ResultOutbox bears with a session that is slow, and with one that has caught up", () => {
  const { clock, outbox, code } = setUp();
  for (const id of ["a", "b", "c", "d"]) outbox.hold(resultOf(id, 60));
  for (const id of ["a", "b"]) {
    clock.advance(PATIENCE_MS - 1);
    outbox.release(id);
  }
  outbox.release("c");
  clock.advance(3 * PATIENCE_MS);
  assertEquals([code(), [...outbox.held]], [null, ["d"]]);
  // And watches again when there is too much again.
  outbox.hold(resultOf("e", 60));
  clock.advance(PATIENCE_MS);
  assertEquals(code(), "RESULTS_NOT_TAKEN");
});

Deno.test("ResultOutbox is not put off by acknowledgements of what the session does not hold", () => {
  const { clock, outbox, code } = setUp();
  for (const id of ["a", "b"]) outbox.hold(resultOf(id, 60));
  clock.advance(PATIENCE_MS - 1);
  assertEquals(outbox.release("other"), false);
  clock.advance(1);
  assertEquals(code(), "RESULTS_NOT_TAKEN");
});
