import { assertEquals } from "@std/assert";
import { Ticker } from "../../core/ticker.ts";
import { Recall } from "../../engine/recall.ts";
import type { TaskRun } from "../../engine/task_run.ts";
import type { Worker } from "../../engine/worker.ts";
import { FakeClock } from "../helpers/fake_clock.ts";

/** As much of a worker as is looked at. */
class FakeWorker {
  waiting = 1;
  recalls = 0;
  current: { startedAt: number } | null;

  constructor(startedAt: number | null) {
    this.current = startedAt === null ? null : { startedAt };
  }

  recall(): void {
    this.recalls++;
  }

  /** Another task is the current one. */
  next(startedAt: number): void {
    this.current = { startedAt } as TaskRun;
  }
}

function setUp(...startedAt: number[]) {
  const clock = new FakeClock(1000);
  const workers = startedAt.map((at) => new FakeWorker(at));
  const state = { mayHelp: true };
  const recall = new Recall({
    ticker: new Ticker(clock),
    workers: workers as unknown as Worker[],
    mayHelp: () => state.mayHelp,
  });
  return { clock, workers, state, recall, counts: () => workers.map(({ recalls }) => recalls) };
}

Deno.test("Recall asks for what stands behind a task once that has run for 5 ms, once", () => {
  const { clock, workers, recall, counts } = setUp(998, 1000);
  recall.consider();
  recall.consider();
  assertEquals(clock.timers, [1003]);
  clock.advance(2);
  assertEquals(counts(), [0, 0]);
  clock.advance(1);
  assertEquals([counts(), clock.timers], [[1, 0], [1005]]);
  clock.advance(10);
  recall.consider();
  assertEquals([counts(), clock.timers], [[1, 1], []]);
  workers[0].next(1010);
  recall.consider();
  clock.advance(5);
  assertEquals(counts(), [2, 1]);
});

Deno.test("Recall asks at once where a task has run for long, and nobody where there is nothing to do", () => {
  const { clock, workers, state, recall, counts } = setUp(0);
  recall.consider();
  clock.advance(0);
  assertEquals(counts(), [1]);
  workers[0].next(1000);
  state.mayHelp = false;
  recall.consider();
  clock.advance(100);
  assertEquals([counts(), clock.timers], [[1], []]);
  state.mayHelp = true;
  workers[0].waiting = 0;
  recall.consider();
  assertEquals(clock.timers, []);
});
