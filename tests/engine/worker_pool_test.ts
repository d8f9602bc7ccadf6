import { assertEquals, assertStrictEquals } from "@std/assert";
import { Ticker } from "../../core/ticker.ts";
import type { Worker } from "../../host/worker.ts";
import { WorkerPool, type WorkerPoolParams } from "../../engine/worker_pool.ts";
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
  readonly isShared = true;
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

/** Of tasks that may share a process. */
const SHARED = { reuseKey: "module" };

/** A pool whose only profile was used often enough for spares. */
function setUp(parts: Partial<WorkerPoolParams> = {}) {
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
    ...parts,
  });
  const gone = (worker: FakeWorker) => pool.remove(worker as unknown as Worker);
  const workerFor = (of: Partial<Origin> = {}) =>
    pool.workerFor(taskRecord("task", origin(of))) as unknown as FakeWorker;
  /** A task comes, runs in a process of its own, and is over. */
  const use = (of: Partial<Origin> = {}) => {
    const worker = workerFor(of);
    gone(worker);
    return worker;
  };
  const park = (worker: FakeWorker) => pool.park(worker as unknown as Worker, false);
  use();
  use();
  made.length = 0;
  return { clock, pool, made, workerFor, use, park, gone };
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
  assertStrictEquals(use(), made[0]);
  use();
  pool.prepare(4);
  assertEquals(made.length, 3);
  assertStrictEquals(use(), made[2]);
  clock.advance(50_000);
  assertEquals(made[2].isKilled, false);
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
  const uses = [[{ group, reuseKey: "map group" }, true], [{ group }, false], [SHARED, false]] as const;
  for (const [of, expectsItems] of uses) {
    const { pool, made, use } = setUp();
    use(of);
    made.length = 0;
    pool.prepare(4);
    assertEquals(made.map((spare) => spare.expectsItems), [expectsItems]);
  }
});

Deno.test("WorkerPool forgets what has not been in use for a minute, and nothing before", () => {
  const unused = setUp();
  unused.clock.advance(60_000);
  unused.pool.prepare(4);
  assertEquals(unused.made, []);
  const used = setUp();
  used.clock.advance(55_000);
  for (let count = 0; count < 2; count++) used.use();
  used.clock.advance(5000);
  used.made.length = 0;
  used.pool.prepare(4);
  assertEquals(used.made.length, 1);
});

Deno.test("WorkerPool keeps a spare while its kind is in use, but no other worker because of that", () => {
  const { clock, pool, made, workerFor, use, park } = setUp({ maxIdle: 3 });
  const parked = workerFor({ reuseKey: "unused" });
  park(parked);
  park(workerFor(SHARED));
  pool.prepare(4);
  const spare = made[2];
  pool.loaded(spare as unknown as Worker);
  for (let count = 0; count < 3; count++) {
    clock.advance(40_000);
    park(workerFor(SHARED));
  }
  assertEquals(made.map(({ isKilled }) => isKilled), [true, false, false]);
  assertStrictEquals(use(), spare);
});

Deno.test("WorkerPool goes on to look at what is idle as long as there is anything, in use or not", () => {
  const { clock, workerFor, park } = setUp();
  clock.advance(30_000);
  const worker = workerFor(SHARED);
  park(worker);
  clock.advance(59_999);
  assertEquals(worker.isKilled, false);
  clock.advance(1);
  assertEquals([worker.isKilled, clock.timers], [true, []]);
});

Deno.test("WorkerPool starts nothing while it may not, and gives what there is", () => {
  let mayStart = true;
  const { pool, workerFor, park } = setUp({ mayStart: () => mayStart });
  const worker = workerFor(SHARED);
  park(worker);
  mayStart = false;
  pool.prepare(4);
  assertEquals([pool.workers.size, workerFor()], [1, null as unknown]);
  assertStrictEquals(workerFor(SHARED), worker);
});

Deno.test("WorkerPool.close() ends what is idle, once, and has nothing to look after any more", () => {
  const { clock, pool, made, workerFor, park } = setUp();
  park(workerFor(SHARED));
  pool.close();
  assertEquals([made[0].isKilled, pool.makeRoom(), clock.timers], [true, false, []]);
  pool.prepare(4);
  assertEquals(made.length, 1);
});

Deno.test("WorkerPool.remove() lets go of a worker that died while it was idle, and of its number", () => {
  const { pool, made, workerFor, park, gone } = setUp();
  const [worker, busy] = [workerFor(SHARED), workerFor(SHARED)];
  park(worker);
  gone(worker);
  assertEquals([pool.makeRoom(), busy.number, workerFor(SHARED).number], [false, 2, 1]);
  assertEquals(made.length, 3);
  // It was no spare: nothing says that those would die too.
  pool.prepare(4);
  assertEquals(made.length, 4);
});

Deno.test("WorkerPool.endIdleOf() ends what idles for a client, once, and remembers it while something is left", () => {
  const busy = new Set<string>();
  const { pool, workerFor, park, gone } = setUp({ hasTasksOf: (owner) => busy.has(owner) });
  park(workerFor({ ...SHARED, owner: "idle" }));
  pool.endIdleOf("idle");
  assertEquals(pool.makeRoom(), false);
  busy.add("gone");
  pool.endIdleOf("gone");
  gone(workerFor({ owner: "other" }));
  assertEquals(park(workerFor({ ...SHARED, owner: "gone" })), false);
});
