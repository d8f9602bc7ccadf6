import { assertEquals } from "@std/assert";
import type { LimitPolicy } from "../../core/key_limit.ts";
import { Ticker } from "../../core/ticker.ts";
import type { Caller } from "../../engine/caller.ts";
import { FairQueue } from "../../engine/fair_queue.ts";
import { KeyLimits } from "../../engine/key_limits.ts";
import type { KeyLimit, Origin, TaskRecord } from "../../engine/task.ts";
import type { TaskRun } from "../../engine/task_run.ts";
import { UnfinishedTasks } from "../../store/unfinished_tasks.ts";
import { FakeClock } from "../helpers/fake_clock.ts";
import { itemBlock } from "../helpers/item_block.ts";
import { EVERYBODY, origin, taskRecord } from "../helpers/task_record.ts";

const POLICY: LimitPolicy = { key: "k", concurrency: null, perSecond: null, burst: 1 };

function setUp() {
  const clock = new FakeClock();
  const queue = new FairQueue();
  let ready = 0;
  const limits = new KeyLimits({ ticker: new Ticker(clock), queue, onReady: () => ready++ });
  const callerOf = (run: TaskRun | null = null, clientKey = EVERYBODY) => ({ run, clientKey }) as Caller;
  const accept = (policy: Partial<LimitPolicy>, caller = callerOf()) => limits.accept({ ...POLICY, ...policy }, caller);
  /** A task that comes in at once. */
  const submit = (id: string, policy: Partial<LimitPolicy>, parts: Partial<Origin> = {}): TaskRecord => {
    const task = taskRecord(id, origin({ limit: accept(policy), submittedAt: clock.wall(), ...parts }));
    limits.push(task);
    return task;
  };
  /** What may begin begins. */
  const begin = (): TaskRecord[] => {
    const begun: TaskRecord[] = [];
    for (let task = queue.pop(); task !== undefined; task = queue.pop()) {
      if (task.origin.limit !== null) limits.given(task);
      begun.push(task);
    }
    return begun;
  };
  const ids = (tasks: readonly TaskRecord[]) => tasks.map(({ id }) => id).join("");
  return { clock, queue, limits, callerOf, accept, submit, begin, ids, readyCount: () => ready };
}

Deno.test("KeyLimits: as many come into the queue as may run, and the next with each end, in the order of submission", () => {
  const { queue, limits, submit, begin, ids } = setUp();
  for (const id of "abcde") submit(id, { concurrency: 2 });
  submit("f", { key: "other", concurrency: 1 });
  assertEquals([queue.length, limits.length, limits.waitingOf("1").tasks], [3, 3, 3]);
  const [a, b, f] = begin();
  assertEquals([ids([a, b, f]), ids(begin())], ["abf", ""]);
  limits.release(b);
  // Once.
  limits.release(b);
  assertEquals([ids(begin()), limits.length], ["c", 2]);
  limits.release(a);
  assertEquals(ids(begin()), "d");
});

Deno.test("KeyLimits: what comes later stands in the queue by its age, and what has waited elsewhere passes none that is older", () => {
  const { clock, queue, limits, submit, begin, ids } = setUp();
  const at = (wall: number) => ({ submittedAt: wall });
  submit("a", { concurrency: 1 }, at(1));
  const [a] = begin();
  queue.push(taskRecord("x", origin(at(2))));
  submit("b", { concurrency: 1 }, at(3));
  queue.push(taskRecord("y", origin(at(4))));
  limits.release(a);
  assertEquals([ids(begin()), clock.timers], ["xby", []]);
});

Deno.test("KeyLimits: starts come as the bucket fills, with one timer for all keys", () => {
  const { clock, limits, submit, begin, ids, readyCount } = setUp();
  for (const id of "abcd") submit(id, { perSecond: 10, burst: 2 });
  for (let n = 0; n < 10_000; n++) {
    for (const id of ["first", "second"]) submit(`${id}${n}`, { key: `k${n}`, perSecond: 1 });
  }
  assertEquals([begin().length, limits.length, clock.timers.length], [10_002, 10_002, 1]);
  const starts: [at: number, id: string][] = [];
  for (let ms = 0; ms < 300; ms += 10) {
    clock.advance(10);
    const begun = ids(begin());
    if (begun !== "") starts.push([ms + 10, begun]);
  }
  assertEquals(starts, [[100, "c"], [200, "d"]]);
  const before = readyCount();
  clock.advance(700);
  // All at once, and yet not in one go.
  assertEquals([begin().length, limits.length, clock.timers, readyCount() - before], [10_000, 0, [], 20]);
});

