/** Where many tasks wait they are packed, and so are many results that nobody awaits: nobody is to notice. */
import { assertEquals, assertRejects } from "@std/assert";
import { type Client, remote, task, TaskCancelled, type TaskHandle, TaskKilledByQuitSignal } from "../mod.ts";
import { later, startPair } from "./fixtures/pair.ts";
import { Gate } from "./helpers/gate.ts";

const { square } = remote<typeof import("./fixtures/functions.ts")>(import.meta.resolve("./fixtures/functions.ts"));

/** The first 20,000 that wait are not packed. */
const TASKS = 24_000;
const PACKED = 23_000;

function submitMany(client: Client): Promise<TaskHandle<number>[]> {
  return client.with({ isolation: "module" }).submit(Array.from({ length: TASKS }, (_, i) => task(square, i)));
}

Deno.test("Packed tasks are queried, cancelled, awaited and run, and packed results are kept and handed out", async () => {
  await using pair = await startPair({ numWorkers: 1 });
  const { client, server } = pair;
  using gate = new Gate();
  const { result: holder } = await gate.send(client);
  const handles = await submitMany(client);
  assertEquals(server.status().taskQueueSize, TASKS);
  const queried = await client.queryResults([handles[PACKED].id, handles[PACKED + 1].id]);
  assertEquals(queried.map((result) => result?.isSuccessful), [null, null]);
  const awaited = handles.slice(PACKED + 2, PACKED + 10).map((handle) => later(handle.result()));
  for (const at of [PACKED + 10, PACKED + 11, TASKS - 1]) {
    await handles[at].cancel();
    await assertRejects(() => handles[at].result(), TaskCancelled);
  }
  assertEquals(server.status().taskQueueSize, TASKS - 3);
  gate.open();
  assertEquals(await holder, "passed");
  assertEquals(await Promise.all(awaited), awaited.map((_, i) => (PACKED + 2 + i) ** 2));
  assertEquals(await handles[TASKS - 2].result(), (TASKS - 2) ** 2);
  // All were over before that one; by now most results are packed.
  for (const at of [0, 10_000, PACKED, PACKED + 1]) {
    assertEquals((await client.queryResult(handles[at].id))?.data, at ** 2);
    assertEquals(await client.queryResult(handles[at].id), null);
  }
  assertEquals(await handles[10_001].result(), 10_001 ** 2);
});

Deno.test("Packed tasks are told when the server is stopped at once", async () => {
  await using pair = await startPair({ numWorkers: 1 });
  const { client, server } = pair;
  using gate = new Gate();
  const { result: holder } = await gate.send(client);
  const handles = await submitMany(client);
  const awaited = [handles[0], handles[PACKED], handles[TASKS - 1]].map((handle) => later(handle.result()));
  // An answer: whoever awaits is known by then.
  await client.status();
  const stopped = server.stop({ mode: "now" });
  for (const result of [holder, ...awaited]) await assertRejects(() => result, TaskKilledByQuitSignal);
  await stopped;
});
