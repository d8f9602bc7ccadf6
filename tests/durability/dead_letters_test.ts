import { assert, assertEquals, assertInstanceOf } from "@std/assert";
import { type Client, PermissionCeilingExceeded, remote, ServerLost, type TaskInfo } from "../../mod.ts";
import { granted, LastingServer } from "../helpers/lasting_server.ts";

const lasting = remote<typeof import("../fixtures/lasting.ts")>(import.meta.resolve("../fixtures/lasting.ts"));

async function failedOf(client: Client): Promise<TaskInfo[]> {
  return await Array.fromAsync(client.tasks({ state: "failed" }));
}

const raised = (promise: Promise<unknown>) => promise.then(() => null, (error) => error);

Deno.test("a failed task outlives a kill, and so does that it is to run again: it runs once then", async () => {
  await using server = await LastingServer.start({ numWorkers: 1 });
  const [begun, file, gate] = ["begun", "file", "gate"].map((name) => `${server.folder}/${name}`);
  await using client = await server.connect();
  const own = granted(client, server);
  const handles = await Promise.all([0, 1, 2].map(() => own.submit(lasting.need, begun, file)));
  for (const handle of handles) assertInstanceOf(await raised(handle.result()), Deno.errors.NotFound);
  const [again, dropped, kept] = handles.map(({ id }) => id);
  await server.kill();
  await server.startNext();
  await using another = await server.connect();
  const failed = await failedOf(another);
  assertEquals(
    failed.map(({ id, attempt, deadLetter }) => [id, attempt, deadLetter]).toSorted(),
    [
      [again, 1, "failed"],
      [dropped, 1, "failed"],
      [kept, 1, "failed"],
    ].toSorted(),
  );
  // How it failed is on the disk.
  assertInstanceOf(await raised(another.handle(again).result()), Deno.errors.NotFound);
  assertEquals([(await another.status()).deadLetters, (await another.status()).resultCacheSize], [3, 0]);
  // The one slot is taken: what is in line again does not begin at this server.
  const holding = await own.submit(lasting.hold, `${server.folder}/held`, gate);
  await server.lines("held", 1);
  assertEquals(await another.retry([again]), { count: 1, refused: [] });
  assertEquals((await another.discard([dropped])).count, 1);
  await server.kill();
  await Deno.writeTextFile(`${file}.new`, "mended");
  await Deno.rename(`${file}.new`, file);
  await Deno.writeTextFile(`${gate}.new`, "");
  await Deno.rename(`${gate}.new`, gate);
  await server.startNext();
  assertEquals(await another.handle(again).result(), { attempt: 2, text: "mended" });
  assertEquals(await holding.result(), 2);
  assertEquals((await failedOf(another)).map(({ id }) => id), [kept]);
  assertEquals(await another.handle(dropped).info(), null);
  // Three failed once, and one of them began once more.
  assertEquals((await server.lines("begun", 4)).length, 4);
  await server.kill();
  await server.startNext();
  assertEquals((await failedOf(another)).map(({ id }) => id), [kept]);
  assertEquals([(await another.status()).taskQueueSize, (await server.lines("begun", 4)).length], [0, 4]);
});

Deno.test("a failed task is known to whoever asks while it is put in line again", async () => {
  await using server = await LastingServer.start({ numWorkers: 1 });
  const [begun, file] = ["begun", "file"].map((name) => `${server.folder}/${name}`);
  await using client = await server.connect();
  const { id } = await granted(client, server).submit(lasting.need, begun, file);
  assertInstanceOf(await raised(client.handle(id).result()), Deno.errors.NotFound);
  await Deno.writeTextFile(`${file}.new`, "mended");
  await Deno.rename(`${file}.new`, file);
  await client.pause();
  // Its error is on its way from the disk when the retry comes in.
  const result = client.handle(id).result();
  const [{ count }, info, found] = await Promise.all([
    client.retry(id),
    client.handle(id).info(),
    client.queryResult(id, { peek: true }),
  ]);
  assertEquals([count, info?.state, found?.status], [1, "ready", "ready"]);
  await client.resume();
  assertEquals(await result, { attempt: 2, text: "mended" });
});

Deno.test("a task that is to run once is run again only when somebody says so, also where its server was lost", async () => {
  await using server = await LastingServer.start({ numWorkers: 1 });
  const [held, gate] = ["held", "gate"].map((name) => `${server.folder}/${name}`);
  await using client = await server.connect();
  const handle = await granted(client, server).with({ onServerLoss: "fail" }).submit(lasting.hold, held, gate);
  await server.lines("held", 1);
  await server.kill();
  await server.startNext();
  assertInstanceOf(await raised(handle.result()), ServerLost);
  await Deno.writeTextFile(gate, "");
  assertEquals((await client.retry(handle.id)).count, 1);
  const attempt = await client.handle<number>(handle.id).result();
  assert(attempt >= 2);
  assertEquals((await server.lines("held", 2)).length, 2);
});

Deno.test("what may not run any more is not run again, until a server allows it", async () => {
  await using server = await LastingServer.start({ numWorkers: 1 });
  const [begun, file] = ["begun", "file"].map((name) => `${server.folder}/${name}`);
  await using client = await server.connect();
  const own = granted(client, server);
  const failed = await own.submit(lasting.need, begun, file);
  assertInstanceOf(await raised(failed.result()), Deno.errors.NotFound);
  const waiting = await own.with({ delayMs: 3_600_000 }).submit(lasting.need, begun, file);
  await server.kill();
  await server.startNext({ permissionCeiling: { read: ["/nowhere"] } });
  assertInstanceOf(await raised(waiting.result()), PermissionCeilingExceeded);
  const { count, refused } = await client.retry([failed.id, waiting.id]);
  assertEquals([count, refused.map(({ error }) => error.code)], [0, ["PERMISSION_CEILING", "PERMISSION_CEILING"]]);
  await server.stop();
  await Deno.writeTextFile(file, "there");
  await server.startNext();
  assertEquals(await client.retry([failed.id, waiting.id]), { count: 2, refused: [] });
  assertEquals(await client.handle(failed.id).result(), { attempt: 2, text: "there" });
  // The one that was to wait does so no more: whoever has it run again means now.
  assertEquals(await client.handle(waiting.id).result(), { attempt: 1, text: "there" });
});

Deno.test("a failed task is kept for failedRetentionMs, over restarts", async () => {
  const DAY = 86_400_000;
  await using server = await LastingServer.start();
  await using client = await server.connect();
  const none = `${server.folder}/none`;
  const handle = await granted(client, server).submit(lasting.need, `${server.folder}/begun`, none);
  assertInstanceOf(await raised(handle.result()), Deno.errors.NotFound);
  await server.kill();
  await server.startNext({ clockAheadMs: 6 * DAY });
  assertEquals((await failedOf(client)).length, 1);
  await server.kill();
  await server.startNext({ clockAheadMs: 8 * DAY });
  assertEquals([await failedOf(client), (await client.retry(handle.id)).count], [[], 0]);
});
