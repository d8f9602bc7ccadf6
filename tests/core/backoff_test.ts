import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { backoffMs } from "../../core/backoff.ts";

const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

Deno.test("backoffMs() doubles from attempt to attempt, up to its longest", () => {
  assertEquals([1, 2, 3, 4, 5, 6, 7, 8, 2000].map((attempt) => backoffMs(attempt, 1)), [
    ...[50, 100, 200, 400, 800, 1600, 2000, 2000, 2000],
  ]);
  assertEquals([1, 2, 3].map((attempt) => backoffMs(attempt, 1, { firstMs: 3, maxMs: 10 })), [3, 6, 10]);
});

Deno.test("backoffMs() is half chance: never less than half of the full wait, never more than it", () => {
  assertEquals([0, 0.5].map((random) => backoffMs(3, random)), [100, 150]);
  const attempt = fc.integer({ min: 1, max: 5000 });
  fc.assert(fc.property(attempt, random, (attempt, random) => {
    const full = backoffMs(attempt, 1);
    const ms = backoffMs(attempt, random);
    assert(ms >= full / 2 && ms <= full && full <= 2000);
  }));
});
