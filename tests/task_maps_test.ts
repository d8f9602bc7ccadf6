/** A map of a task is one group too, and ends with its task. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { insideOf } from "../client/base_caller.ts";
import { remote, TaskCancelled, TaskTimeout } from "../mod.ts";
import { encode } from "../wire/codec.ts";
import { lineLike, startPair } from "./fixtures/pair.ts";

const maps = remote<typeof import("./fixtures/task_maps.ts")>(import.meta.resolve("./fixtures/task_maps.ts"));

Deno.test("map() of a task gives each item its own, with one worker and with several tasks at once", async () => {
  await using pair = await startPair({ numWorkers: 1 });
  assertEquals(await pair.client.run(maps.sumOfDoubles, 20_000), 20_000 * 19_999);
  const sums = await Promise.all([10, 100, 1000].map((count) => pair.client.run(maps.sumOfDoubles, count)));
  assertEquals(sums, [90, 9900, 999_000]);
  const { totals, taskQueueSize } = await pair.client.status();
  assertEquals([totals.submitted, totals.succeeded, taskQueueSize], [21_114, 21_114, 0]);
});

Deno.test("map() of a task whose items map again ends with one worker", async () => {
  await using pair = await startPair({ numWorkers: 1 });
  assertEquals(await pair.client.run(maps.tree, [3, 3]), 27);
  assertEquals(await pair.client.with({ isolation: "module" }).map(maps.tree, [[2, 2], [1, 5]]), [4, 5]);
});

Deno.test("map() of a task tells it which item failed, and how", async () => {
  await using pair = await startPair();
  assertEquals(await pair.client.run(maps.failOne, 5), ["no 3", [0, 1, 2, "no 3", 4]]);
});

Deno.test("map() of a task ends with it: cancelled, out of time, or returned", async () => {
  await using pair = await startPair({ numWorkers: 1 });
  const { client } = pair;
  const begun = () => lineLike(client, /waits$/);
  const mapping = begun();
  const handle = await client.submit(maps.mapWaits, 5000);
  await mapping;
  await handle.cancel();
  await assertRejects(() => handle.result(), TaskCancelled);
  // On a busy machine its time may be over before its map is there.
  for (let timeoutMs = 300; pair.server.status().totals.submitted < 10_000; timeoutMs *= 2) {
    await assertRejects(() => client.with({ timeoutMs }).run(maps.mapWaits, 5000), TaskTimeout);
  }
  assertEquals(await client.run(maps.leaveMap, 5000), "left");
  assertEquals(await client.run(maps.double, 4), 8);
  const { totals, taskQueueSize } = await client.status();
  assert(totals.submitted > 15_000);
  assertEquals([totals.cancelled, taskQueueSize], [totals.submitted - totals.succeeded - totals.failed, 0]);
});

Deno.test("map() that a task gives up ends, and the task goes on", async () => {
  await using pair = await startPair({ numWorkers: 1 });
  assertEquals(await pair.client.run(maps.giveUpMap, 5000), "enough, 8");
  const { totals, taskQueueSize } = await pair.client.status();
  assertEquals([totals.cancelled, taskQueueSize], [5000, 0]);
});

Deno.test("a task can neither end the map of another, nor take its results, nor take part in it", async () => {
  await using pair = await startPair({ numWorkers: 3 });
  const waits = lineLike(pair.client, /waits$/);
  const mapping = pair.client.map(maps.wait, [0, 1], { settled: true });
  const { taskId } = await waits;
  const [group] = insideOf(pair.client).link.groups.all;
  const [invalid, another] = ["INVALID_REQUEST", "DUPLICATE_TASK"];
  assertEquals(await pair.client.run(maps.reachFor, group.id, encode([0])), [0, another, invalid, invalid, invalid]);
  assert((await pair.client.queryResult(taskId))?.isSuccessful === null);
  await insideOf(pair.client).link.call("cancel", {
    ids: [group.id.slice(0, 28) + "00000000", group.id.slice(0, 28) + "00000001"],
    discard: false,
  });
  assertEquals((await mapping).map(({ status }) => status), ["cancelled", "cancelled"]);
});

Deno.test("map() of a task that names what it submits names its items", async () => {
  await using pair = await startPair();
  const handle = await pair.client.submit(maps.nameItems, 3);
  await handle.result();
  const result = await pair.client.submit(maps.nameItems, 3).then(({ id }) =>
    pair.client.queryResult(id, { waitMs: -1 })
  );
  assertEquals(result!.followupTaskIds.map((id) => id.slice(-8)), ["00000000", "00000001", "00000002"]);
});

Deno.test("a task cancels each task that it has submitted, whatever its id looks like", async () => {
  await using pair = await startPair({ numWorkers: 1 });
  // One in sixteen has an id that ends as that of a group does.
  assertEquals(await pair.client.run(maps.cancelAll, 100), 100);
  const { totals, taskQueueSize } = await pair.client.status();
  assertEquals([totals.cancelled, taskQueueSize], [100, 0]);
});

Deno.test("a task that is cancelled while it waits for a map hears of it, and has its grace", async () => {
  await using pair = await startPair({ numWorkers: 2, graceMs: 20_000 });
  const waits = lineLike(pair.client, /waits$/);
  const handle = await pair.client.submit(maps.cleanUp, 3);
  await waits;
  const caught = lineLike(pair.client, /caught/);
  await handle.cancel();
  assertEquals((await caught).text, "caught TaskCancelled");
  // Both workers are free long before the grace is over.
  assertEquals(await pair.client.map(maps.double, [1, 2]), [2, 4]);
});
