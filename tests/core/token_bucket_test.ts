import { assertEquals } from "@std/assert";
import { TokenBucket } from "../../core/token_bucket.ts";

Deno.test("TokenBucket gives as many at once as it holds, then one at a time as they come", () => {
  const bucket = new TokenBucket(10, 3, 1000);
  const taken = [1000, 1000, 1000].map((now) => {
    const ms = bucket.msUntil(1, now);
    bucket.take(now);
    return ms;
  });
  assertEquals([taken, bucket.msUntil(1, 1000), bucket.msUntil(1, 1040), bucket.msUntil(1, 1100)], [
    [0, 0, 0],
    100,
    60,
    0,
  ]);
  // However long nobody takes any.
  assertEquals([bucket.msUntil(3, 1e9), bucket.msUntil(4, 1e9)], [0, Infinity]);
});

Deno.test("TokenBucket begins empty where it is told to, and is full after as long as that takes", () => {
  const bucket = new TokenBucket(0.1, 2, 0, false);
  assertEquals([bucket.msUntil(1, 0), bucket.msUntilFull(5000), bucket.msUntilFull(20_000)], [10_000, 15_000, 0]);
});

Deno.test("TokenBucket.take() of what is not there yet is owed", () => {
  const bucket = new TokenBucket(10, 1, 0);
  bucket.take(0);
  bucket.take(0);
  assertEquals(bucket.msUntil(1, 0), 200);
});

Deno.test("TokenBucket.change() keeps what came at the rate of before, and no more than it holds now", () => {
  const bucket = new TokenBucket(10, 10, 0, false);
  bucket.change(1, 10, 500);
  assertEquals([bucket.msUntil(5, 500), bucket.msUntil(6, 500)], [0, 1000]);
  bucket.change(1, 2, 500);
  assertEquals([bucket.msUntil(2, 500), bucket.msUntil(3, 500)], [0, Infinity]);
  bucket.change(1, 5, 500);
  assertEquals(bucket.msUntil(3, 500), 1000);
});

Deno.test("TokenBucket: sums of times that are inexact never leave a wait that does not end", () => {
  for (const perSecond of [0.3, 7, 333.333, 999_999]) {
    const bucket = new TokenBucket(perSecond, 1, 123_456.789);
    let now = 123_456.789;
    for (let n = 0; n < 1000; n++) {
      bucket.take(now);
      now += bucket.msUntil(1, now);
      assertEquals(bucket.msUntil(1, now), 0);
    }
  }
});
