import { assert, assertEquals } from "@std/assert";
import { Ticker } from "../../core/ticker.ts";
import { uuidv7 } from "../../core/uuid.ts";
import { Delays } from "../../engine/delays.ts";
import { FairQueue } from "../../engine/fair_queue.ts";
import { Line } from "../../engine/line.ts";
import type { Origin, TaskRecord } from "../../engine/task.ts";
import { MemoryStore } from "../../store/memory_store.ts";
import { FakeClock } from "../helpers/fake_clock.ts";
import { GROUP, groupBook, itemsOf } from "../helpers/group_book.ts";
import { origin, taskRecord } from "../helpers/task_record.ts";
import { cpuMs } from "../helpers/cpu_time.ts";

/** `held` may not begin yet, though their time has come. */
function setUp(held = new Set<TaskRecord>()) {
  const clock = new FakeClock();
  const ticker = new Ticker(clock);
  const queue = new FairQueue();
  const ready: number[] = [];
  const delays = new Delays({
    ticker,
    queue,
    isClear: (task) => !held.has(task),
    onReady: () => ready.push(queue.length),
  });
  const delayed = (ms: number, parts: Partial<Origin> = {}) =>
    origin({ delay: { ms, until: clock.now() + ms, isOver: false }, ...parts });
  return { clock, queue, delays, line: new Line(queue, delays), ready, delayed };
}

Deno.test("Delays: a task comes into line when its time has come, and not before", () => {
  const { clock, queue, delays, line, ready, delayed } = setUp();
  const from = delayed(100);
  const tasks = ["a", "b"].map((id) => taskRecord(id, from, new Uint8Array(3)));
  for (const task of tasks) line.push(task);
  line.push(taskRecord("c"));
  assertEquals([tasks[0].state, queue.length, delays.length, delays.bytes, delays.owners], ["delayed", 1, 2, 6, 1]);
  // One alarm, however many they are.
  assertEquals(clock.timers.length, 1);
  clock.advance(99.9);
  assertEquals([queue.length, ready], [1, []]);
  clock.advance(0.1);
  assertEquals([tasks[0].state, tasks[1].state, queue.length, delays.length, delays.bytes], [
    "ready",
    "ready",
    3,
    0,
    0,
  ]);
  assertEquals([delays.owners, ready, clock.timers], [0, [3], []]);
  assertEquals(["c", "a", "b"].map(() => queue.pop()!.id), ["c", "a", "b"]);
});

Deno.test("Delays: nobody's clock that is set makes a task come early, or late", () => {
  const { clock, queue, line, delayed } = setUp();
  line.push(taskRecord("a", delayed(1000)));
  clock.wallAhead = 1e12;
  clock.advance(999);
  assertEquals(queue.length, 0);
  clock.wallAhead = -1e12;
  clock.advance(1);
  assertEquals(queue.length, 1);
});

Deno.test("Delays: a task that is taken out never comes, and with the last of its submission goes the alarm", () => {
  const { clock, queue, delays, line, delayed } = setUp();
  const from = delayed(100);
  const [a, b] = ["a", "b"].map((id) => taskRecord(id, from));
  line.push(a);
  line.push(b);
  line.remove(a);
  assertEquals([delays.length, clock.timers.length], [1, 1]);
  line.remove(b);
  assertEquals([delays.length, clock.timers.length], [0, 0]);
  clock.advance(200);
  assertEquals(queue.length, 0);
});

Deno.test("Delays: packed tasks stay packed, and one that is taken out is missing alone", () => {
  const { clock, queue, delays, line, delayed } = setUp();
  const store = new MemoryStore({ clock, capacity: 1, retentionMs: 1, fewTasks: 0 });
  const ids = Array.from({ length: 600 }, uuidv7);
  const items = store.submit(delayed(50), ids.map((id) => [id, new Uint8Array(2)]));
  for (const item of items) line.push(item);
  assertEquals([items.length, delays.length, delays.bytes], [3, 600, 1200]);
  const [first, last] = [store.get(ids[0])!, store.get(ids[599])!];
  assertEquals([first.state, last.state], ["delayed", "delayed"]);
  line.remove(first);
  assertEquals([delays.length, delays.bytes], [599, 1198]);
  const page = (states: ("delayed" | "ready")[]) =>
    store.list({ keyName: "", states: new Set(states), name: null, since: null }, "", 1000).tasks;
  assertEquals([page(["ready"]).length, page(["delayed"])[0].state], [0, "delayed"]);
  clock.advance(50);
  assertEquals([delays.length, queue.length, queue.bytes, last.state], [0, 599, 1198, "ready"]);
  assertEquals([store.get(ids[5])!.state, page(["delayed"]).length], ["ready", 1]);
  // The one that was taken out is the store's still.
  assertEquals(page(["delayed"])[0].id, ids[0]);
});

