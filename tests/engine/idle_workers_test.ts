import { assertEquals, assertStrictEquals } from "@std/assert";
import type { Profile } from "../../core/profile.ts";
import { Ticker } from "../../core/ticker.ts";
import { reuseKeyFor, type TaskGroup, type TaskRecord } from "../../engine/task.ts";
import type { Worker } from "../../engine/worker.ts";
import { WorkerPool, type WorkerPoolParams } from "../../engine/worker_pool.ts";
import { FakeClock } from "../helpers/fake_clock.ts";
import { origin, profile, taskRecord } from "../helpers/task_record.ts";

/** As much of a worker as its pool looks at. */
class FakeWorker {
  readonly profile: Profile;
  readonly number: number;
  reuseKey: string | null = null;
  budget = 1;
  peer: unknown = null;
  isFree = true;
  isCurrent = true;
  isKilled = false;

  constructor(profile: Profile, number: number) {
    this.profile = profile;
    this.number = number;
  }

  get isShared(): boolean {
    return this.reuseKey?.startsWith("module ") ?? false;
  }

  isUpToDate(): boolean {
    return this.isCurrent;
  }

  kill(): void {
    this.isKilled = true;
  }
}

const MODULE = profile({ isolation: "module", spawnKey: "a" });

function taskOf(owner = "1", from: Profile = MODULE, group: TaskGroup | null = null): TaskRecord {
  return taskRecord("task", origin({ owner, group, profile: from, reuseKey: reuseKeyFor(from, owner, group) }));
}

function setUp(parts: Partial<WorkerPoolParams> = {}) {
  const clock = new FakeClock();
  const busy = new Set<string>();
  const pool = new WorkerPool({
    ticker: new Ticker(clock),
    create: (profile, number) => new FakeWorker(profile, number) as unknown as Worker,
    maxProcesses: 4,
    maxTasksPerWorker: 10,
    maxSpares: 0,
    maxIdle: 2,
    maxStartingSpares: 1,
    mayStart: () => true,
    hasTasksOf: (owner) => busy.has(owner),
    ...parts,
  });
  const workerFor = (task: TaskRecord) => pool.workerFor(task) as unknown as FakeWorker;
  const park = (worker: FakeWorker, hasMore = false) => pool.park(worker as unknown as Worker, hasMore);
  const gone = (worker: FakeWorker) => pool.remove(worker as unknown as Worker);
  return { clock, pool, busy, workerFor, park, gone };
}

Deno.test("WorkerPool gives a parked worker to tasks of its kind, the latest first, and to no others", () => {
  const { workerFor, park } = setUp();
  const [first, second] = [workerFor(taskOf()), workerFor(taskOf())];
  assertEquals([park(first), park(second), park(second)], [true, true, true]);
  assertEquals([workerFor(taskOf("2")).number, workerFor(taskOf("1", profile({ spawnKey: "a" }))).number], [3, 4]);
  assertStrictEquals(workerFor(taskOf()), second);
  assertStrictEquals(workerFor(taskOf()), first);
  assertEquals(workerFor(taskOf()), null as unknown);
});

Deno.test("WorkerPool ends a parked worker whose module has changed, or that is no longer free", () => {
  const { workerFor, park } = setUp();
  const [stale, full] = [workerFor(taskOf()), workerFor(taskOf())];
  park(stale);
  park(full);
  stale.isCurrent = false;
  full.isFree = false;
  assertEquals([workerFor(taskOf()).number, stale.isKilled, full.isKilled], [3, true, true]);
});

Deno.test("WorkerPool.park() keeps what may run more, and a map's worker only while items wait", () => {
  const { workerFor, park, pool } = setUp();
  const used = workerFor(taskOf());
  used.isFree = false;
  const strict = workerFor(taskOf("1", profile()));
  assertEquals([park(used), park(strict, true)], [false, false]);
  const mapped = workerFor(taskOf("1", profile(), { id: "map", chunkSize: null }));
  assertEquals([park(mapped), park(mapped, true)], [false, true]);
  pool.close();
  assertEquals([mapped.isKilled, park(workerFor(taskOf()))], [true, false]);
});

