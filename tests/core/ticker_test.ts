import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { type Alarm, Ticker } from "../../core/ticker.ts";
import { FakeClock } from "../helpers/fake_clock.ts";

Deno.test("Ticker fires what a sorted list fires, with one timer at most, whatever is set and cancelled", () => {
  const step = fc.oneof(
    { weight: 3, arbitrary: fc.record({ op: fc.constant("after" as const), ms: fc.integer({ min: 0, max: 50 }) }) },
    { weight: 2, arbitrary: fc.record({ op: fc.constant("cancel" as const), which: fc.nat() }) },
    { weight: 3, arbitrary: fc.record({ op: fc.constant("advance" as const), ms: fc.integer({ min: 0, max: 30 }) }) },
  );
  fc.assert(fc.property(fc.array(step, { maxLength: 100 }), (steps) => {
    const clock = new FakeClock();
    const ticker = new Ticker(clock);
    const fired: [name: number, at: number][] = [];
    const alarms: { name: number; alarm: Alarm }[] = [];
    let waiting: { name: number; at: number }[] = [];
    let expected: number[] = [];
    for (const [name, step] of steps.entries()) {
      if (step.op === "after") {
        const alarm = ticker.after(step.ms, () => fired.push([name, clock.now()]));
        alarms.push({ name, alarm });
        waiting.push({ name, at: clock.now() + step.ms });
      } else if (step.op === "cancel" && alarms.length > 0) {
        const { name, alarm } = alarms[step.which % alarms.length];
        ticker.cancel(alarm);
        waiting = waiting.filter((other) => other.name !== name);
      } else if (step.op === "advance") {
        clock.advance(step.ms);
        const due = waiting.filter(({ at }) => at <= clock.now());
        waiting = waiting.filter(({ at }) => at > clock.now());
        expected = expected.concat(due.map(({ at }) => at).sort((a, b) => a - b));
        assertEquals(fired.map(([, at]) => at), expected, "each at its own time, in order");
        assertEquals(new Set(fired.map(([name]) => name)).size, fired.length, "each once");
      }
      assertEquals(clock.timers.length, waiting.length > 0 ? 1 : clock.timers.length);
      if (waiting.length > 0) assert(clock.timers[0] <= Math.min(...waiting.map(({ at }) => at)));
      else assertEquals(clock.timers.length, 0, "an idle ticker keeps no timer");
    }
    assert(clock.peakTimers <= 1);
  }));
});

Deno.test("Ticker.after() sets the timer anew only when the new alarm is the earliest", () => {
  const clock = new FakeClock();
  const ticker = new Ticker(clock);
  for (const ms of [50, 60, 50, 70, 55]) ticker.after(ms, () => {});
  assertEquals([clock.scheduled, clock.timers], [1, [1050]]);
  const first = ticker.after(10, () => {});
  assertEquals([clock.scheduled, clock.timers], [2, [1010]]);
  ticker.cancel(first);
  ticker.after(40, () => {});
  assertEquals([clock.scheduled, clock.timers], [2, [1010]], "one wake-up in vain is cheaper than a new timer");
});

Deno.test("Ticker fires an alarm that an alarm sets, and leaves one that an alarm cancels", () => {
  const clock = new FakeClock();
  const ticker = new Ticker(clock);
  const fired: string[] = [];
  ticker.after(10, () => {
    fired.push("first");
    ticker.after(0, () => fired.push("at once"));
    ticker.after(5, () => fired.push("later"));
    ticker.cancel(victim);
  });
  const victim = ticker.after(10, () => fired.push("never"));
  clock.advance(10);
  assertEquals(fired, ["first", "at once"]);
  assertEquals(clock.timers, [1015]);
  clock.advance(5);
  assertEquals(fired, ["first", "at once", "later"]);
  assertEquals(clock.timers, []);
});

Deno.test("Ticker fires alarms that re-arm themselves again and again", () => {
  const clock = new FakeClock();
  const ticker = new Ticker(clock);
  const times: number[] = [];
  const arm = () => {
    ticker.after(10, () => {
      times.push(clock.now());
      if (times.length < 3) arm();
    });
  };
  arm();
  clock.advance(100);
  assertEquals(times, [1010, 1020, 1030]);
});

Deno.test("Ticker waits on when its timer wakes it too early", () => {
  const clock = new FakeClock();
  const ticker = new Ticker(clock);
  let fired = 0;
  ticker.after(10, () => fired++);
  ticker.tick(clock.now() + 9.5);
  assertEquals(fired, 0);
  clock.advance(10);
  assertEquals(fired, 1);
});

Deno.test("Ticker fires all that became due while nobody ticked, in the order of their times", () => {
  const clock = new FakeClock();
  const ticker = new Ticker(clock);
  const fired: number[] = [];
  for (const ms of [30, 10, 20, 40]) ticker.after(ms, () => fired.push(ms));
  ticker.tick(clock.now() + 35);
  assertEquals(fired, [10, 20, 30]);
});

Deno.test("Ticker.cancel() does nothing for null, for a fired alarm, and the second time", () => {
  const clock = new FakeClock();
  const ticker = new Ticker(clock);
  let fired = 0;
  const first = ticker.after(10, () => fired++);
  const second = ticker.after(20, () => fired++);
  clock.advance(10);
  for (const alarm of [null, first, first]) ticker.cancel(alarm);
  clock.advance(10);
  assertEquals(fired, 2);
  ticker.cancel(second);
});

Deno.test("Ticker.stop() forgets everything, and cancel() takes what it forgot", () => {
  const clock = new FakeClock();
  const ticker = new Ticker(clock);
  const alarms = [10, 20, 30].map((ms) => ticker.after(ms, () => assert(false, "fired after the stop")));
  ticker.stop();
  assertEquals(clock.timers, []);
  for (const alarm of alarms) ticker.cancel(alarm);
  let fired = 0;
  ticker.after(5, () => fired++);
  for (const alarm of alarms) ticker.cancel(alarm);
  clock.advance(100);
  assertEquals(fired, 1);
});

Deno.test("Ticker.after() refuses NaN, which would stand before all other alarms", () => {
  const ticker = new Ticker(new FakeClock());
  assertThrows(() => ticker.after(NaN, () => {}), RangeError, "NaN");
});