Deno.test("Delays: items of a map wait as one; some may be over, or come back", () => {
  const { clock, queue, delays, line, delayed } = setUp();
  const { groups, callerOf } = groupBook(line);
  const caller = callerOf("1");
  groups.add(caller, delayed(50, { group: { id: GROUP, chunkSize: null } }), itemsOf(0, [1, 2, 3, 4]), () => 1);
  assertEquals([delays.length, queue.length, groups.views.view(GROUP)?.state], [4, 0, "delayed"]);
  const block = groups.known({ group: { id: GROUP, chunkSize: null }, items: itemsOf(0, [1, 2, 3, 4]) })!;
  assertEquals([block.recordOf(0).state, block.viewOf(1).state], ["delayed", "delayed"]);
  line.remove(block.recordOf(0));
  line.removeItems({ block, attempt: 0, from: 1, to: 2 });
  assertEquals(delays.length, 2);
  line.putBackItems({ block, attempt: 1, from: 0, to: 2 });
  assertEquals(delays.length, 4);
  clock.advance(50);
  assertEquals([delays.length, queue.length, block.recordOf(0).state], [0, 4, "ready"]);
});

Deno.test("Delays: what has failed comes again behind what stands there, and not once it was taken out", () => {
  const { clock, queue, delays, line } = setUp();
  const [a, b] = ["a", "b"].map((id) => taskRecord(id, origin(), new Uint8Array(4)));
  for (const task of [a, b]) {
    task.attempt = 1;
    delays.again(task, 100);
  }
  assertEquals([a.state, delays.length, delays.retrying], ["delayed", 2, { tasks: 2, bytes: 8 }]);
  line.remove(b);
  line.push(taskRecord("c"));
  clock.advance(100);
  assertEquals([queue.pop()!.id, queue.pop()!.id, queue.length, a.state], ["c", "a", 0, "ready"]);
  assertEquals([delays.length, delays.retrying, clock.timers], [0, { tasks: 0, bytes: 0 }, []]);
});

Deno.test("Delays: thousands whose time comes at once come into line by and by", () => {
  const { clock, queue, delays, ready } = setUp();
  const tasks: TaskRecord[] = Array.from({ length: 1200 }, (_, n) => taskRecord(`${n}`));
  for (const task of tasks) delays.again(task, 5);
  clock.advance(5);
  assertEquals([ready.length > 2, ready.at(-1), queue.length, delays.length], [true, 1200, 1200, 0]);
  const popped = new Set(tasks.map(() => queue.pop()!));
  assertEquals([popped.size, tasks.every((task) => popped.has(task))], [1200, true]);
});

Deno.test("Delays: a server that stops takes all, or what clients have submitted", () => {
  const { clock, delays, line, delayed } = setUp();
  const own = taskRecord("own", delayed(100));
  const sub = taskRecord("sub", delayed(100, { depth: 1 }));
  const [again, subAgain] = [taskRecord("again"), taskRecord("sub again", origin({ depth: 1 }))];
  for (const task of [own, sub]) line.push(task);
  for (const task of [again, subAgain]) delays.again(task, 10);
  assertEquals(line.takeAll(true).map((item) => (item as TaskRecord).id), ["again", "own"]);
  assertEquals([delays.length, delays.retrying.tasks], [2, 1]);
  assertEquals(line.takeAll(false).length, 2);
  assertEquals([delays.length, delays.owners, clock.timers], [0, 0, []]);
});

Deno.test("Delays: a task that may not begin yet comes into line once it may, and not when it was taken out", () => {
  const held = new Set<TaskRecord>();
  const { clock, queue, delays, line } = setUp(held);
  const [a, b] = ["a", "b"].map((id) => taskRecord(id));
  for (const task of [a, b]) {
    held.add(task);
    delays.again(task, 10);
  }
  clock.advance(10);
  delays.recheck();
  assertEquals([queue.length, delays.length, a.state], [0, 2, "delayed"]);
  line.remove(b);
  held.clear();
  delays.recheck();
  delays.recheck();
  assertEquals([queue.length, delays.length, a.state, queue.pop()], [1, 0, "ready", a]);
});

Deno.test("Delays: what tasks have submitted is looked at by no drain, however often it asks", () => {
  const { delays, line, delayed } = setUp();
  const below = { parent: { id: "p", parent: null }, depth: 1 };
  const [aside, behind] = [taskRecord("aside", delayed(1000)), taskRecord("behind")];
  line.push(aside);
  delays.hold(behind);
  for (let n = 0; n < 20_000; n++) {
    line.push(taskRecord(`aside ${n}`, delayed(1000, below)));
    delays.hold(taskRecord(`behind ${n}`, origin(below)));
  }
  assertEquals([delays.ofClients, delays.takeAll(true)], [2, [behind, aside]]);
  const from = cpuMs();
  for (let n = 0; n < 20_000; n++) assertEquals(delays.takeAll(true).length, 0);
  const spent = cpuMs() - from;
  assert(spent < 3000, `${spent} ms`);
  assertEquals([delays.length, delays.takeAll(false).length, delays.length], [40_000, 40_000, 0]);
});
