import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { DispatcherClosed, type Task, WaitTimeout } from "../../mod.ts";
import { QueueDispatcher } from "../../dispatchers/queue_dispatcher.ts";
import { isSettled, ManualBackend, manualDispatcher, named } from "./manual_backend.ts";

// -- Defects of the original, by number --

Deno.test("P1: execute() with a dispatcher and a queue of size 1 and one worker ends", async () => {
  const { dispatcher, backend } = manualDispatcher(1);
  const results = dispatcher.execute(names(50), { queueSize: 1 });
  for (let n = 0; n < 50; n++) {
    const next = results.next();
    assert(!await isSettled(next));
    backend.finish(n);
    assertEquals(await next, { done: false, value: n });
  }
  assertEquals(await results.next(), { done: true, value: undefined });
  await dispatcher.close();
});

Deno.test("P2: ResultIterator.return() does not wait for a push that waits", async () => {
  const { dispatcher, backend } = manualDispatcher(1);
  let isClosed = false;
  function* source() {
    try {
      yield* names(5);
    } finally {
      isClosed = true;
    }
  }
  const results = dispatcher.execute(source(), { queueSize: 1 });
  assertEquals(backend.names, [0]);
  assertEquals(await results.return(), { done: true, value: undefined });
  assert(isClosed);
  assertEquals([dispatcher.numQueues, dispatcher.numTasks, backend.cancelled.length], [0, 0, 1]);
  assertEquals(await results.next(), { done: true, value: undefined });
});

Deno.test("P3: an error of the iterable is raised behind all results of what it gave before", async () => {
  function* source() {
    yield* names(3);
    throw new RangeError("no more");
  }
  for (const chunkSize of [1, 4]) {
    const { dispatcher, backend } = manualDispatcher(10, 10);
    const results = dispatcher.execute(source(), { ordered: true, chunkSize });
    backend.finishAll();
    for (const n of [0, 1, 2]) assertEquals((await results.next()).value, n);
    await assertRejects(() => results.next(), RangeError, "no more");
    assertEquals(await results.next(), { done: true, value: undefined });
    assertEquals(dispatcher.numQueues, 0);
  }
});

Deno.test("P3: execute() raises a TypeError for each element that is no task", async () => {
  const { dispatcher } = manualDispatcher(10);
  const results = dispatcher.execute([1, 2, 3] as never);
  for (let n = 0; n < 3; n++) await assertRejects(() => results.next(), TypeError, "Cannot execute what is not a task");
  assertEquals(await results.next(), { done: true, value: undefined });
});

Deno.test("P4: a wait that is over takes no result with it", async () => {
  for (const ordered of [true, false]) {
    const { dispatcher, backend } = manualDispatcher(10, 10);
    const results = dispatcher.execute(names(4), { timeoutMs: 0, ordered });
    for (let n = 0; n < 4; n++) {
      await assertRejects(() => results.next(), WaitTimeout);
      await assertRejects(() => results.next(), WaitTimeout);
      backend.finish(n);
      assertEquals(await results.next(), { done: false, value: n });
    }
    assertEquals(await results.next(), { done: true, value: undefined });
  }
});

Deno.test("P5: the limit of a wait holds for a slow iterable too, and return() does not wait for it", async () => {
  const { dispatcher } = manualDispatcher(10);
  async function* never(): AsyncGenerator<Task> {
    yield* await new Promise<Task[]>(() => {});
  }
  const results = dispatcher.execute(never(), { timeoutMs: 5 });
  await assertRejects(() => results.next(), WaitTimeout);
  await results.return();
});

Deno.test("P8: in order, a task that failed leaves no hole", async () => {
  const { dispatcher, backend } = manualDispatcher(10, 3);
  const results = dispatcher.execute(names(3), { ordered: true });
  backend.finish(2);
  backend.finish(1, new RangeError("one"));
  backend.finish(0);
  assertEquals((await results.next()).value, 0);
  await assertRejects(() => results.next(), RangeError, "one");
  assertEquals((await results.next()).value, 2);
  assertEquals((await results.next()).done, true);
});

