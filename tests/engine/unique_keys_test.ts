import { assert, assertEquals, assertThrows } from "@std/assert";
import { DuplicateKey } from "../../core/errors.ts";
import type { Outcome } from "../../core/outcome.ts";
import { Packer } from "../../core/packer.ts";
import { moveTask } from "../../core/task_state.ts";
import { Ticker } from "../../core/ticker.ts";
import type { Unique } from "../../core/unique.ts";
import { uuidv7 } from "../../core/uuid.ts";
import { Delays } from "../../engine/delays.ts";
import { failure } from "../../engine/failure.ts";
import { FairQueue } from "../../engine/fair_queue.ts";
import { Line } from "../../engine/line.ts";
import { type Ancestor, type ClientKey, type Origin, Result, type TaskRecord } from "../../engine/task.ts";
import { heldUntil, uniqueOrigin } from "../../engine/unique.ts";
import { UniqueKeys } from "../../engine/unique_keys.ts";
import { MemoryStore } from "../../store/memory_store.ts";
import { FakeClock } from "../helpers/fake_clock.ts";
import { EVERYBODY, origin, profile } from "../helpers/task_record.ts";

const PROFILE = profile();
const DONE: Outcome = { status: "succeeded", payload: Uint8Array.of(7) };

function setUp() {
  const clock = new FakeClock();
  const ticker = new Ticker(clock);
  const queue = new FairQueue();
  const delays = new Delays({ ticker, queue, isClear: () => true, onReady() {} });
  const line = new Line(queue, delays);
  const store = new MemoryStore({ clock, capacity: 200_000, retentionMs: 1000 });
  const ends: string[] = [];
  /** How many were in line when it was said that some are. */
  const ready: number[] = [];
  const packer = new Packer();
  /** As `engine/settling.ts` does. */
  const settle = (task: TaskRecord, outcome: Outcome, isQueued: boolean) => {
    moveTask(task, outcome.status);
    if (isQueued) line.remove(task);
    const result = Result.of(task, outcome, clock, packer);
    uniques.settled(task, outcome);
    store.settle(task, result, 0);
    uniques.kept(task.id);
    ends.push(task.id);
  };
  const uniques: UniqueKeys = new UniqueKeys({
    ticker,
    store,
    delays,
    push: (item) => line.push(item),
    end: (task, error) => settle(task, failure(error.code === "TASK_CANCELLED" ? "cancelled" : "failed", error), true),
    share: (task, run, outcome) => {
      Object.assign(task, run);
      settle(task, outcome, true);
    },
    onReady: () => void ready.push(queue.length),
  });
  const originOf = (key: string, parts: Partial<Unique> = {}, rest: Partial<Origin> = {}): Origin => {
    const unique: Unique = { key, during: "unfinished", onConflict: "join", ...parts };
    const { clientKey = EVERYBODY, parent = null } = rest;
    const held = uniqueOrigin(unique, clientKey, parent, heldUntil(unique, clock.now()));
    return origin({ profile: PROFILE, ...rest, unique: held, submittedAt: clock.wall() });
  };
  const submit = (from: Origin, id = uuidv7()): TaskRecord => {
    uniques.claim(id, from);
    const [item] = store.submit(from, [[id, new Uint8Array()]]);
    if (uniques.enter(item)) line.push(item);
    return item as TaskRecord;
  };
  const begin = (task: TaskRecord) => {
    queue.remove(task);
    moveTask(task, "running");
    task.attempt++;
  };
  const end = (task: TaskRecord, outcome = DONE) => settle(task, outcome, false);
  const cancel = (task: TaskRecord) => settle(task, failure("cancelled", new DuplicateKey("", "", "")), true);
  return { clock, queue, delays, store, uniques, ends, ready, originOf, submit, begin, end, cancel };
}

