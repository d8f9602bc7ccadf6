import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { Passages } from "../../server/passages.ts";
import type { Caller } from "../../engine/caller.ts";
import { ABSENCE_MS } from "../../engine/left_behind.ts";
import { TaskError } from "../../core/errors.ts";
import { Ticker } from "../../core/ticker.ts";
import { FakeClock } from "../helpers/fake_clock.ts";

/** Items that come out when the test says so. */
class Hand {
  readonly clock = new FakeClock();
  readonly passages = new Passages(new Ticker(this.clock));
  begun = 0;
  dropped = 0;
  #out: PromiseWithResolvers<Uint8Array>[] = [];

  /** As a session calls: goes on with what is known, or begins. */
  call(caller: Caller, id = "a", itemBytes = 0, name = "p"): Promise<Uint8Array> {
    const request = { name, id, item: new Uint8Array(itemBytes), timeoutMs: null, refuse: false };
    const known = this.passages.resume(request, caller);
    if (known !== null) return known;
    const result = this.passages.begin(request, caller, (passage) => {
      this.begun++;
      const out = Promise.withResolvers<Uint8Array>();
      this.#out.push(out);
      passage.heldBy((reason) => {
        this.dropped++;
        out.reject(reason);
      });
      return out.promise;
    });
    result.catch(() => {});
    return result;
  }

  /** The oldest item comes out. */
  async give(bytes: number | Error): Promise<void> {
    const out = this.#out.shift()!;
    if (typeof bytes === "number") out.resolve(new Uint8Array(bytes));
    else out.reject(bytes);
    await out.promise.catch(() => {});
  }
}

const caller = () => ({ run: null }) as Caller;

Deno.test("R13: an item goes on when its client comes back over another connection, however often", async () => {
  const hand = new Hand();
  let session = caller();
  void hand.call(session);
  for (let cut = 0; cut < 10; cut++) {
    hand.passages.leaveAll(session, false);
    hand.clock.advance(ABSENCE_MS - 1);
    session = caller();
    void hand.call(session);
  }
  hand.clock.advance(2 * ABSENCE_MS);
  const result = hand.call(session);
  await hand.give(7);
  assertEquals([(await result).length, hand.begun, hand.dropped], [7, 1, 0]);
});

Deno.test("R13: an item whose client is back does not have to make room for those of clients that are away", async () => {
  const hand = new Hand();
  const [first, away] = [caller(), caller()];
  const mib = 1024 * 1024;
  void hand.call(first, "a", 40 * mib);
  hand.passages.leaveAll(first, false);
  const result = hand.call(caller(), "a");
  void hand.call(away, "b", 40 * mib);
  hand.passages.leaveAll(away, false);
  await hand.give(7);
  assertEquals([(await result).length, hand.dropped], [7, 0]);
});

Deno.test("R13: what came out while its client was away, or with a reply that was lost, is there when it asks again", async () => {
  const hand = new Hand();
  const first = caller();
  const failure = new RangeError("as told");
  for (const out of [7, failure] as const) {
    void hand.call(first);
    await hand.give(out);
    hand.passages.leaveAll(first, false);
    const again = hand.call(caller());
    if (out === 7) assertEquals((await again).length, 7);
    else await assertRejects(() => again, RangeError, "as told");
    hand.clock.advance(2 * ABSENCE_MS);
    hand.passages.leave(["a"], first);
    assertEquals(hand.passages.size, 1, "it is not that session's any more");
    hand.passages.leaveAll(first, true);
    void hand.call(first);
    hand.passages.leave(["a"], first);
    assertEquals(hand.passages.size, 0);
  }
  assertEquals(hand.begun, 2);
});

Deno.test("R13: a client that is back before its old connection has ended keeps its items", () => {
  const hand = new Hand();
  const [old, next] = [caller(), caller()];
  void hand.call(old);
  void hand.call(next);
  hand.passages.leaveAll(old, true);
  assertEquals([hand.begun, hand.dropped, hand.passages.size], [1, 0, 1]);
});

Deno.test("Passages gives up what a client has inside that is away for too long, or has left for good", async () => {
  const hand = new Hand();
  const session = caller();
  const calls = ["a", "b"].map((id) => hand.call(session, id));
  hand.passages.leaveAll(session, false);
  assertEquals(hand.dropped, 0);
  hand.clock.advance(ABSENCE_MS);
  const other = caller();
  calls.push(hand.call(other, "c"));
  hand.passages.leaveAll(other, true);
  for (const call of calls) await assertRejects(() => call, TaskError, "The caller has left");
  assertEquals([hand.dropped, hand.passages.size], [3, 0]);
});

Deno.test("Passages forgets what its caller has, or does not want; of others it is passed over", async () => {
  const hand = new Hand();
  const session = caller();
  const result = hand.call(session);
  hand.passages.leave(["a", "b"], caller());
  assertEquals(hand.dropped, 0);
  await hand.give(3);
  assertEquals((await result).length, 3);
  hand.passages.leave(["a"], session);
  assertEquals(hand.passages.size, 0);
  const unwanted = hand.call(session);
  hand.passages.leave(["a"], session);
  await assertRejects(() => unwanted, TaskError, "left");
  assertEquals([hand.begun, hand.dropped, hand.passages.size], [2, 1, 0]);
});

Deno.test("Passages begins again what a stopping server has dropped", async () => {
  const hand = new Hand();
  const session = caller();
  void hand.call(session);
  await hand.give(new TaskError("SERVER_STOPPING", "stopping"));
  await null;
  void hand.call(session);
  assertEquals(hand.begun, 2);
});

Deno.test("Passages holds 64 MiB for clients that may ask again, and lets the oldest go", async () => {
  const hand = new Hand();
  const session = caller();
  const mib = 1024 * 1024;
  for (let n = 0; n < 70; n++) {
    void hand.call(session, `${n}`);
    await hand.give(mib);
  }
  assertEquals(hand.passages.size, 63);
  const away = caller();
  const calls = [0, 1].map((n) => hand.call(away, `away ${n}`, 40 * mib));
  assertEquals(hand.passages.size, 65, "what is under way is its pipeline's matter");
  hand.passages.leaveAll(away, false);
  await assertRejects(() => calls[0], TaskError, "left");
  assertEquals([hand.dropped, hand.passages.size], [1, 1]);
  assert(await hand.give(1).then(() => true));
});

Deno.test("Passages keeps nothing of a task: what it has under way ends with it, and nobody else may ask for it", async () => {
  const hand = new Hand();
  const task = () => ({ run: {} }) as Caller;
  const [own, other] = [task(), task()];
  const calls = ["a", "b"].map((id) => hand.call(own, id));
  await hand.give(7);
  assertEquals([(await calls[0]).length, hand.passages.size], [7, 1]);
  for (const stranger of [own, other, caller()]) assertThrows(() => hand.call(stranger, "b"), TaskError, "must be new");
  void hand.call(caller(), "c");
  assertThrows(() => hand.call(own, "c"), TaskError, "must be new");
  hand.passages.leaveAll(own, true);
  await assertRejects(() => calls[1], TaskError, "left");
  assertEquals([hand.dropped, hand.passages.size], [1, 1]);
});

Deno.test("Passages refuses an id that an item of another pipeline has", () => {
  const hand = new Hand();
  void hand.call(caller());
  const error = assertThrows(() => hand.call(caller(), "a", 0, "q"), TaskError, "must be new for each item");
  assertEquals((error as TaskError).code, "INVALID_REQUEST");
});
