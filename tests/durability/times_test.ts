import { assert, assertEquals, assertInstanceOf } from "@std/assert";
import { remote, TaskCancelled } from "../../mod.ts";
import { granted, LastingServer } from "../helpers/lasting_server.ts";

const lasting = remote<typeof import("../fixtures/lasting.ts")>(import.meta.resolve("../fixtures/lasting.ts"));

const HOUR_MS = 3_600_000;
/** What the last of the servers leaves of that hour. */
const REST_MS = 2000;

for (const how of ["kill", "stop"] as const) {
  Deno.test(`a task with delayMs survives a ${how} of its server, and comes at its time at the next one`, async () => {
    await using server = await LastingServer.start();
    const file = `${server.folder}/begun`;
    await using client = await server.connect();
    const submittedAt = Date.now();
    const handle = await granted(client, server).with({ delayMs: HOUR_MS }).submit(lasting.note, file);
    const other = await granted(client, server).with({ delayMs: HOUR_MS }).submit(lasting.note, file);
    await server[how]();
    await server.startNext();
    // Listed as what it is, by whoever asks.
    await using another = await server.connect();
    const delayed: string[] = [];
    for await (const { id } of another.tasks({ state: "delayed" })) delayed.push(id);
    assertEquals(delayed.toSorted(), [handle.id, other.id].toSorted());
    assertEquals((await another.status()).delayedTasks, 2);
    // One of them is cancelled there.
    assertEquals(await another.cancel([other.id]), 1);
    assertInstanceOf(await other.result().catch((error) => error), TaskCancelled);
    await server[how]();
    await server.startNext({ clockAheadMs: HOUR_MS - REST_MS });
    const { at, attempt } = await handle.result();
    assert(at - submittedAt >= REST_MS, `it began ${at - submittedAt} ms after it was submitted`);
    assertEquals([attempt, (await server.lines("begun", 1)).length], [1, 1]);
  });

  Deno.test(`a task that waits for its next attempt survives a ${how} of its server, and counts on`, async () => {
    await using server = await LastingServer.start({ numWorkers: 1 });
    const file = `${server.folder}/begun`;
    await using client = await server.connect();
    const handle = await granted(client, server).with({ retry: 2 }).submit(lasting.later, file, HOUR_MS);
    const [first] = await server.lines("begun", 1);
    // It has the slot once that attempt is over, and what it is told is behind that in the file.
    await (await client.submit((x: number) => x, 1)).result();
    assertEquals((await handle.info())?.state, "delayed");
    await server[how]();
    await server.startNext();
    await using another = await server.connect();
    const info = await another.handle(handle.id).info();
    assertEquals([info?.state, info?.attempt], ["delayed", 1]);
    await server[how]();
    await server.startNext({ clockAheadMs: HOUR_MS - REST_MS });
    const { at, attempt } = await handle.result();
    assertEquals(attempt, 2);
    assert(at - JSON.parse(first).at >= REST_MS, `it began again after ${at - JSON.parse(first).at} ms`);
  });
}