Deno.test("UniqueKeys: those that join wait aside, and end as the first one does, with its run", () => {
  const { submit, originOf, begin, end, queue, delays, store, uniques } = setUp();
  const [a, b, c] = [1, 2, 3].map(() => submit(originOf("k")));
  assertEquals([queue.length, delays.length, b.state, c.state], [1, 2, "delayed", "delayed"]);
  begin(a);
  end(a);
  assertEquals([a, b, c].map(({ state, attempt }) => [state, attempt]), Array(3).fill(["succeeded", 1]));
  assertEquals(store.peek(c.id)!.payload, DONE.payload);
  assertEquals([uniques.size, delays.length, delays.retrying.tasks], [0, 0, 0]);
});

Deno.test("UniqueKeys: when the first is cancelled, the next that joined begins, and the others are its", () => {
  const { submit, originOf, begin, end, cancel, queue, delays, ready } = setUp();
  const [a, b, c] = [1, 2, 3].map(() => submit(originOf("k")));
  assertEquals(ready, []);
  cancel(a);
  assertEquals(ready, [1]);
  assertEquals([b.state, c.state, queue.length, delays.length], ["ready", "delayed", 1, 1]);
  // One that joined goes alone.
  const d = submit(originOf("k"));
  cancel(d);
  assertEquals([b.state, c.state], ["ready", "delayed"]);
  begin(b);
  end(b, { status: "failed", payload: Uint8Array.of(1), raisedByTask: true });
  assertEquals([b.state, c.state, d.state], ["failed", "failed", "cancelled"]);
});

Deno.test("UniqueKeys: what waits is replaced, and who joined it waits for the new one", () => {
  const { submit, originOf, begin, end, queue, store } = setUp();
  const a = submit(originOf("k"));
  const b = submit(originOf("k"));
  const c = submit(originOf("k", { onConflict: "replace" }));
  assertEquals([a.state, b.state, c.state, queue.length], ["cancelled", "delayed", "ready", 1]);
  const text = new TextDecoder().decode(store.peek(a.id)!.payload);
  assert(text.includes(`The task was replaced by ${c.id}`) && text.includes("replacedBy"), text);
  begin(c);
  end(c);
  assertEquals(b.state, "succeeded");
});

Deno.test("UniqueKeys: one that replaces a task that runs waits for its end, and may be replaced meanwhile", () => {
  const { submit, originOf, begin, end, queue, delays } = setUp();
  const a = submit(originOf("k"));
  begin(a);
  const b = submit(originOf("k", { onConflict: "replace" }));
  assertEquals([a.state, b.state, queue.length, delays.length], ["running", "delayed", 0, 1]);
  const c = submit(originOf("k", { onConflict: "replace" }));
  assertEquals([b.state, c.state], ["cancelled", "delayed"]);
  end(a);
  assertEquals([a.state, c.state, queue.length, delays.length], ["succeeded", "ready", 1, 0]);
});

Deno.test("UniqueKeys: a delay counts on while a task waits for another, and from its submission", () => {
  const { submit, originOf, begin, end, queue, clock } = setUp();
  const a = submit(originOf("k"));
  begin(a);
  const delay = { ms: 100, until: clock.now() + 100, isOver: false };
  const b = submit(originOf("k", { onConflict: "replace" }, { delay }));
  clock.advance(60);
  end(a);
  assertEquals([b.state, queue.length], ["delayed", 0]);
  clock.advance(40);
  assertEquals([b.state, queue.length], ["ready", 1]);
});

Deno.test("UniqueKeys: who says refuse is refused, by the id of the task that has the key", () => {
  const { submit, originOf, begin, end, clock } = setUp();
  const a = submit(originOf("k"));
  begin(a);
  const refuse = { onConflict: "refuse" } as const;
  const error = assertThrows(() => submit(originOf("k", refuse)), DuplicateKey);
  assertEquals([error.code, error.key, error.taskId], ["DUPLICATE_KEY", "k", a.id]);
  end(a);
  const b = submit(originOf("k", { ...refuse, during: "waiting" }));
  assertThrows(() => submit(originOf("k", refuse)), DuplicateKey);
  // How long it holds its key is the word of the task that has it.
  begin(b);
  const c = submit(originOf("k", { ...refuse, during: 50 }));
  begin(c);
  end(c);
  clock.advance(49.9);
  assertThrows(() => submit(originOf("k", refuse)), DuplicateKey);
  clock.advance(0.1);
  submit(originOf("k", refuse));
});

