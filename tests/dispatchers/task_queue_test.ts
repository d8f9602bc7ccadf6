import { assert, assertEquals, assertRejects, assertStrictEquals, assertThrows } from "@std/assert";
import { DispatcherClosed, QueueClosed, QueueFull, WaitTimeout } from "../../mod.ts";
import { isSettled, manualDispatcher, named } from "./manual_backend.ts";

// -- Defects of the original, by number --

Deno.test("P4: pop() takes no result with it when its time is over", async () => {
  const { dispatcher, backend } = manualDispatcher(10);
  const queue = dispatcher.makeQueue();
  await queue.push(named("a"));
  await assertRejects(() => queue.pop({ timeoutMs: 0 }), WaitTimeout);
  await assertRejects(() => queue.pop({ timeoutMs: 1 }), WaitTimeout);
  backend.finishAll();
  assertEquals(await queue.pop({ timeoutMs: 0 }), "a");
});

Deno.test("P6: popMany() that does not wait gives all that have ended", async () => {
  const { dispatcher, backend } = manualDispatcher(10, 3);
  const queue = dispatcher.makeQueue();
  assertEquals(await queue.popMany({ timeoutMs: 0 }), []);
  for (const name of "abcd") await queue.push(named(name));
  backend.finish("b");
  backend.finish("c");
  assertEquals(await queue.popMany({ timeoutMs: 0 }), ["b", "c"]);
  const all = queue.popMany();
  assert(!await isSettled(all));
  backend.finishAll();
  assertEquals([...await all, ...await queue.popMany({ timeoutMs: 0 })], ["a", "d"]);
});

Deno.test("P7: popMany() loses nothing to a failure among the results", async () => {
  const { dispatcher, backend } = manualDispatcher(10, 3);
  const queue = dispatcher.makeQueue();
  for (const name of "abc") await queue.push(named(name));
  backend.finish("a");
  backend.finish("b", new RangeError("b"));
  backend.finish("c");
  assertEquals(await queue.popMany(), ["a"]);
  await assertRejects(() => queue.popMany(), RangeError, "b");
  assertEquals(await queue.popMany(), ["c"]);
});

Deno.test("P7: a WaitTimeout that a task raised is not taken for the end of the wait", async () => {
  const { dispatcher, backend } = manualDispatcher(10);
  const queue = dispatcher.makeQueue();
  const own = new WaitTimeout("the task's own");
  for (const timeoutMs of [0, 1000, undefined]) {
    await queue.push(named("a"));
    backend.finish("a", own);
    assertStrictEquals(await queue.popMany({ timeoutMs }).catch((error) => error), own);
  }
});

Deno.test("P12: closing while tasks are at work harms nobody", async () => {
  const { dispatcher, backend } = manualDispatcher(10, 2);
  const queue = dispatcher.makeQueue();
  const other = dispatcher.makeQueue();
  for (const name of "abc") await queue.push(named(name));
  await queue.close();
  await other.push(named("z"));
  backend.finishAll();
  assertEquals(await other.pop(), "z");
  assertEquals([dispatcher.numTasks, dispatcher.numQueues], [0, 1]);
});

Deno.test("P13: closing the dispatcher wakes all who wait, with the error that says so", async () => {
  const { dispatcher } = manualDispatcher(1);
  const [empty, full] = [dispatcher.makeQueue(), dispatcher.makeQueue()];
  const pop = empty.pop();
  const popMany = empty.popMany({ timeoutMs: 60_000 });
  await full.push(named(1));
  await full.push(named(2));
  const push = full.push(named(3), { timeoutMs: 60_000 });
  assert(!await isSettled(push));
  await dispatcher.close();
  for (const waiting of [pop, popMany, push, full.push(named(4)), empty.pop()]) {
    await assertRejects(() => waiting, DispatcherClosed);
  }
  assertThrows(() => dispatcher.makeQueue(), DispatcherClosed);
  assertEquals([dispatcher.numQueues, dispatcher.numTasks], [0, 0]);
  await dispatcher.close();
});