Deno.test("P9: what is no task in a chunk costs nothing but itself", async () => {
  const { dispatcher, backend } = manualDispatcher(10);
  const results = dispatcher.execute([named(0), 7 as never, named(2)], { chunkSize: 3, ordered: true });
  backend.finishAll();
  assertEquals((await results.next()).value, 0);
  await assertRejects(() => results.next(), TypeError);
  assertEquals((await results.next()).value, 2);
});

Deno.test("P10: the results of a chunk come first one first", async () => {
  for (const ordered of [true, false]) {
    const { dispatcher, backend } = manualDispatcher(10, 10);
    const results = dispatcher.execute(names(6), { chunkSize: 3, ordered });
    backend.finishAll();
    assertEquals(await Array.fromAsync(results), [0, 1, 2, 3, 4, 5]);
  }
});

Deno.test("P13: closing the dispatcher wakes every next()", async () => {
  const { dispatcher, backend } = manualDispatcher(10);
  const results = dispatcher.execute(names(3));
  const first = results.next();
  const second = results.next();
  const closed = dispatcher.close();
  await assertRejects(() => first, DispatcherClosed);
  assertEquals(await second, { done: true, value: undefined });
  await closed;
  assert(backend.isClosed);
  assertThrows(() => dispatcher.execute([]), DispatcherClosed);
});

Deno.test("P17: an endless iterable is pulled as far as there is room, and on when a result is taken", async () => {
  const { dispatcher, backend } = manualDispatcher(1000, 2);
  let pulled = 0;
  function* endless() {
    for (;;) yield named(pulled++);
  }
  const results = dispatcher.execute(endless(), { queueSize: 3, chunkSize: 2, ordered: true });
  // Three chunks, and the one that is to be pushed next.
  assertEquals(pulled, 8);
  backend.finish(2);
  assertEquals(pulled, 8);
  backend.finish(0);
  assertEquals([(await results.next()).value, (await results.next()).value], [0, 1]);
  await isSettled(Promise.resolve());
  assertEquals(pulled, 10);
  await results.return();
  assertEquals([dispatcher.numQueues, dispatcher.numTasks], [0, 0]);
});

Deno.test("execute() pulls again when an eighth of its queue is free, or when its reader waits", async () => {
  const { dispatcher, backend } = manualDispatcher(1000, 40);
  let pulled = 0;
  function* endless() {
    for (;;) yield named(pulled++);
  }
  const results = dispatcher.execute(endless(), { queueSize: 40, ordered: true });
  // The queue is full, and one stands in line.
  assertEquals(pulled, 41);
  const take = async (from: number, to: number) => {
    for (let n = from; n < to; n++) backend.finish(n);
    for (let n = from; n < to; n++) assertEquals((await results.next()).value, n);
    await isSettled(Promise.resolve());
  };
  // The first place is for the one in line, and four are fewer than five.
  await take(0, 5);
  assertEquals(pulled, 41);
  await take(5, 6);
  assertEquals(pulled, 47);
  await take(6, 8);
  assertEquals(pulled, 47);
  const next = results.next();
  assert(!await isSettled(next));
  assertEquals(pulled, 49);
  await results.return();
  assertEquals(await next, { done: true, value: undefined });
});

Deno.test("P21: options that are refused leave no queue behind", () => {
  const { dispatcher } = manualDispatcher(1);
  assertThrows(
    () => dispatcher.execute(5 as never, { ordered: true }),
    TypeError,
    "Cannot execute a value of type number",
  );
  for (const chunkSize of [0, -1, 1.5, NaN, Infinity]) {
    assertThrows(() => dispatcher.execute([], { chunkSize }), RangeError, "Cannot use chunkSize");
    assertThrows(() => dispatcher.execute([], { queueSize: chunkSize }), RangeError, "Cannot use queueSize");
  }
  for (const timeoutMs of [-1, NaN]) assertThrows(() => dispatcher.execute([], { timeoutMs }), RangeError);
  assertThrows(() => dispatcher.execute([], { timeout: 5 } as never), TypeError, 'Cannot use the option "timeout"');
  assertEquals(dispatcher.numQueues, 0);
});

