import { assertEquals } from "@std/assert";
import { Ticker } from "../../core/ticker.ts";
import type { TaskRun } from "../../engine/task_run.ts";
import { Deadline } from "../../host/deadline.ts";
import { FakeClock } from "../helpers/fake_clock.ts";

function setUp() {
  const clock = new FakeClock();
  // Timers of a process that was stopped come later than they are due.
  const late = { ms: 0 };
  const schedule = clock.schedule.bind(clock);
  clock.schedule = (delayMs, callback) => schedule(delayMs + late.ms, callback);
  const timedOut: string[] = [];
  const state: { current: TaskRun | null; looks: number; onLook(): void } = { current: null, looks: 0, onLook() {} };
  const runOf = (name: string, deadlineAt: number) =>
    ({ deadlineAt, timeOut: () => timedOut.push(name) }) as unknown as TaskRun;
  const deadline = new Deadline(new Ticker(clock), () => state.current, () => {
    state.looks++;
    state.onLook();
    return Promise.resolve();
  });
  return { clock, late, timedOut, state, runOf, deadline };
}

const settled = () => new Promise((resolve) => setTimeout(resolve));

Deno.test("Deadline times out a run when its time is over, and not before", () => {
  const { clock, timedOut, state, runOf, deadline } = setUp();
  deadline.watch(state.current = runOf("one", clock.now() + 100));
  clock.advance(99);
  assertEquals(timedOut, []);
  clock.advance(1);
  assertEquals([timedOut, state.looks], [["one"], 0]);
});

Deno.test("F8: a deadline that is judged late waits for what has arrived", async () => {
  const { clock, late, timedOut, state, runOf, deadline } = setUp();
  late.ms = 2000;
  // Its outcome arrived while the server was stopped: it is read at the second look.
  state.onLook = () => {
    if (state.looks === 2) state.current = null;
  };
  deadline.watch(state.current = runOf("returned", clock.now() + 100));
  clock.advance(3000);
  await settled();
  assertEquals([timedOut, state.looks], [[], 2]);
  // One that did not return is out of time all the same.
  deadline.watch(state.current = runOf("endless", clock.now() + 100));
  clock.advance(3000);
  await settled();
  assertEquals(timedOut, ["endless"]);
});

Deno.test("Deadline goes on with the run that came after while it was late", async () => {
  const { clock, late, timedOut, state, runOf, deadline } = setUp();
  late.ms = 2000;
  const next = runOf("next", clock.now() + 10_000);
  state.onLook = () => state.current = next;
  deadline.watch(state.current = runOf("first", clock.now() + 100));
  clock.advance(3000);
  await settled();
  assertEquals(timedOut, []);
  clock.advance(10_000);
  await settled();
  assertEquals(timedOut, ["next"]);
});

Deno.test("Deadline that is late does not hit the item behind, though both are of one run", async () => {
  const { clock, late, timedOut, state, runOf, deadline } = setUp();
  late.ms = 2000;
  const items = runOf("items", clock.now() + 100) as { deadlineAt: number } & ReturnType<typeof runOf>;
  // The outcome of the first was read meanwhile: the next one's time has begun.
  state.onLook = () => items.deadlineAt = clock.now() + 100;
  deadline.watch(state.current = items);
  clock.advance(3000);
  await settled();
  assertEquals(timedOut, []);
  late.ms = 0;
  state.onLook = () => {};
  clock.advance(3000);
  await settled();
  assertEquals(timedOut, ["items"]);
});
