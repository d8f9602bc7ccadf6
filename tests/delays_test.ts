/** Tasks with `delayMs`, at a server. */
import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { defineTask, remote, task, TaskCancelled, TaskExpired } from "../mod.ts";
import { later, startPair } from "./fixtures/pair.ts";
import { connectTo, startServer } from "./stopping/successors.ts";
import { Gate } from "./helpers/gate.ts";
import { PassedTime } from "./helpers/passed_time.ts";

const delaying = remote<typeof import("./fixtures/delaying.ts")>(import.meta.resolve("./fixtures/delaying.ts"));
const same = (x: number) => x;

/** What is waited for does not come before so many milliseconds. */
async function takes<T>(ms: number, work: Promise<T>): Promise<T> {
  const from = performance.now();
  const value = await work;
  // A task is submitted in time that is measured elsewhere.
  assert(performance.now() - from >= ms - 1);
  return value;
}

Deno.test("Z1: a task does not begin before its delayMs is over, however it is submitted", async () => {
  await using pair = await startPair({ numWorkers: 2 });
  const { client } = pair;
  const delayed = client.with({ delayMs: 150 });
  const soon = task(same, 4).with({ delayMs: 150 });
  assertEquals(await takes(150, delayed.run(same, 1)), 1);
  // Told of together with others that are alike.
  assertEquals(await takes(150, Promise.all([2, 3].map((x) => delayed.run(same, x)))), [2, 3]);
  assertEquals(await takes(150, client.submit(soon).then((handle) => handle.result())), 4);
  assertEquals(await takes(150, delayed.map(same, [5, 6, 7])), [5, 6, 7]);
  assertEquals(await takes(150, Array.fromAsync(client.execute([soon, soon]))), [4, 4]);
  assertEquals(
    await takes(
      150,
      Array.fromAsync(delayed.stream(function* () {
        yield 8;
      })),
    ),
    [8],
  );
  const { data } = await takes(100, client.runProcedure(task(same, 9).with({ delayMs: 100 })));
  assertEquals([data, await client.with({ delayMs: 0 }).run(same, 10)], [9, 10]);
  assertEquals(await takes(120, client.run(delaying.below, 120)), 120);
});

Deno.test("Z1: a task that is delayed holds nothing, is listed so, and can be cancelled", async () => {
  await using pair = await startPair({ numWorkers: 1, spares: 0 });
  const { client, server } = pair;
  const delayed = client.with({ delayMs: 3_600_000, name: "later" });
  const handles = await delayed.submit(Array.from({ length: 3000 }, (_, n) => task(same, n)));
  const map = later(delayed.map(same, [1, 2, 3]));
  assertEquals(await client.run(same, 7), 7);
  const { taskQueueSize, delayedTasks, workers, slots } = await client.status();
  assertEquals([taskQueueSize, delayedTasks, slots.lent], [0, 3003, 0]);
  assert(workers.length <= 1);
  const listed = await Array.fromAsync(client.tasks({ state: "delayed" }));
  assertEquals([listed.length, listed.filter(({ items }) => items === 3).length], [3001, 1]);
  assertEquals(await Array.fromAsync(client.tasks({ state: "ready" })), []);
  assertEquals((await handles[0].info())!.state, "delayed");
  assertEquals(await handles[0].cancel(), true);
  await assertRejects(() => handles[0].result(), TaskCancelled);
  assertEquals(await client.cancel(listed.map(({ id }) => id)), 3002);
  await assertRejects(() => map, TaskCancelled);
  assertEquals([server.status().delayedTasks, server.status().totals.cancelled], [0, 3003]);
});

