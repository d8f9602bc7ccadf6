import { assert, assertEquals } from "@std/assert";
import { Packer } from "../../core/packer.ts";
import { uuidv7 } from "../../core/uuid.ts";
import { Result } from "../../engine/result.ts";
import { MemoryStore } from "../../store/memory_store.ts";
import { ResultExpiry } from "../../server/result_expiry.ts";
import { Ticker } from "../../core/ticker.ts";
import { FakeClock } from "../helpers/fake_clock.ts";
import { durableOrigin, resultOf } from "../helpers/task_record.ts";

function setUp(retentionMs: number, failedRetentionMs = 0) {
  const clock = new FakeClock();
  const ticker = new Ticker(clock);
  const store = new MemoryStore({ clock, capacity: 100, retentionMs, failedRetentionMs });
  const expiry = new ResultExpiry(store, ticker, Math.min(retentionMs, failedRetentionMs || Infinity));
  const keep = (id: string, awaiters = 0) => {
    store.keep(resultOf(id), awaiters);
    expiry.arm();
  };
  const fail = () => {
    const [id, input] = [uuidv7(), new Uint8Array(1)];
    store.submit(durableOrigin(), [[id, input]]);
    const task = store.get(id)!;
    const result = Result.of(task, { status: "failed", payload: input }, clock, new Packer());
    store.settle(task, result, 0, { input, isPoisoned: false });
    expiry.arm();
  };
  return { clock, store, keep, fail };
}

Deno.test("ResultExpiry drops each result when its own time is over, and keeps no timer for none", () => {
  const { clock, store, keep } = setUp(5000);
  assertEquals(clock.timers, []);
  keep("a");
  clock.advance(3000);
  keep("b");
  clock.advance(1999);
  assertEquals(store.kept, 2);
  clock.advance(1);
  assertEquals([store.peek("a"), store.kept], [undefined, 1]);
  clock.advance(3000);
  assertEquals([store.kept, clock.timers], [0, []]);
  keep("c");
  clock.advance(5000);
  assertEquals([store.kept, clock.timers], [0, []]);
});

Deno.test("ResultExpiry finds a result whose retention began long after it was stored", () => {
  const { clock, store, keep } = setUp(5000);
  keep("awaited", 1);
  clock.advance(12_000);
  assertEquals(store.kept, 1);
  store.letGo("awaited");
  clock.advance(4999);
  assertEquals(store.peek("awaited")?.id, "awaited");
  clock.advance(5001);
  assertEquals([store.kept, clock.timers], [0, []]);
});

Deno.test("ResultExpiry sleeps between looks although a result is awaited and the retention is 0", () => {
  const { clock, store, keep } = setUp(0);
  keep("awaited", 1);
  clock.advance(10_000);
  assert(clock.scheduled <= 100, `woke ${clock.scheduled} times in 10 s`);
  store.letGo("awaited");
  assertEquals(store.peek("awaited"), undefined);
  clock.advance(10_000);
  assertEquals([store.kept, clock.timers], [0, []]);
});

Deno.test("ResultExpiry drops results in their time while dead letters are kept for long", () => {
  const { clock, store, keep, fail } = setUp(5000, 100_000);
  fail();
  clock.advance(5000);
  assertEquals([store.kept, store.deadLetters], [0, 1]);
  clock.advance(20_000);
  keep("a");
  clock.advance(3000);
  keep("b");
  clock.advance(2000);
  assertEquals(store.kept, 1);
  clock.advance(3000);
  assertEquals([store.kept, store.deadLetters], [0, 1]);
  clock.advance(67_000);
  assertEquals([store.deadLetters, clock.timers], [0, []]);
});

Deno.test("ResultExpiry drops dead letters in their time while results are kept for longer", () => {
  const { clock, store, keep, fail } = setUp(100_000, 5000);
  keep("a");
  clock.advance(50_000);
  fail();
  clock.advance(5000);
  assertEquals([store.kept, store.deadLetters], [2, 0]);
  clock.advance(100_000);
  assertEquals([store.kept, clock.timers], [0, []]);
});
