import { assert, assertEquals } from "@std/assert";
import { ResultCache } from "../../store/result_cache.ts";
import { ResultExpiry } from "../../server/result_expiry.ts";
import { Ticker } from "../../core/ticker.ts";
import { FakeClock } from "../helpers/fake_clock.ts";
import { resultOf } from "../helpers/task_record.ts";

function setUp(retentionMs: number) {
  const clock = new FakeClock();
  const ticker = new Ticker(clock);
  const cache = new ResultCache({ capacity: 100, retentionMs });
  const expiry = new ResultExpiry(cache, ticker, retentionMs);
  const store = (id: string, awaiters = 0) => {
    cache.add(resultOf(id), awaiters, clock.now());
    expiry.arm();
  };
  return { clock, cache, store };
}

Deno.test("ResultExpiry drops each result when its own time is over, and keeps no timer for none", () => {
  const { clock, cache, store } = setUp(5000);
  assertEquals(clock.timers, []);
  store("a");
  clock.advance(3000);
  store("b");
  clock.advance(1999);
  assertEquals(cache.length, 2);
  clock.advance(1);
  assertEquals([cache.peek("a", 0), cache.length], [undefined, 1]);
  clock.advance(3000);
  assertEquals([cache.length, clock.timers], [0, []]);
  store("c");
  clock.advance(5000);
  assertEquals([cache.length, clock.timers], [0, []]);
});

Deno.test("ResultExpiry finds a result whose retention began long after it was stored", () => {
  const { clock, cache, store } = setUp(5000);
  store("awaited", 1);
  clock.advance(12_000);
  assertEquals(cache.length, 1);
  cache.removeAwaiter("awaited", clock.now());
  clock.advance(4999);
  assertEquals(cache.peek("awaited", clock.now())?.id, "awaited");
  clock.advance(5001);
  assertEquals([cache.length, clock.timers], [0, []]);
});

Deno.test("ResultExpiry sleeps between looks although a result is awaited and the retention is 0", () => {
  const { clock, cache, store } = setUp(0);
  store("awaited", 1);
  clock.advance(10_000);
  assert(clock.scheduled <= 100, `woke ${clock.scheduled} times in 10 s`);
  cache.removeAwaiter("awaited", clock.now());
  assertEquals(cache.peek("awaited", clock.now()), undefined);
  clock.advance(10_000);
  assertEquals([cache.length, clock.timers], [0, []]);
});