Deno.test("Z1: packed tasks are delayed too, and run when their time has come", async () => {
  await using pair = await startPair({ numWorkers: 1, isolation: "module" });
  using gate = new Gate();
  const { result } = await gate.send(pair.client);
  const many = await pair.client.submit(Array.from({ length: 20_000 }, (_, n) => task(same, n)));
  const delayed = await pair.client.with({ delayMs: 300 }).submit(Array.from({ length: 500 }, (_, n) => task(same, n)));
  // The time of others does not come while they are looked at.
  const hour = pair.client.with({ delayMs: 3_600_000 });
  const late = await hour.submit(Array.from({ length: 500 }, (_, n) => task(same, n)));
  assertEquals([pair.server.status().delayedTasks >= 500, (await late[7].info())!.state], [true, "delayed"]);
  await pair.client.cancel([...many, ...late].map(({ id }) => id));
  gate.open();
  assertEquals([await result, await Promise.all(delayed.map((handle) => handle.result()))], [
    "passed",
    Array.from({ length: 500 }, (_, n) => n),
  ]);
});

Deno.test("Z1: what is delayed beyond its startBeforeMs is refused, and what does not begin by then is given up", async () => {
  await using pair = await startPair({ numWorkers: 1 });
  using gate = new Gate();
  const { result } = await gate.send(pair.client);
  const client = pair.client.with({ delayMs: 50, startBeforeMs: 200 });
  await assertRejects(() => client.run(same, 1), TaskExpired);
  await assertRejects(() => client.map(same, [1, 2]), TaskExpired);
  gate.open();
  const inTime = pair.client.with({ delayMs: 50, startBeforeMs: 60_000 });
  assertEquals([await result, await inTime.run(same, 2)], ["passed", 2]);
  const both = () => pair.client.with({ delayMs: 200, startBeforeMs: 200 });
  assertThrows(both, RangeError, "Cannot use startBeforeMs: it must be more than delayMs, which is 200");
  const merged = pair.client.with({ delayMs: 300 }).with({ startBeforeMs: 200 });
  await assertRejects(() => merged.run(same, 1), RangeError, "Cannot use startBeforeMs");
  await assertRejects(() => merged.submit(same, 1), RangeError, "Cannot use startBeforeMs");
  for (const wrong of [-1, NaN, Infinity, "1" as never]) {
    assertThrows(() => pair.client.with({ delayMs: wrong }), Error, "Cannot use delayMs: it must be");
  }
  const define = () => defineTask({ module: import.meta.url, name: "x", delayMs: -1 }, () => 1);
  assertThrows(define, RangeError, "Cannot use delayMs");
});

Deno.test("Z1: there is as much room for what is delayed as in the queue, and that is apart from it", async () => {
  await using pair = await startPair({ numWorkers: 1, queueCapacity: 3 });
  const delayed = pair.client.with({ delayMs: 3_600_000, whenFull: "refuse" });
  const handles = await delayed.submit([1, 2, 3].map((n) => task(same, n)));
  await assertRejects(() => delayed.submit(same, 4), Error, "the queue may hold 3");
  assertEquals(await pair.client.run(same, 5), 5);
  assertEquals(await handles[0].cancel(), true);
  const last = await delayed.submit(same, 6);
  assertEquals(await pair.client.cancel([...handles, last].map(({ id }) => id)), 3);
});

Deno.test("Z1: a server that stops hands back what is delayed, and the next has it wait for what was left", async () => {
  using time = new PassedTime();
  const options = { numWorkers: 1 };
  const server = await startServer("127.0.0.1:0", options);
  await using client = await connectTo(server, 3_600_000);
  const delayMs = 120_000;
  const delayed = client.with({ delayMs });
  const from = performance.now();
  const ran = later(delayed.run(same, 1));
  const mapped = later(delayed.map(same, [2, 3]));
  const handle = await delayed.submit(same, 4);
  const kept = later(handle.result());
  await server.stop();
  time.pass(delayMs - 500);
  const realFrom = time.realMs;
  await using next = await startServer(server.address, options);
  assertEquals(await Promise.all([ran, mapped, kept]), [1, [2, 3], 4]);
  const passed = performance.now() - from;
  assert(passed >= delayMs - 1, `${passed}`);
  // Were the time not carried over, each would have waited for all of it again.
  assert(time.realMs - realFrom < delayMs / 2, `${passed}`);
  assertEquals(next.status().totals.succeeded, 4);
});