Deno.test("P14: closing a queue wakes all who wait, and the worker that works for it goes on", async () => {
  const { dispatcher, backend } = manualDispatcher(1);
  const queue = dispatcher.makeQueue({ size: 1 });
  const pop = queue.pop();
  await queue.push(named("a"));
  await queue.push(named("b"));
  const push = queue.push(named("c"));
  await queue.close();
  await assertRejects(() => pop, QueueClosed);
  await assertRejects(() => push, QueueClosed);
  await assertRejects(() => queue.push(named("d")), QueueClosed);
  await queue.close();
  assertEquals(backend.cancelled.length, 1);
  const other = dispatcher.makeQueue();
  await other.push(named("z"));
  assertEquals(backend.names, ["a"]);
  backend.finishAll();
  assertEquals(await other.pop(), "z");
});

Deno.test("P15: the tasks of a closed queue take no room", async () => {
  const { dispatcher, backend } = manualDispatcher(2);
  const queue = dispatcher.makeQueue();
  for (const name of "abc") await queue.push(named(name));
  const other = dispatcher.makeQueue();
  const push = other.push(named("z"));
  assertEquals([await isSettled(push), dispatcher.numTasks], [false, 2]);
  await queue.close();
  await push;
  assertEquals(dispatcher.numTasks, 1);
  backend.finishAll();
  assertEquals(await other.pop(), "z");
});

Deno.test("P18: queues take turns", async () => {
  const { dispatcher, backend } = manualDispatcher(10);
  const [long, short] = [dispatcher.makeQueue(), dispatcher.makeQueue()];
  for (let n = 0; n < 5; n++) await long.push(named(n));
  await short.push(named("short"));
  const order: unknown[] = [];
  while (backend.works.length > 0) {
    order.push(backend.names[0]);
    backend.finish(backend.names[0]);
  }
  assertEquals(order, [0, 1, "short", 2, 3, 4]);
});

// -- Bounds --

Deno.test("TaskQueue.push() waits when the dispatcher is full, for as long as it is told to", async () => {
  const { dispatcher, backend } = manualDispatcher(1);
  const queue = dispatcher.makeQueue();
  await queue.push(named("a"), { timeoutMs: 0 });
  await queue.push(named("b"), { timeoutMs: 0 });
  await assertRejects(() => queue.push(named("c"), { timeoutMs: 0 }), QueueFull);
  await assertRejects(() => queue.push(named("c"), { timeoutMs: 1 }), WaitTimeout);
  const push = queue.push(named("d"));
  assertEquals([await isSettled(push), backend.names, dispatcher.numTasks], [false, ["a"], 1]);
  backend.finish("a");
  await push;
  backend.finishAll();
  assertEquals(await Array.fromAsync({ length: 3 }, () => queue.pop()), ["a", "b", "d"]);
});

Deno.test("TaskQueue gives the workers no more than it has room for results", async () => {
  const { dispatcher, backend } = manualDispatcher(10, 10);
  const queue = dispatcher.makeQueue({ size: 2 });
  for (const name of "abc") await queue.push(named(name));
  assertEquals(backend.names, ["a", "b"]);
  backend.finish("a");
  assertEquals(backend.names, ["b"]);
  assertEquals(await queue.pop(), "a");
  assertEquals(backend.names, ["b", "c"]);
  await dispatcher.close();
});

Deno.test("TaskQueue: one whose results nobody pops keeps no other one out", async () => {
  const { dispatcher, backend } = manualDispatcher(1);
  const [unpopped, other] = [dispatcher.makeQueue({ size: 1 }), dispatcher.makeQueue({ size: 1 })];
  await unpopped.push(named("a"));
  await unpopped.push(named("b"));
  await assertRejects(() => unpopped.push(named("c"), { timeoutMs: 0 }), QueueFull);
  backend.finish("a");
  await other.push(named("z"), { timeoutMs: 0 });
  backend.finish("z");
  assertEquals(await other.pop(), "z");
  assertEquals(await unpopped.pop(), "a");
  assertEquals(backend.names, ["b"]);
  await dispatcher.close();
});

