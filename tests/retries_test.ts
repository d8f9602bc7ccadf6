/** Tasks with `retry`, at a server. */
import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import {
  defineTask,
  remote,
  RetryLater,
  task,
  TaskCancelled,
  TaskCrashed,
  TaskError,
  TaskFailed,
  TaskTimeout,
} from "../mod.ts";
import { InlineDispatcher } from "../dispatchers/inline_dispatcher.ts";
import { later, startPair } from "./fixtures/pair.ts";
import { defined, Flaky } from "./fixtures/flaky.ts";
import { Ledger } from "./stopping/successors.ts";

const flaky = remote<typeof import("./fixtures/flaky.ts")>(import.meta.resolve("./fixtures/flaky.ts"));
const soon = { attempts: 3, delayMs: 1 };

Deno.test("Z2: a task whose attempt fails has another, however it is submitted", async () => {
  await using pair = await startPair({ numWorkers: 2 });
  const { client } = pair;
  const retrying = client.with({ retry: soon });
  assertEquals(await retrying.run(flaky.failUntil, 3), 3);
  assertEquals(await Promise.all([1, 2, 3].map((n) => retrying.run(flaky.failUntil, n))), [1, 2, 3]);
  assertEquals(await retrying.run(new Flaky(2)), 2);
  const own = task(flaky.failUntil, 2).with({ retry: { attempts: 2, delayMs: 0 } });
  assertEquals(await (await client.submit(own)).result(), 2);
  assertEquals((await client.runProcedure(own)).attempt, 2);
  assertEquals(await client.map([own, own]), [2, 2]);
  assertEquals(await client.runProcedure(defined()).then(({ data }) => data), 3);
  assertEquals(await Array.fromAsync(client.execute([own, defined()])), [2, 3]);
  const queue = retrying.makeQueue<number>();
  await queue.push(task(flaky.failUntil, 3));
  assertEquals(await queue.pop(), 3);
  await queue.close();
  assertEquals(await client.run(flaky.retryBelow), [3, [1, 2, 3], "attempt 3 failed", 3]);
  assertEquals(pair.server.status().totals.failed, 1);
});

Deno.test("Z2: the caller gets the last attempt's error, which says how many there were", async () => {
  await using pair = await startPair();
  const retrying = pair.client.with({ retry: soon });
  const error = await assertRejects(() => retrying.run(flaky.failUntil, 9), Error, "attempt 3 failed");
  assertEquals((error as TaskFailed).attempts, 3);
  assertEquals(Object.keys(error), []);
  const { attempt, status } = await retrying.runProcedure(new Flaky(9));
  assertEquals([attempt, status], [3, "failed"]);
  const first = await assertRejects(() => pair.client.run(flaky.failUntil, 9), Error, "attempt 1 failed");
  assertEquals((first as TaskFailed).attempts, undefined);
  // As a number: attempts in all. One is what there is without.
  await assertRejects(() => pair.client.with({ retry: 1 }).run(flaky.failUntil, 9), Error, "attempt 1 failed");
});

Deno.test("Z2: timeouts and crashes are failures of their own kinds, and only those that are named are mended", async () => {
  await using pair = await startPair();
  const { client } = pair;
  const only = (on: "error" | "timeout" | "crash", more = {}) => client.with({ retry: { ...soon, on: [on] }, ...more });
  assertEquals(await only("crash").run(flaky.failUntil, 2, "exit"), 2);
  await assertRejects(() => only("error").run(flaky.failUntil, 2, "exit"), TaskCrashed);
  assertEquals(await only("timeout", { timeoutMs: 300 }).run(flaky.failUntil, 2, "hang"), 2);
  const error = await assertRejects(
    () => only("crash", { timeoutMs: 100 }).run(flaky.failUntil, 9, "hang"),
    TaskTimeout,
  );
  assertEquals(error.attempts, undefined);
  await assertRejects(() => only("crash").run(flaky.failUntil, 2), Error, "attempt 1 failed");
  // The limit is that of each attempt.
  const each = await assertRejects(
    () => only("timeout", { timeoutMs: 100 }).run(flaky.failUntil, 9, "hang"),
    TaskTimeout,
  );
  assertEquals(each.attempts, 3);
});

