import { assertEquals } from "@std/assert";
import { Ticker } from "../../core/ticker.ts";
import type { Worker } from "../../host/worker.ts";
import { WorkerPool } from "../../engine/worker_pool.ts";
import type { Origin } from "../../engine/task.ts";
import { FakeClock } from "../helpers/fake_clock.ts";
import { origin, profile, taskRecord } from "../helpers/task_record.ts";

/** As much of a worker as its pool looks at. */
class FakeWorker {
  readonly profile = profile();
  reuseKey: string | null = null;
  budget = 1;
  peer: unknown = null;
  isFree = true;
  isKilled = false;
  expectsItems = false;
  readonly number: number;

  constructor(number: number) {
    this.number = number;
  }

  isUpToDate(): boolean {
    return true;
  }

  kill(): void {
    this.isKilled = true;
  }
}

/** A pool whose only profile was used often enough for spares. */
function setUp() {
  const clock = new FakeClock();
  const made: FakeWorker[] = [];
  const pool = new WorkerPool({
    ticker: new Ticker(clock),
    create(_profile, number) {
      const worker = new FakeWorker(number);
      made.push(worker);
      return worker as unknown as Worker;
    },
    maxProcesses: 10,
    maxTasksPerWorker: 10,
    maxSpares: 1,
    maxIdle: 2,
    mayStart: () => true,
    maxStartingSpares: 1,
    hasTasksOf: () => false,
  });
  const gone = (worker: FakeWorker) => pool.remove(worker as unknown as Worker);
  /** A task comes, runs in a process of its own, and is over. */
  const use = (of: Partial<Origin> = {}) => {
    const worker = pool.workerFor(taskRecord("task", origin(of))) as unknown as FakeWorker;
    gone(worker);
    return worker;
  };
  use();
  use();
  made.length = 0;
  return { clock, pool, made, use, gone };
}

Deno.test("WorkerPool gives up a spare that does not get its module loaded, and spares of its kind", () => {
  const { clock, pool, made, use, gone } = setUp();
  pool.prepare(4);
  clock.advance(29_999);
  assertEquals(made.map(({ isKilled }) => isKilled), [false]);
  clock.advance(1);
  assertEquals(made.map(({ isKilled }) => isKilled), [true]);
  gone(made[0]);
  use();
  use();
  made.length = 0;
  pool.prepare(4);
  assertEquals(made, []);
});

Deno.test("WorkerPool keeps a spare that has loaded its module, and does not end one that was given a task meanwhile", () => {
  const { clock, pool, made, use } = setUp();
  pool.prepare(4);
  pool.loaded(made[0] as unknown as Worker);
  clock.advance(50_000);
  assertEquals(made[0].isKilled, false);
  assertEquals(use(), made[0]);
  pool.prepare(4);
  assertEquals(use(), made[1]);
  clock.advance(50_000);
  assertEquals(made[1].isKilled, false);
});

Deno.test("WorkerPool forgets what was in use a minute ago, and wakes for nothing then", () => {
  const { clock, pool, made } = setUp();
  assertEquals(clock.timers.length, 1);
  clock.advance(130_000);
  assertEquals(clock.timers, []);
  pool.prepare(4);
  assertEquals(made, []);
});

Deno.test("WorkerPool prepares a spare for many quick items only where they share a process", () => {
  const group = { id: "group", chunkSize: 1 };
  for (const [reuseKey, expectsItems] of [["map group", true], [null, false]] as const) {
    const { pool, made, use } = setUp();
    use({ group, reuseKey });
    made.length = 0;
    pool.prepare(4);
    assertEquals(made.map((spare) => spare.expectsItems), [expectsItems]);
  }
});
