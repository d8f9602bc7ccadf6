import { assert, assertEquals, assertRejects } from "@std/assert";
import { WaitLine } from "../../dispatchers/wait_line.ts";

Deno.test("WaitLine passes over those whose time was over, and gives in the order of the line", async () => {
  const line = new WaitLine<string>();
  const onTimeout = () => new RangeError("time is over");
  const first = line.wait(undefined, onTimeout);
  const second = line.wait(1, onTimeout);
  const third = line.wait(60_000, onTimeout);
  await assertRejects(() => second, RangeError, "time is over");
  assertEquals(line.length, 2);
  assert(line.give("a"));
  assert(line.give("b"));
  assertEquals([await first, await third, line.length], ["a", "b", 0]);
  assert(!line.give("nobody"));
  assert(!line.fail(new Error("nobody")));
});

Deno.test("WaitLine does not fill with those whose time was over", async () => {
  const line = new WaitLine<string>();
  for (let n = 0; n < 10; n++) await assertRejects(() => line.wait(0, () => new RangeError()), RangeError);
  const last = line.wait(Infinity, () => new RangeError());
  assertEquals(line.length, 1);
  line.fail(new TypeError("no"));
  await assertRejects(() => last, TypeError, "no");
});