Deno.test("Z2: a task asks for another attempt, or says that none would help", async () => {
  await using pair = await startPair();
  const { client } = pair;
  const retrying = client.with({ retry: { attempts: 3, delayMs: 60_000, on: ["crash"] } });
  assertEquals(await retrying.run(flaky.askUntil, 3, 1), 3);
  const error = await assertRejects(() => retrying.run(flaky.askUntil, 9, 0), RetryLater, "not before 9");
  assertEquals([error.attempts, error.delayMs, error.code], [3, 0, "RETRY_LATER"]);
  assertEquals(await client.with({ retry: soon }).run(flaky.askUntil, 2), 2);
  // Where there is no other attempt it is an error like any.
  await assertRejects(() => client.run(flaky.askUntil, 2, 1), RetryLater);
  const final = await assertRejects(() => client.with({ retry: soon }).run(flaky.failForGood, 7), TaskFailed, "no 7");
  assertEquals([final.attempts, final.data, Object.keys(final).sort()], [undefined, { x: 7 }, ["code", "data"]]);
  const denied = client.with({ retry: soon }).run(() => Deno.readTextFileSync("/etc/hostname"));
  assertEquals(
    (await assertRejects(() => denied, Deno.errors.NotCapable) as unknown as TaskFailed).attempts,
    undefined,
  );
  assertThrows(() => new RetryLater({ delayMs: -1 }), RangeError, "Cannot use delayMs");
});

Deno.test("Z2: each item of a map has its attempts, in a group and in processes of their own", async () => {
  await using pair = await startPair({ numWorkers: 2 });
  const { client } = pair;
  const retrying = client.with({ retry: soon });
  assertEquals(await retrying.map(flaky.flakyItem, [1, 2, 3, 1, 2]), [1, 2, 3, 1, 2]);
  const many = Array.from({ length: 3000 }, (_, n) => n % 100 === 7 ? 3 : 1);
  assertEquals(await retrying.map(flaky.flakyItem, many), many);
  const settled = await retrying.map(flaky.flakyItem, [1, -1, 2], { settled: true });
  assertEquals(settled.map(({ status, attempt }) => [status, attempt]), [["succeeded", 1], ["failed", 3], [
    "succeeded",
    2,
  ]]);
  assertEquals([settled[1].error!.message, (settled[1].error as TaskFailed).attempts], ["-1: attempt 3 failed", 3]);
  await assertRejects(() => retrying.map(flaky.flakyItem, [1, -1, 2]), Error, "attempt 3 failed");
  assertEquals(await retrying.map(flaky.askUntil, [2, 1, 3]), [2, 1, 3]);
  const final = await retrying.map(flaky.failForGood, [1, 2], { settled: true });
  assertEquals(final.map(({ status, attempt }) => [status, attempt]), [["failed", 1], ["failed", 1]]);
  assertEquals(await retrying.map(flaky.flakyItem, [1, 2, 3], { chunkSize: 1 }), [1, 2, 3]);
  // Whom of them a process dies of is not known at first: that run counts as none that failed.
  const died = await client.with({ retry: { attempts: 2, delayMs: 1 } }).map(flaky.dyingItem, [1, 1, 2]);
  assertEquals([died.length, pair.server.status().delayedTasks], [3, 0]);
  // Without a policy nothing of this costs anything, or changes it.
  const failures = await client.map(flaky.flakyItem, [1, 2, 3], { settled: true });
  assertEquals(failures.map(({ status }) => status), ["succeeded", "failed", "failed"]);
});

Deno.test("Z2: a task that waits for its next attempt holds nothing, shows its attempts, and is cancelled by itself", async () => {
  await using pair = await startPair({ numWorkers: 1, spares: 0 });
  const { client, server } = pair;
  const retrying = client.with({ retry: { attempts: 3, delayMs: 3_600_000, jitter: 0 }, name: "patient" });
  const handle = await retrying.submit(flaky.failUntil, 2);
  const mapped = later(retrying.map(flaky.flakyItem, [1, 2]));
  // Its log says that the attempt was over.
  while (server.status().delayedTasks < 2) assertEquals(await client.run(flaky.failUntil, 1), 1);
  const info = (await handle.info())!;
  assertEquals([info.state, info.attempt, info.attempts.length, info.progress], ["delayed", 1, 1, null]);
  const [{ attempt, kind, startedAt, finishedAt, durationMs, error }] = info.attempts;
  assertEquals([attempt, kind, error!.message], [1, "error", "attempt 1 failed"]);
  assert(startedAt! <= finishedAt && durationMs! >= 0);
  assertEquals(server.status().taskQueueSize, 0);
  assertEquals((await Array.fromAsync(client.tasks({ state: "delayed" }))).map(({ id }) => id), [handle.id]);
  assertEquals(await handle.cancel(), true);
  await assertRejects(() => handle.result(), TaskCancelled);
  assertEquals((await Array.fromAsync(client.tasks({ name: "patient", state: "cancelled" }))).length, 0);
  const [map] = await Array.fromAsync(client.tasks({ name: "patient" }));
  assertEquals(await client.cancel(map.id), 1);
  await assertRejects(() => mapped, TaskCancelled);
  assertEquals(server.status().delayedTasks, 0);
});

