import { assertEquals } from "@std/assert";
import { Ticker } from "../../core/ticker.ts";
import { Recall } from "../../engine/recall.ts";
import type { Worker } from "../../engine/worker.ts";
import { FakeClock } from "../helpers/fake_clock.ts";

function setUp() {
  const clock = new FakeClock();
  const workers: Worker[] = [];
  const recalled: string[] = [];
  const state = { mayHelp: true };
  const add = (name: string, waiting: number) => {
    const worker = { name, waiting, head: { startedAt: clock.now() }, recall: () => recalled.push(name) };
    workers.push(worker as unknown as Worker);
    return worker;
  };
  const recall = new Recall({ ticker: new Ticker(clock), workers, mayHelp: () => state.mayHelp });
  return { clock, recall, recalled, state, add };
}

Deno.test("F5: Recall takes back what stands behind a task that takes long, once", () => {
  const { clock, recall, recalled, add } = setUp();
  const worker = add("one", 3);
  add("idle", 0);
  recall.consider();
  clock.advance(4);
  assertEquals(recalled, []);
  clock.advance(1);
  assertEquals(recalled, ["one"]);
  recall.consider();
  clock.advance(1000);
  assertEquals([recalled, clock.timers.length], [["one"], 0]);
  // It went on to another task, and was given more.
  worker.head = { startedAt: clock.now() };
  recall.consider();
  clock.advance(5);
  assertEquals(recalled, ["one", "one"]);
});

Deno.test("F5: Recall looks at each worker when its task has taken long, and at none while nobody is idle", () => {
  const { clock, recall, recalled, state, add } = setUp();
  add("first", 1);
  clock.advance(3);
  add("second", 1);
  recall.consider();
  clock.advance(2);
  assertEquals(recalled, ["first"]);
  clock.advance(3);
  assertEquals(recalled, ["first", "second"]);
  state.mayHelp = false;
  add("third", 1);
  recall.consider();
  clock.advance(100);
  assertEquals([recalled.length, clock.timers.length], [2, 0]);
});
