/** Recorded steps of tasks that outlive their server. */
import { assertEquals, assertRejects } from "@std/assert";
import { type Client, remote, TaskError } from "../../mod.ts";
import { granted, LastingServer } from "../helpers/lasting_server.ts";
import { rowsIn } from "../helpers/store_files.ts";

const steps = remote<typeof import("../fixtures/steps.ts")>(import.meta.resolve("../fixtures/steps.ts"));

const functions = remote<typeof import("../fixtures/functions.ts")>(import.meta.resolve("../fixtures/functions.ts"));

type Ordered = { receipt: { attempt: number }; attempt: number };

const HOUR_MS = 3_600_000;

/** Whatever the client has is known to the server as arrived: the answer stands behind that. */
async function acknowledged(client: Client): Promise<void> {
  await client.status();
  await client.close();
}

/** How many steps the file has. To be asked while no server has it. */
function recordedIn({ folder }: LastingServer): number {
  return rowsIn(`${folder}/tasks.db`, "step");
}

Deno.test("a step that was recorded before its server was killed does not run again, however often that happens", async () => {
  await using server = await LastingServer.start({ maxCrashes: 10, numWorkers: 3 });
  const [file, gate] = [`${server.folder}/said`, `${server.folder}/gate`];
  await using client = await server.connect();
  const handles = await Promise.all(
    [1, 2, 3].map(() => granted(client, server).submit(steps.chargeAndHold, file, gate)),
  );
  for (const round of [1, 2]) {
    // Each says that it holds once its step is recorded.
    await server.lines("said", 3 + 3 * round);
    await server.kill();
    assertEquals(recordedIn(server), 3);
    await server.startNext();
  }
  await server.lines("said", 12);
  await Deno.writeTextFile(gate, "");
  const results = await Promise.all(handles.map((handle) => handle.result()));
  assertEquals(results.map(({ first, attempt }) => [first, attempt]), [[1, 3], [1, 3], [1, 3]]);
  const said = await server.lines("said", 12);
  assertEquals(said.filter((line) => line === "charge").length, 3);
  await acknowledged(client);
  await server.stop();
  assertEquals(recordedIn(server), 0);
});

Deno.test("steps of a task that waits for its next attempt outlive the server, and go with its result or its dead letter", async () => {
  await using server = await LastingServer.start({ numWorkers: 1 });
  const file = `${server.folder}/said`;
  await using client = await server.connect();
  const retrying = granted(client, server).with({ retry: { attempts: 2, delayMs: HOUR_MS, maxDelayMs: HOUR_MS } });
  const [mended, failing] = [
    await retrying.submit(steps.order, file, 2),
    await retrying.submit(steps.order, file, 9),
  ];
  // With its result all is on the disk that the server knew before: both have failed by then.
  await (await client.submit(functions.square, 2)).result();
  await server.kill();
  assertEquals(recordedIn(server), 2);
  await server.startNext({ clockAheadMs: 2 * HOUR_MS });
  assertEquals((await mended.result()).receipt.attempt, 1);
  await assertRejects(() => failing.result(), Error, "attempt 2 failed");
  assertEquals((await server.lines("said", 3)).toSorted(), ["charge", "charge", "ship"]);
  await client.status();
  await server.stop();
  assertEquals(recordedIn(server), 1);
  await server.startNext();
  assertEquals((await client.discard(failing.id)).count, 1);
  await client.close();
  await server.stop();
  assertEquals(recordedIn(server), 0);
});

for (const how of ["kill", "stop"] as const) {
  Deno.test(`a task that failed, and is run again after a ${how}, has its recorded steps, also once its result was taken`, async () => {
    await using server = await LastingServer.start();
    const file = `${server.folder}/said`;
    await using client = await server.connect();
    const failed = await granted(client, server).submit(steps.order, file, 2);
    await assertRejects(() => failed.result(), Error, "attempt 1 failed");
    await client.status();
    await server[how]();
    assertEquals(recordedIn(server), 1);
    await server.startNext();
    assertEquals((await client.retry(failed.id)).count, 1);
    const { receipt, attempt } = await client.handle<Ordered>(failed.id).result();
    assertEquals([receipt.attempt, attempt], [1, 2]);
    assertEquals(await server.lines("said", 2), ["charge", "ship"]);
    await acknowledged(client);
    await server.stop();
    assertEquals(recordedIn(server), 0);
  });
}

Deno.test("steps of a task that failed are kept as long as its result is, where no dead letters are", async () => {
  await using server = await LastingServer.start({ failedRetentionMs: 0 });
  const file = `${server.folder}/said`;
  let id = "";
  {
    await using client = await server.connect();
    const handle = await granted(client, server).submit(steps.order, file, 9);
    id = handle.id;
    // The log ends with the task.
    for await (const _line of handle.logs);
  }
  await server.stop();
  await server.startNext();
  await server.stop();
  assertEquals(recordedIn(server), 1);
  await server.startNext();
  await using client = await server.connect();
  await assertRejects(() => client.handle(id).result(), Error, "attempt 1 failed");
  await acknowledged(client);
  await server.stop();
  assertEquals(recordedIn(server), 0);
});

Deno.test("a step of a durable task is refused like any other, and its bounds hold over servers", async () => {
  await using server = await LastingServer.start({ maxCrashes: 10 });
  const [file, gate] = [`${server.folder}/said`, `${server.folder}/gate`];
  await using client = await server.connect();
  const handle = await granted(client, server).submit(steps.fillAndHold, file, gate);
  await server.lines("said", 1);
  await server.kill();
  await server.startNext();
  await server.lines("said", 2);
  await Deno.writeTextFile(gate, "");
  const { code } = await assertRejects(() => handle.result(), TaskError, "16777216 bytes");
  assertEquals(code, "STEP_LIMIT");
});