Deno.test("WorkerPool ends whoever has been idle for longest when more are than may be, or room is needed", () => {
  const { pool, workerFor, park } = setUp();
  const workers = [1, 2, 3].map(() => workerFor(taskOf()));
  for (const worker of workers) park(worker);
  assertEquals(workers.map(({ isKilled }) => isKilled), [true, false, false]);
  assertEquals([pool.makeRoom(), pool.makeRoom(), pool.makeRoom()], [true, true, false]);
  assertEquals(workers.map(({ isKilled }) => isKilled), [true, true, true]);
});

Deno.test("WorkerPool ends a worker that has been idle for a minute, and none before", () => {
  const { clock, workerFor, park } = setUp();
  const [early, late] = [workerFor(taskOf()), workerFor(taskOf())];
  park(early);
  clock.advance(30_000);
  park(late);
  clock.advance(29_999);
  assertEquals([early.isKilled, late.isKilled], [false, false]);
  clock.advance(1);
  assertEquals([early.isKilled, late.isKilled], [true, false]);
  clock.advance(60_000);
  assertEquals([late.isKilled, clock.timers], [true, []]);
});

Deno.test("WorkerPool keeps no idle worker for a client that has left, whatever of it still waits or runs", () => {
  const { pool, busy, workerFor, park, gone } = setUp();
  const [idle, running, other] = [workerFor(taskOf("1")), workerFor(taskOf("1")), workerFor(taskOf("2"))];
  park(idle);
  park(other);
  pool.endIdleOf("1");
  assertEquals([idle.isKilled, other.isKilled, park(running)], [true, false, false]);
  for (const worker of [idle, running]) gone(worker);
  // Nothing of it was left: the number may be used again.
  assertEquals(park(workerFor(taskOf("1"))), true);
  busy.add("3");
  pool.endIdleOf("3");
  assertEquals(park(workerFor(taskOf("3"))), false);
});

Deno.test("WorkerPool gives the least number that is free, and budgets by isolation", () => {
  const { workerFor, gone } = setUp();
  const group = { id: "map", chunkSize: 3 };
  const workers = [taskOf(), taskOf("1", profile()), taskOf("1", profile(), group)].map(workerFor);
  assertEquals(workers.map(({ number, budget }) => [number, budget]), [[1, 10], [2, 1], [3, 3]]);
  gone(workers[1]);
  assertEquals(workerFor(taskOf("1", MODULE, group)).budget, 10);
  const all = setUp();
  assertEquals(all.workerFor(taskOf("1", profile(), { id: "map", chunkSize: null })).budget, 10);
  assertEquals(all.workerFor(taskOf("1", profile(), { id: "map", chunkSize: 50 })).budget, 10);
});

Deno.test("WorkerPool starts spares for what was used twice within 10 s, within all limits", () => {
  const { clock, pool, workerFor, gone } = setUp({ maxSpares: 2 });
  const use = () => gone(workerFor(taskOf("1", profile())));
  use();
  clock.advance(10_001);
  use();
  pool.prepare(4);
  assertEquals(pool.workers.size, 0);
  clock.advance(10_000);
  use();
  pool.prepare(4);
  pool.prepare(4);
  assertEquals(pool.workers.size, 1);
  // It has connected: another may be started ahead.
  const [spare] = [...pool.workers] as unknown as FakeWorker[];
  spare.peer = {};
  pool.prepare(1);
  assertEquals(pool.workers.size, 1);
  pool.prepare(4);
  pool.prepare(4);
  assertEquals(pool.workers.size, 2);
  for (const worker of pool.workers) (worker as unknown as FakeWorker).peer = {};
  pool.prepare(4);
  assertEquals(pool.workers.size, 2);
  // One that ends by itself is not started again.
  gone(spare);
  pool.prepare(4);
  assertEquals(pool.workers.size, 1);
});

Deno.test("WorkerPool tidies up as long as anything is idle or in use, spares included", () => {
  const { clock, pool, workerFor, park, gone } = setUp({ maxSpares: 1 });
  const parked = workerFor(taskOf());
  clock.advance(30_000);
  gone(workerFor(taskOf()));
  park(parked);
  gone(workerFor(taskOf("2")));
  pool.prepare(4);
  const [spare] = [...pool.workers].filter((worker) => worker as unknown !== parked) as unknown as FakeWorker[];
  pool.loaded(spare as unknown as Worker);
  clock.advance(59_000);
  assertEquals([parked.isKilled, spare.isKilled], [false, false]);
  clock.advance(100_000);
  assertEquals([parked.isKilled, spare.isKilled, clock.timers], [true, true, []]);
});
