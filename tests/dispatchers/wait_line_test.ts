import { assert, assertEquals, assertRejects } from "@std/assert";
import { CountedSignal } from "../helpers/counted_signal.ts";
import { WaitLine } from "../../dispatchers/wait_line.ts";

Deno.test("WaitLine passes over those whose time was over, and gives in the order of the line", async () => {
  const line = new WaitLine<string>();
  const onTimeout = () => new RangeError("time is over");
  const first = line.wait({}, onTimeout);
  const second = line.wait({ timeoutMs: 1 }, onTimeout);
  const third = line.wait({ timeoutMs: 60_000 }, onTimeout);
  await assertRejects(() => second, RangeError, "time is over");
  assertEquals(line.length, 2);
  assert(line.give("a"));
  assert(line.give("b"));
  assertEquals([await first, await third, line.length], ["a", "b", 0]);
  assert(!line.give("nobody"));
});

Deno.test("WaitLine does not fill with those whose time was over", async () => {
  const line = new WaitLine<string>();
  for (let n = 0; n < 10; n++) {
    await assertRejects(() => line.wait({ timeoutMs: 0 }, () => new RangeError()), RangeError);
  }
  const last = line.wait({ timeoutMs: Infinity }, () => new RangeError());
  assertEquals(line.length, 1);
  assert(line.give("last"));
  assertEquals(await last, "last");
});

Deno.test("WaitLine ends a wait with the reason of its signal, and lets go of a signal that nobody waits with", async () => {
  const line = new WaitLine<string>();
  const counted = new CountedSignal();
  const { signal } = counted;
  const first = line.wait({ signal }, () => new RangeError());
  assert(line.give("a"));
  assertEquals([await first, counted.listeners], ["a", 0]);
  const second = line.wait({ signal }, () => new RangeError());
  const third = line.wait({}, () => new RangeError());
  counted.abort(new TypeError("enough"));
  await assertRejects(() => second, TypeError, "enough");
  assert(line.give("b"));
  assertEquals(await third, "b");
});

Deno.test("WaitLine gives nothing to one that has left, and leaving twice means nothing", () => {
  const line = new WaitLine<string>();
  const got: string[] = [];
  const first = line.enter((value) => got.push(`first ${value}`));
  const second = line.enter((value) => got.push(`second ${value}`));
  line.leave(first);
  line.leave(first);
  assert(line.give("a"));
  line.leave(second);
  assertEquals([got, line.length, line.give("b")], [["second a"], 0, false]);
});