Deno.test("KeyLimits: what waits in the queue for a worker uses up no start of others, and none is lost meanwhile", () => {
  const { clock, queue, submit, begin, ids } = setUp();
  for (const id of "abc") submit(id, { perSecond: 10 });
  // All workers are taken for a second: only one start has gathered by then.
  clock.advance(1000);
  assertEquals([queue.length, ids(begin())], [1, "a"]);
  clock.advance(99);
  assertEquals(ids(begin()), "");
  clock.advance(1);
  assertEquals(ids(begin()), "b");
});

Deno.test("KeyLimits: a task that comes back from its worker gives all back, and is the first to be called", () => {
  const { clock, limits, submit, begin, ids } = setUp();
  for (const id of "abc") submit(id, { concurrency: 1, perSecond: 10, burst: 2 });
  const [a] = begin();
  limits.putBack(a);
  const again = begin();
  // It has begun twice: both count.
  limits.putBack(again[0]);
  assertEquals([ids(again), ids(begin()), limits.length], ["a", "", 3]);
  clock.advance(100);
  assertEquals(ids(begin()), "a");
});

Deno.test("KeyLimits: a map of 100,000 items stays packed, and so do packed tasks", () => {
  const { queue, limits, accept, begin } = setUp();
  const block = itemBlock(100_000, origin({ limit: accept({ concurrency: 2 }) }));
  limits.push(block);
  assertEquals([queue.length, limits.length, block.records.length], [2, 99_998, 2]);
  for (let n = 0; n < 10; n++) {
    for (const task of begin()) {
      limits.release(task);
      block.forget(task.place!.row);
    }
  }
  assertEquals([queue.length, limits.length, block.records.length], [2, 99_978, 2]);
  assertEquals([limits.dropItems(block), limits.length, block.length], [99_978, 0, 0]);
  // Where any number may run, as many are made as are soon given out.
  const many = itemBlock(100_000, origin({ limit: accept({ key: "many", concurrency: 1_000_000 }) }));
  limits.push(many);
  assertEquals([many.records.length, limits.length], [256, 99_744]);

  const tasks = new UnfinishedTasks(() => undefined, 0);
  const from = origin({ limit: accept({ key: "packed", concurrency: 1 }) });
  const id = (n: number) => `00000000-0000-7000-8000-${n.toString(16).padStart(12, "0")}`;
  for (const item of tasks.add(from, Array.from({ length: 1000 }, (_, n) => [id(n), new Uint8Array(3)]), () => 0)) {
    limits.push(item);
  }
  assertEquals([limits.length, tasks.size], [99_744 + 999, 1000]);
  // One that somebody asks for, from the middle.
  limits.remove(tasks.get(id(500))!);
  assertEquals(limits.length, 99_744 + 998);
  const taken = limits.takeAll(true);
  assertEquals([limits.length, queue.length, taken.length < 300], [0, 0, true]);
});

Deno.test("KeyLimits: a task below one that holds the key needs no unit; one beside it does", () => {
  const { clock, limits, callerOf, accept, submit, begin, ids, queue } = setUp();
  const [a] = [submit("a", { concurrency: 1, perSecond: 10 })];
  begin();
  submit("b", { concurrency: 1, perSecond: 10 });
  const child = taskRecord("child", origin({ parent: { id: "a", parent: null }, depth: 1 }));
  // At any remove: the child holds nothing itself.
  assertEquals(accept({ concurrency: 1 }, callerOf({ task: child } as TaskRun)), null);
  // Where starts are counted it is one.
  const passing = accept({ concurrency: 1, perSecond: 10 }, callerOf({ task: child } as TaskRun))!;
  assertEquals([passing.passes, accept({ concurrency: 1, perSecond: 10 })!.passes], [true, false]);
  // They come one by one as starts do, before what waits for the unit that their ancestor has.
  for (const id of ["x", "y"]) limits.push(taskRecord(id, origin({ limit: passing })));
  assertEquals(ids(begin()), "x");
  clock.advance(100);
  assertEquals(ids(begin()), "y");
  clock.advance(100);
  // Of another client key nothing is known of it.
  const stranger = accept({ concurrency: 1 }, callerOf({ task: child } as TaskRun, { name: "other", weight: 1 }))!;
  assertEquals([stranger.passes, stranger.name === passing.name], [false, false]);
  limits.release(a);
  assertEquals([queue.length, accept({ concurrency: 1 }, callerOf({ task: child } as TaskRun))!.passes], [1, false]);
});