Deno.test("Z2: what a failed attempt has submitted is over before the next begins", async () => {
  await using pair = await startPair({ numWorkers: 4, graceMs: 2000 });
  using ledger = new Ledger();
  const client = pair.client.with({ permissions: { read: [ledger.file], write: [ledger.file] }, retry: soon });
  assertEquals(await client.run(flaky.leaveSubtasks, ledger.file), "done");
  const lines = Deno.readTextFileSync(ledger.file).trim().split("\n");
  assertEquals([lines[0], lines.at(-1)], ["attempt 1 begins", "attempt 2 begins"]);
  assertEquals(lines.filter((line) => line === "is over").length, 3);
});

Deno.test("Z2: a stream is not retried", async () => {
  await using pair = await startPair();
  const stream = pair.client.with({ retry: soon }).stream(flaky.yieldAndFail);
  assertEquals((await stream.next()).value, 1);
  await assertRejects(() => stream.next(), Error, "the stream fails");
});

Deno.test("Z2: figures that make no sense are refused at the door, with what was given and an example", async () => {
  await using pair = await startPair();
  const refused = (retry: unknown, type: typeof RangeError | typeof TypeError, message: string) => {
    assertThrows(() => pair.client.with({ retry: retry as number }), type, message);
    assertThrows(() => task(flaky.failUntil, 1).with({ retry: retry as number }), type, message);
    const options = { module: import.meta.url, name: "x", retry: retry as number };
    assertThrows(() => defineTask(options, () => 1), type, message);
  };
  refused(
    0,
    RangeError,
    "Cannot use retry: it must be a whole number of attempts from 1 to 1000, such as 5: current value is 0",
  );
  refused(
    { attempts: 1.5 },
    RangeError,
    "Cannot use retry.attempts: it must be a whole number of attempts from 1 to 1000",
  );
  refused(
    { attempts: "3" },
    TypeError,
    'Cannot use retry.attempts: it must be a whole number of attempts from 1 to 1000, such as 5: current value is "3"',
  );
  refused(
    { delayMs: -1 },
    RangeError,
    "Cannot use retry.delayMs: it must be a number of milliseconds from 0, such as 1000",
  );
  refused(
    { factor: 0.5 },
    RangeError,
    "Cannot use retry.factor: it must be a number from 1, such as 2: current value is 0.5",
  );
  refused({ maxDelayMs: Infinity }, RangeError, "Cannot use retry.maxDelayMs");
  refused(
    { jitter: 2 },
    RangeError,
    "Cannot use retry.jitter: it must be a number from 0 to 1, such as 0.2: current value is 2",
  );
  refused(
    { on: ["oops"] },
    RangeError,
    'Cannot use retry.on: it must be a list of some of "error", "timeout", "crash", "lost"',
  );
  refused({ on: [] }, RangeError, "Cannot use retry.on");
  refused({ on: "crash" }, TypeError, "Cannot use retry.on");
  refused({ tries: 3 }, TypeError, 'Cannot use the part of retry "tries"');
  refused("often", TypeError, 'such as { attempts: 5, delayMs: 1000 }: current value is "often"');
});

Deno.test("Z2: without a server there is neither retry nor delayMs, and who asks for them is told what to do", async () => {
  await using dispatcher = new InlineDispatcher();
  const outcomes = dispatcher.execute<unknown>([
    task(flaky.failUntil, 1).with({ retry: 3 }),
    task(flaky.failUntil, 1).with({ delayMs: 10 }),
    task(flaky.failUntil, 1).with({ retry: 1, delayMs: 0 }),
    task(flaky.retryBelow),
  ], { ordered: true });
  const remedy = "in a task that runs without a server: use a ProcessDispatcher or a Client";
  await assertRejects(() => outcomes.next(), TaskError, `Cannot use retry ${remedy}`);
  await assertRejects(() => outcomes.next(), TaskError, `Cannot use delayMs ${remedy}`);
  assertEquals((await outcomes.next()).value, 1);
  await assertRejects(() => outcomes.next(), TaskError, `Cannot use retry ${remedy}`);
});