Deno.test("UniqueKeys: within its time a task that is over gives its result to those who join, whoever has it", () => {
  const { submit, originOf, begin, end, clock, store, uniques } = setUp();
  const a = submit(originOf("k", { during: 5000 }));
  begin(a);
  end(a);
  uniques.acknowledged([a.id]);
  store.acknowledge(a.id, false);
  clock.advance(4000);
  const b = submit(originOf("k", { during: 5000 }));
  assertEquals([b.state, b.attempt, store.peek(b.id)!.payload], ["succeeded", 1, DONE.payload]);
  clock.advance(1000);
  // It was taken, and is given back.
  assertEquals([uniques.size, store.peek(a.id)], [0, undefined]);
  assertEquals(submit(originOf("k", { during: 5000 })).state, "ready");
});

Deno.test("UniqueKeys: within its time a task that is over gives its key up to one that replaces it", () => {
  const { submit, originOf, begin, end, cancel, clock, store } = setUp();
  const a = submit(originOf("k", { during: 5000 }));
  begin(a);
  end(a);
  const b = submit(originOf("k", { onConflict: "replace" }));
  const c = submit(originOf("k", { during: 5000 }));
  assertEquals([b.state, c.state, store.peek(a.id)!.status], ["ready", "delayed", "succeeded"]);
  // The time of the first is nobody's any more.
  clock.advance(5000);
  assertEquals([b.state, c.state, clock.timers], ["ready", "delayed", []]);
  cancel(b);
  assertEquals(c.state, "ready");
});

Deno.test("UniqueKeys: a result that was discarded holds no key", () => {
  const { submit, originOf, begin, end, store } = setUp();
  const a = submit(originOf("k", { during: 5000 }));
  begin(a);
  end(a);
  store.take(a.id);
  assertEquals(submit(originOf("k", { during: 5000 })).state, "ready");
});

Deno.test("UniqueKeys: no key is another client key's, nor that of what tasks submit", () => {
  const { submit, originOf } = setUp();
  const keys: ClientKey[] = [{ name: "a", weight: 1 }, { name: "a b", weight: 1 }];
  const states = [
    submit(originOf("b c", {}, { clientKey: keys[0] })),
    submit(originOf("c", {}, { clientKey: keys[1] })),
    submit(originOf("c", {}, { clientKey: keys[1], parent: { id: "root", parent: null }, depth: 1 })),
    submit(
      originOf("c", {}, { clientKey: keys[1], parent: { id: "x", parent: { id: "root", parent: null } }, depth: 2 }),
    ),
  ].map(({ state }) => state);
  assertEquals(states, ["ready", "ready", "ready", "delayed"]);
});

Deno.test("UniqueKeys: a task never waits for one that waits for it", () => {
  const { submit, originOf, begin } = setUp();
  const root: Ancestor = { id: uuidv7(), parent: null };
  const below = (parent: Ancestor) => ({ parent: { id: parent.id, parent: parent.parent }, depth: 1 });
  const a = submit(originOf("a", {}, below(root)));
  const b = submit(originOf("b", {}, below(root)));
  begin(a);
  begin(b);
  // Itself.
  assertThrows(() => submit(originOf("a", {}, below(a))), DuplicateKey, "neither would ever end");
  // a waits for b, by a subtask: b cannot wait for a.
  submit(originOf("b", { onConflict: "replace" }, below(a)));
  assertThrows(() => submit(originOf("a", {}, below(b))), DuplicateKey, "neither would ever end");
  submit(originOf("c", {}, below(b)));
});