Deno.test("KeyLimits: a drain takes what clients have waiting, for a key or a worker, and subtasks get its place", () => {
  const { limits, submit, begin, ids } = setUp();
  submit("a", { concurrency: 1 });
  submit("b", { concurrency: 1 }, { parent: { id: "p", parent: null }, depth: 1 });
  submit("c", { concurrency: 1 });
  assertEquals([ids(limits.takeAll(true) as TaskRecord[]), limits.length, ids(begin())], ["ac", 0, "b"]);
});

Deno.test("KeyLimits: the latest figures hold, and an older submission that comes into line later changes none", () => {
  const { clock, limits, accept, submit, queue } = setUp();
  const delayed = origin({ limit: accept({ concurrency: 5 }), submittedAt: clock.wall() });
  clock.advance(10);
  for (const id of "abcd") submit(id, { concurrency: 1 });
  limits.push(taskRecord("late", delayed));
  assertEquals([queue.length, limits.length], [1, 4]);
  clock.advance(10);
  submit("e", { concurrency: 3 });
  assertEquals([queue.length, limits.length], [3, 3]);
  clock.advance(10);
  submit("f", { perSecond: 1, burst: 1 });
  assertEquals([queue.length, limits.length], [3, 4]);
});

Deno.test("KeyLimits: keys that an earlier server has left begin without a start", () => {
  const { clock, limits, accept, queue } = setUp();
  const limit: KeyLimit = { ...accept({ perSecond: 2, burst: 5 })!, isTakenUp: true };
  for (const id of "ab") limits.push(taskRecord(id, origin({ limit })));
  assertEquals(queue.length, 0);
  clock.advance(499);
  assertEquals(queue.length, 0);
  clock.advance(1);
  assertEquals(queue.length, 1);
});

Deno.test("KeyLimits: a key that an earlier server has left begins without a start also where its rate was said later", () => {
  const { clock, limits, accept, queue } = setUp();
  const leave = (id: string, policy: Partial<LimitPolicy>, submittedAt: number) => {
    const limit: KeyLimit = { ...accept(policy)!, isTakenUp: true };
    return taskRecord(id, origin({ limit, submittedAt }));
  };
  const left = [leave("a", { concurrency: 1 }, 1), leave("b", { perSecond: 2, burst: 5 }, 2)];
  for (const task of left) limits.push(task);
  assertEquals([queue.length, limits.length], [1, 1]);
  clock.advance(499);
  assertEquals(queue.length, 1);
  // The one that was called before has no start either, and comes first.
  clock.advance(501);
  assertEquals(queue.length, 2);
});

Deno.test("KeyLimits: of keys that tasks wait for those with the most are told, and how many there are", () => {
  const { limits, submit } = setUp();
  for (let n = 0; n < 30; n++) for (let m = 0; m <= n; m++) submit(`${n} ${m}`, { key: `k${n}`, concurrency: 1 });
  const { keys, tasks, first } = limits.view;
  // Of k0 the only one was called.
  assertEquals([keys, tasks, first.length], [29, 29 * 30 / 2, 20]);
  assertEquals(first.slice(0, 2), [
    { key: "k29", waiting: 29, held: 1, concurrency: 1, perSecond: null, nextInMs: null },
    { key: "k28", waiting: 28, held: 1, concurrency: 1, perSecond: null, nextInMs: null },
  ]);
  for (const id of "ab") submit(id, { key: "rate", perSecond: 4 });
  assertEquals(limits.view.keys, 30);
});