Deno.test("P21: an iterator that nobody refers to any more is ended, and its queue closed", async () => {
  const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--v8-flags=--expose-gc", new URL("./abandoned.ts", import.meta.url).pathname],
    env: { NO_COLOR: "1" },
  }).output();
  assertEquals(new TextDecoder().decode(stdout), "source returned\n0 queues\n", new TextDecoder().decode(stderr));
});

// -- Beyond --

Deno.test("execute() gives concurrent next() calls a result each, and the end to those beyond", async () => {
  const { dispatcher, backend } = manualDispatcher(10, 10);
  const results = dispatcher.execute(names(2));
  const next = [results.next(), results.next(), results.next()];
  backend.finishAll();
  assertEquals((await Promise.all(next)).map(({ value, done }) => done ? "end" : value), [0, 1, "end"]);
});

Deno.test("execute() of nothing ends at once", async () => {
  const { dispatcher } = manualDispatcher(1);
  assertEquals(await Array.fromAsync(dispatcher.execute([])), []);
  assertEquals(dispatcher.numQueues, 0);
});

Deno.test("execute() ends with the reason of its signal, before as after its start", async () => {
  for (const isBefore of [true, false]) {
    const { dispatcher, backend } = manualDispatcher(10);
    const controller = new AbortController();
    if (isBefore) controller.abort(new RangeError("stop"));
    const results = dispatcher.execute(names(3), { signal: controller.signal });
    assertEquals(backend.names, isBefore ? [] : [0]);
    const next = results.next();
    if (!isBefore) controller.abort(new RangeError("stop"));
    await assertRejects(() => next, RangeError, "stop");
    assertEquals(await results.next(), { done: true, value: undefined });
    assertEquals([dispatcher.numQueues, backend.cancelled.length], [0, isBefore ? 0 : 1]);
  }
});

Deno.test("execute() takes an async iterable, and leaving the loop ends it", async () => {
  const { dispatcher, backend } = manualDispatcher(10, 10);
  const ended = Promise.withResolvers<void>();
  async function* source() {
    try {
      for (let n = 0;; n++) yield await named(n);
    } finally {
      ended.resolve();
    }
  }
  const results = dispatcher.execute(source(), { queueSize: 4 });
  const first = results.next();
  while (backend.names.length < 4) await null;
  backend.finish(0);
  assertEquals((await first).value, 0);
  backend.finish(1);
  for await (const value of results) {
    assertEquals(value, 1);
    break;
  }
  await ended.promise;
  assertEquals(dispatcher.numQueues, 0);
});

function* names(count: number): Generator<Task<unknown>> {
  for (let n = 0; n < count; n++) yield named(n);
}

// -- Progress --

Deno.test("execute() with progress counts each result that was taken, failed ones too, and stops at the end", async () => {
  const events: (string | number | null)[] = [];
  const backend = new ManualBackend(10);
  const dispatcher = new QueueDispatcher(backend, 10, () =>
    Promise.resolve({
      start: (total) => void events.push("start", total),
      add: (count = 1) => void events.push(count),
      stop: () => Promise.resolve(void (events.at(-1) === "stop" || events.push("stop"))),
    }));
  const results = dispatcher.execute([named(0), named(1), named(2)], { progress: true, ordered: true });
  backend.finish(0);
  assertEquals((await results.next()).value, 0);
  backend.finish(1, new Error("no"));
  await assertRejects(() => results.next(), Error, "no");
  backend.finish(2);
  assertEquals((await results.next()).value, 2);
  assertEquals(await results.next(), { done: true, value: undefined });
  assertEquals(events.filter((event) => event !== 0), ["start", 3, 1, 1, 1, "stop"]);
  const left = dispatcher.execute([named(3)][Symbol.iterator](), { progress: true });
  await left.return();
  assertEquals(events.slice(-3), [null, 0, "stop"], "no total is known, nothing was taken, and it was left");
  assertThrows(() => dispatcher.execute([], { progress: "yes" as unknown as boolean }), TypeError, "progress");
  await dispatcher.close();
});