Deno.test("UniqueKeys: one on its way has its key, and gives it back when the store refuses it", () => {
  const { originOf, submit, uniques, store, queue } = setUp();
  const refuse = { onConflict: "refuse" } as const;
  const giveUp = uniques.claim("coming", originOf("k"));
  assertThrows(() => submit(originOf("k", refuse)), DuplicateKey);
  const b = submit(originOf("k"));
  assertEquals(b.state, "delayed");
  giveUp();
  // Who had joined it begins.
  assertEquals([b.state, queue.length], ["ready", 1]);
  const another = originOf("other");
  const id = uuidv7();
  uniques.claim(id, another);
  const replacing = submit(originOf("other", { onConflict: "replace" }));
  const [item] = store.submit(another, [[id, new Uint8Array()]]);
  assertEquals([uniques.enter(item), (item as TaskRecord).state, replacing.state], [false, "cancelled", "ready"]);
});

Deno.test("UniqueKeys: 100,000 keys cost microseconds each, and nothing of them is left", () => {
  const { originOf, uniques, store, queue, delays, clock, begin, end } = setUp();
  const ids = Array.from({ length: 100_000 }, () => uuidv7());
  const origins = ids.map((_, n) => originOf(`report ${n}`, n % 2 === 0 ? {} : { during: 60_000 }));
  const tasks = ids.map((id, n) => store.submit(origins[n], [[id, new Uint8Array()]])[0] as TaskRecord);
  let [spent, from] = [0, performance.now()];
  for (const [n, id] of ids.entries()) {
    uniques.claim(id, origins[n]);
    assert(uniques.enter(tasks[n]));
  }
  spent += performance.now() - from;
  for (const task of tasks) queue.push(task);
  assertEquals(uniques.size, 100_000);
  for (const task of tasks) begin(task);
  from = performance.now();
  for (const task of tasks) end(task);
  spent += performance.now() - from;
  assertEquals(uniques.size, 50_000);
  clock.advance(60_000);
  store.reap();
  clock.advance(1000);
  store.reap();
  assertEquals([uniques.size, store.kept, delays.length, clock.timers], [0, 0, 0, []]);
  console.log(`${(spent / 100).toFixed(1)} µs for each key, its task's end included`);
  assert(spent < 20_000, `${spent} ms`);
});

Deno.test("UniqueKeys: of many that have joined one task not all end in one go, and who is cancelled meanwhile is not among them", () => {
  const { submit, originOf, begin, end, cancel, clock, store, delays } = setUp();
  const a = submit(originOf("k"));
  const joined = Array.from({ length: 1200 }, () => submit(originOf("k")));
  begin(a);
  const payload = Uint8Array.of(7);
  end(a, { status: "succeeded", payload });
  // It was a view of what is read next.
  payload[0] = 8;
  a.attempt = 2;
  const ended = () => joined.filter(({ state }) => state === "succeeded").length;
  assertEquals([ended(), delays.length], [500, 700]);
  cancel(joined[600]);
  // That it is over is on its way to the store.
  moveTask(joined[650], "cancelled");
  store.release([joined[700]]);
  // The key is free: the next one has nothing to do with those that have not ended yet.
  const next = submit(originOf("k"));
  clock.advance(0);
  assertEquals([ended(), joined[600].state, joined[700].state, next.state], [1197, "cancelled", "delayed", "ready"]);
  const last = joined[1199];
  assertEquals([last.attempt, store.peek(last.id)!.payload, clock.timers], [1, DONE.payload, []]);
});

Deno.test("UniqueKeys: 20,000 that have joined one task cost as much each as a few do when that goes, or is replaced", () => {
  const { originOf, submit, begin, cancel, uniques, delays } = setUp();
  const runs = submit(originOf("k"));
  begin(runs);
  let last = submit(originOf("k", { onConflict: "replace" }));
  const joined = Array.from({ length: 20_000 }, () => submit(originOf("k")));
  let from = performance.now();
  for (let n = 0; n < 5000; n++) last = submit(originOf("k", { onConflict: "replace" }));
  let spent = performance.now() - from;
  assertEquals([delays.length, last.state], [20_001, "delayed"]);
  cancel(last);
  // Each is the first of all others now, and goes in its turn.
  from = performance.now();
  for (const task of joined) cancel(task);
  spent += performance.now() - from;
  assertEquals([delays.length, uniques.size], [0, 1]);
  console.log(`${(spent / 25).toFixed(1)} µs for each`);
  assert(spent < 10_000, `${spent} ms`);
});
