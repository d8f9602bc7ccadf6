/** A map is one group at its server: what matters of its items alone still does. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { insideOf } from "../client/base_caller.ts";
import { Client, NotSendable, remote, TaskCancelled, TaskCrashed, TaskTimeout } from "../mod.ts";
import { AUTHKEY, connectTo, lineLike, startPair } from "./fixtures/pair.ts";

const maps = remote<typeof import("./fixtures/maps.ts")>(import.meta.resolve("./fixtures/maps.ts"));
const range = (count: number) => Array.from({ length: count }, (_, i) => i);

Deno.test("map() of thousands of quick items gives each its own, in order, in both isolations", async () => {
  await using pair = await startPair();
  for (const isolation of ["task", "module"] as const) {
    const client = pair.client.with({ isolation });
    assertEquals(await client.map(maps.double, range(20_000)), range(20_000).map((x) => 2 * x));
  }
  const { totals, taskQueueSize } = await pair.client.status();
  assertEquals([totals.submitted, totals.succeeded, taskQueueSize], [40_000, 40_000, 0]);
});

Deno.test("map() in which a quick item never yields: its time is over, and no other's", async () => {
  await using pair = await startPair({ numWorkers: 1 });
  const client = pair.client.with({ timeoutMs: 1000 });
  await client.map(maps.hangAt, range(500).map((x): [number, number] => [x, -1]));
  const items = range(500).map((x): [number, number] => [x, 333]);
  const results = await client.map(maps.hangAt, items, { settled: true });
  for (const [x, { data, error }] of results.entries()) {
    if (x === 333) assert(error instanceof TaskTimeout, String(error));
    else assertEquals(data, x);
  }
});

Deno.test("map() in which a quick item ends its process: it fails, and no other", async () => {
  await using pair = await startPair();
  const items = range(2000).map((x): [number, number] => [x, 1234]);
  const results = await pair.client.map(maps.exitAt, items, { settled: true });
  for (const [x, { data, error, attempt }] of results.entries()) {
    if (x === 1234) assert(error instanceof TaskCrashed && error.exitCode === 3, String(error));
    else assertEquals(data, x);
    assert(attempt <= 3, `${attempt}`);
  }
});

Deno.test("map() whose items log: each line is of the item that wrote it", async () => {
  await using pair = await startPair();
  const lines = new Map<string, string>();
  const logs = pair.client.logs();
  const reading = (async () => {
    for await (const { taskId, text } of logs) if (lines.set(taskId, text).size === 300) return;
  })();
  // The subscription is there once this is answered.
  await pair.client.status();
  const ids = await pair.client.map(maps.say, range(300));
  await reading;
  assertEquals(ids.map((id) => lines.get(id)), range(300).map((x) => `I am ${x}`));
});

Deno.test("map() whose items run other tasks ends with one worker", async () => {
  await using pair = await startPair({ numWorkers: 1 });
  assertEquals(await pair.client.map(maps.callAnother, range(20)), range(20).map((x) => 2 * x + 1));
});

Deno.test("an item of a map can be looked up, awaited and cancelled by its id, by another client too", async () => {
  await using pair = await startPair({ numWorkers: 1 });
  await using other = await connectTo(pair.server);
  const waits = lineLike(pair.client, /waits$/);
  const mapping = pair.client.map(maps.wait, range(3), { settled: true });
  const { taskId } = await waits;
  assertEquals((await other.queryResult(taskId))?.status, "running");
  const prefix = taskId.slice(0, 28);
  const ids = range(3).map((n) => `${prefix}${n.toString(16).padStart(8, "0")}`);
  const awaited = other.queryResult(ids[2], { waitMs: -1 });
  const { link } = insideOf(other);
  for (const id of ids.toReversed()) assertEquals(await link.call("cancel", { ids: [id], discard: false }), 1);
  const results = await mapping;
  assertEquals(
    results.map(({ taskId, error }) => [taskId, error instanceof TaskCancelled]),
    ids.map((id) => [id, true]),
  );
  assertEquals((await awaited)?.status, "cancelled");
});

Deno.test("map() that is aborted, or whose client leaves, leaves nothing behind", async () => {
  await using pair = await startPair({ numWorkers: 1 });
  const controller = new AbortController();
  const waits = lineLike(pair.client, /waits$/);
  const mapping = pair.client.with({ signal: controller.signal }).map(maps.wait, range(5000));
  const failing = assertRejects(() => mapping, Error, "enough");
  await waits;
  controller.abort(new Error("enough"));
  await failing;
  const gone = await connectTo(pair.server);
  const left = assertRejects(() => gone.map(maps.wait, range(5000)));
  await lineLike(pair.client, /waits$/);
  await gone.close();
  await left;
  assertEquals(await pair.client.run(maps.double, 4), 8);
  const { totals, taskQueueSize } = await pair.client.status();
  assertEquals([totals.cancelled, taskQueueSize], [10_000, 0]);
});

Deno.test("map() of more items than the queue may hold goes through it", async () => {
  await using pair = await startPair({ queueCapacity: 100 });
  assertEquals(await pair.client.map(maps.double, range(1050)), range(1050).map((x) => 2 * x));
});

Deno.test("map() whose results are larger than a message: those fail, and no other", async () => {
  await using pair = await startPair({ maxFrameBytes: 1024 * 1024 });
  const sizes = [10, 2 * 1024 * 1024, 500_000, 20];
  const results = await pair.client.map(maps.large, sizes, { settled: true });
  assertEquals(results.map(({ data, error }) => data?.length ?? (error as { code?: string }).code), [
    10,
    "RESULT_TOO_LARGE",
    500_000,
    20,
  ]);
});

Deno.test("map() one of whose items gives what cannot be sent says so of that one", async () => {
  await using pair = await startPair();
  const results = await pair.client.map(maps.unsendable, range(6), { settled: true });
  assertEquals(results.map(({ isSuccessful }) => isSuccessful), range(6).map((x) => x !== 3));
  assert(results[3].error instanceof NotSendable);
});

Deno.test("map() of items that answer late shares them among the workers", async () => {
  await using pair = await startPair();
  await pair.client.map(maps.late, range(4));
  const answers = await pair.client.map(maps.late, range(40));
  assertEquals(answers.map(([x]) => x), range(40));
  assertEquals(new Set(answers.map(([, pid]) => pid)).size, 2);
});

Deno.test("map() whose results are more together than the smallest message there may be: each arrives", async () => {
  const maxFrameBytes = 4096;
  await using pair = await startPair({ maxFrameBytes });
  await using client = await Client.connect({ address: pair.server.address, authkey: AUTHKEY, maxFrameBytes });
  const sizes = range(600).map((x) => x % 300);
  const results = await client.map(maps.large, sizes, { settled: true });
  // The first time: no process was lost with what it had to tell.
  assertEquals(results.map(({ data, attempt }) => [data?.length, attempt]), sizes.map((size) => [size, 1]));
});