Deno.test("TaskQueue is iterated until it is closed, also behind a failure", async () => {
  const { dispatcher, backend } = manualDispatcher(10, 10);
  await using queue = dispatcher.makeQueue<unknown>();
  for (const name of "ab") await queue.push(named(name));
  backend.finish("a", new RangeError("a"));
  backend.finish("b");
  await assertRejects(async () => {
    for await (const _ of queue) { /* the first one fails */ }
  }, RangeError);
  for await (const value of queue) {
    assertEquals(value, "b");
    await queue.close();
  }
});

Deno.test("TaskQueue refuses what is no task, and options that are none or out of range", async () => {
  const { dispatcher } = manualDispatcher(1);
  const queue = dispatcher.makeQueue();
  await assertRejects(() => queue.push(5 as never), TypeError, "Cannot push what is not a task");
  await assertRejects(() => queue.pop({ timeoutMs: -1 }), RangeError);
  await assertRejects(() => queue.push(named(1), { timeoutMs: NaN }), RangeError);
  await assertRejects(() => queue.popMany({ timeoutMs: "5" as never }), TypeError);
  await assertRejects(() => queue.popMany({ timeout: 5 } as never), TypeError, "known are timeoutMs, signal");
  for (const size of [0, -1, 0.5, NaN, Infinity]) assertThrows(() => dispatcher.makeQueue({ size }), RangeError);
  assertThrows(() => dispatcher.makeQueue({ length: 5 } as never), TypeError, "known is size");
  assertEquals([dispatcher.numQueues, dispatcher.numTasks], [1, 0]);
});

// -- U11 --

Deno.test("U11: popMany() with a time collects all that come within it, and does not wait for what cannot come", async () => {
  const { dispatcher, backend } = manualDispatcher(10, 4);
  const queue = dispatcher.makeQueue();
  for (const name of "abcd") await queue.push(named(name));
  const all = queue.popMany({ timeoutMs: 60_000 });
  for (const name of "ab") backend.finish(name);
  assert(!await isSettled(all), "two are still to come");
  for (const name of "cd") backend.finish(name);
  assertEquals(await all, ["a", "b", "c", "d"]);
});

Deno.test("U11: popMany() gives what has come when its time, or its signal, ends the wait", async () => {
  const { dispatcher, backend } = manualDispatcher(10, 3);
  const queue = dispatcher.makeQueue();
  for (const name of "abc") await queue.push(named(name));
  backend.finish("a");
  assertEquals(await queue.popMany({ timeoutMs: 20 }), ["a"]);
  const controller = new AbortController();
  const waiting = queue.popMany({ timeoutMs: 60_000, signal: controller.signal });
  backend.finish("b");
  assert(!await isSettled(waiting));
  controller.abort(new RangeError("enough"));
  assertEquals(await waiting, ["b"]);
  const last = queue.popMany({ timeoutMs: 60_000 });
  backend.finish("c");
  assertEquals(await last, ["c"]);
});

Deno.test("U11: a failure ends what popMany() collects, and is the next result for who has waited longest", async () => {
  const { dispatcher, backend } = manualDispatcher(10, 3);
  const queue = dispatcher.makeQueue();
  for (const waits of [false, true]) {
    for (const name of "abc") await queue.push(named(name));
    const some = queue.popMany({ timeoutMs: 60_000 });
    backend.finish("a");
    assert(!await isSettled(some));
    const other = waits ? assertRejects(() => queue.pop(), RangeError, "b") : null;
    backend.finish("b", new RangeError("b"));
    assertEquals(await some, ["a"]);
    await (other ?? assertRejects(() => queue.popMany(), RangeError, "b"));
    backend.finish("c");
    assertEquals(await queue.popMany(), ["c"]);
  }
});

Deno.test("U11: closing a queue gives popMany() what it has collected", async () => {
  const { dispatcher, backend } = manualDispatcher(10, 2);
  const queue = dispatcher.makeQueue();
  for (const name of "ab") await queue.push(named(name));
  const some = queue.popMany({ timeoutMs: 60_000 });
  backend.finish("a");
  assert(!await isSettled(some));
  await queue.close();
  assertEquals(await some, ["a"]);
  await assertRejects(() => queue.popMany({ timeoutMs: 1 }), QueueClosed);
});
