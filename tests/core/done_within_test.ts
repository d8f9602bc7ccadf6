import { assertEquals, assertRejects } from "@std/assert";
import { isDoneWithin } from "../../core/done_within.ts";

const never = new Promise(() => {});

Deno.test("isDoneWithin() is true for what is done, false when the time is over first", async () => {
  assertEquals(await isDoneWithin(Promise.resolve("done"), 10_000), true);
  assertEquals(await isDoneWithin(never, 1), false);
});

Deno.test("isDoneWithin() has no limit without one, and for more than a timer takes", async () => {
  assertEquals(await isDoneWithin(Promise.resolve(), undefined), true);
  const { promise, resolve } = Promise.withResolvers<void>();
  const waiting = isDoneWithin(promise, Infinity);
  assertEquals(await isDoneWithin(waiting, 5), false);
  resolve();
  assertEquals(await waiting, true);
});

Deno.test("isDoneWithin() raises what the work raises", async () => {
  await assertRejects(() => isDoneWithin(Promise.reject(new RangeError("broken")), 10_000), RangeError, "broken");
});
