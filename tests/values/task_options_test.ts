/** Options of a task among others: `task(fn, ...args).with({ … })`. */
import { assertEquals, assertNotStrictEquals, assertRejects, assertStrictEquals, assertThrows } from "@std/assert";
import { defineTask, InlineDispatcher, ProcessDispatcher, ThreadDispatcher } from "../../dispatchers/mod.ts";
import { type Task, task, TaskCancelled, TaskTimeout } from "../../mod.ts";
import { startPair } from "../fixtures/pair.ts";
import { Echo } from "./functions.ts";
import { functions } from "./routes.ts";

const double = defineTask(
  { module: import.meta.url, name: "double", taskAttr: true, priority: 1 },
  (n: number) => 2 * n,
);

Deno.test("U5: with() gives another task with more options, and leaves the first as it is", () => {
  const first = task((x: number) => x, 1);
  const second: Task<number> = first.with({ priority: 2 });
  const third = second.with({ timeoutMs: 100, priority: 3 });
  assertEquals([first.options, second.options, third.options], [{}, { priority: 2 }, { priority: 3, timeoutMs: 100 }]);
  assertNotStrictEquals(first, second);
  assertStrictEquals(second.target, first.target);
  assertEquals([...third.args], [1]);
  assertThrows(() => Object.assign(third.options, { priority: 9 }), TypeError);
  assertEquals(String(third), String(first));
});

Deno.test("U5: with() keeps what a definition made of its task, and adds to its options", () => {
  const defined = double(2).with({ timeoutMs: 100 });
  assertEquals([defined.options, defined.constructor], [{ priority: 1, timeoutMs: 100 }, double(2).constructor]);
  assertEquals(String(defined), "double(2)");
});

Deno.test("U5: with() refuses what is no option, or out of range, at once", () => {
  const one = task(functions.echo, 1);
  assertThrows(() => one.with({ timeout: 1 } as never), TypeError, 'Cannot use the task option "timeout"');
  assertThrows(() => one.with({ timeoutMs: 0 }), RangeError, "Cannot use timeoutMs");
  assertThrows(() => one.with({ priority: 0.5 }), RangeError, "Cannot use priority");
});

Deno.test("U5: map() takes tasks with options of their own, each of which holds for its task alone", async () => {
  await using pair = await startPair({ isolation: "module" });
  const { client } = pair;
  const short = task(functions.spin).with({ timeoutMs: 50 });
  const mixed: Task<unknown>[] = [task(functions.echo, 1), short, task(functions.echo, 3).with({ name: "third" })];
  const results = await client.map(mixed, { settled: true });
  assertEquals(results.map(({ status }) => status), ["succeeded", "failed", "succeeded"]);
  assertEquals([results[0].data, results[2].data, results[1].error instanceof TaskTimeout], [1, 3, true]);
  assertEquals(await client.map([1, 2].map((n) => task((x: number) => x + 1, n))), [2, 3]);
  assertEquals(await client.map([]), []);
  // Those of the client hold where the task has none.
  const long = task(functions.echo, 1).with({ timeoutMs: 60_000 });
  const end = await client.with({ timeoutMs: 50 }).map<unknown>([task(functions.spin), long], { settled: true });
  assertEquals(end.map(({ error }) => error instanceof TaskTimeout), [true, false]);
});

Deno.test("U5: a task of a map that fails raises, and cancels the others", async () => {
  await using pair = await startPair();
  const ended = pair.client.map<unknown>([task(functions.halfway), task(functions.spin).with({ timeoutMs: 50 })]);
  await assertRejects(() => ended, TaskTimeout);
  // Nothing goes on: a drain has nothing to wait for.
  await pair.server.stop();
});

Deno.test("U5: a task's own signal, and the caller's, cancel what they are given for", async () => {
  await using pair = await startPair();
  const one = new AbortController();
  const handle = await pair.client.submit(task(functions.halfway).with({ signal: one.signal }));
  await handle.progress[Symbol.asyncIterator]().next();
  one.abort(new TaskCancelled("enough"));
  await assertRejects(() => handle.result(), TaskCancelled);
  const all = new AbortController();
  const running = pair.client.with({ signal: all.signal }).map([task(functions.spin), task(functions.halfway)]);
  all.abort(new TaskCancelled("all"));
  await assertRejects(() => running, TaskCancelled, "all");
});

Deno.test("U5: submit() and runProcedure() take tasks with options of their own", async () => {
  await using pair = await startPair();
  const { client } = pair;
  const [a, b] = await client.submit([task(functions.echo, 1).with({ priority: 3 }), task(functions.echo, 2)]);
  assertEquals([await a.result(), await b.result()], [1, 2]);
  const late = await client.submit(task(functions.spin).with({ timeoutMs: 50 }));
  await assertRejects(() => late.result(), TaskTimeout);
  assertEquals((await client.runProcedure(task(new Echo(5)).with({ timeoutMs: 10_000 }))).data, 5);
  const { error } = await client.runProcedure(task(functions.spin).with({ timeoutMs: 50 }), { waitMs: 10_000 });
  assertEquals(error instanceof TaskTimeout, true);
  assertEquals((await client.runProcedure(task(functions.echo, 7))).data, 7);
});

Deno.test("U5: queues and execute() take them in every dispatcher", async () => {
  await using pair = await startPair();
  const dispatchers = [
    pair.client,
    new ProcessDispatcher({ numWorkers: 1 }),
    new ThreadDispatcher({ numWorkers: 1 }),
    new InlineDispatcher(),
  ];
  for (const dispatcher of dispatchers) {
    // One that looks at its signal: nothing else ends in this thread.
    const tasks = [
      task(functions.halfway).with({ timeoutMs: 50 }),
      task(functions.echo, 2).with({ timeoutMs: 10_000 }),
    ];
    const execution = dispatcher.execute<unknown>(tasks, { ordered: true });
    await assertRejects(() => execution.next(), TaskTimeout);
    assertEquals((await execution.next()).value, 2);
    await using queue = dispatcher.makeQueue();
    await queue.push(tasks[0]);
    await assertRejects(() => queue.pop(), TaskTimeout);
  }
  for (const dispatcher of dispatchers.slice(1)) await dispatcher.close();
});

Deno.test("U5: a task's messenger maps and submits them too", async () => {
  await using pair = await startPair();
  assertEquals(await pair.client.run(functions.mapsBelow), [1, "TaskTimeout", 3]);
});
