import { assertEquals, assertInstanceOf, assertRejects } from "@std/assert";
import { type Client, remote, ServerLost, task, TaskError, TaskPoisoned } from "../../mod.ts";
import { startPair } from "../fixtures/pair.ts";
import { granted, LastingServer } from "../helpers/lasting_server.ts";

const lasting = remote<typeof import("../fixtures/lasting.ts")>(import.meta.resolve("../fixtures/lasting.ts"));
const functions = remote<typeof import("../fixtures/functions.ts")>(import.meta.resolve("../fixtures/functions.ts"));

/** Once something else was accepted, all that the server knew before is in its file. */
async function written(client: Client): Promise<void> {
  await client.with({ delayMs: 3_600_000 }).submit(functions.square, 1);
}

Deno.test("a task that ran when its server was killed runs again, its attempts count on, and it poisons no third", async () => {
  await using server = await LastingServer.start({ maxCrashes: 2, numWorkers: 1 });
  const [file, gate] = [`${server.folder}/begun`, `${server.folder}/gate`];
  await using client = await server.connect();
  const handle = await granted(client, server).submit(lasting.hold, file, gate);
  await server.lines("begun", 1);
  await written(client);
  await server.kill();
  await server.startNext();
  const [, second] = await server.lines("begun", 2);
  assertEquals(JSON.parse(second).attempt, 2);
  {
    await using other = await server.connect();
    await written(other);
  }
  await server.kill();
  await server.startNext();
  const error = await handle.result().catch((error) => error);
  assertInstanceOf(error, TaskPoisoned);
  assertEquals([error.code, error.crashes, error.attempts], ["TASK_POISONED", 2, 2]);
  assertEquals((await server.lines("begun", 2)).length, 2);
});

Deno.test("a stop is nobody's crash: what it killed runs again, as the next attempt", async () => {
  await using server = await LastingServer.start({ maxCrashes: 1 });
  const [file, gate] = [`${server.folder}/begun`, `${server.folder}/gate`];
  await using client = await server.connect();
  const handle = await granted(client, server).submit(lasting.hold, file, gate);
  await server.lines("begun", 1);
  await server.stop();
  await server.startNext();
  await server.lines("begun", 2);
  await Deno.writeTextFile(gate, "");
  assertEquals(await handle.result(), 2);
});

for (const how of ["kill", "stop"] as const) {
  Deno.test(`a task that is to run once fails with ServerLost after a ${how} of its server, and others run`, async () => {
    await using server = await LastingServer.start({ numWorkers: 1 });
    const [file, gate] = [`${server.folder}/begun`, `${server.folder}/gate`];
    await using client = await server.connect();
    const once = granted(client, server).with({ onServerLoss: "fail" });
    const running = await once.submit(lasting.hold, file, gate);
    const waiting = await once.submit(lasting.note, file);
    await server.lines("begun", 1);
    await server[how]();
    await server.startNext();
    const error = await running.result().catch((error) => error);
    assertInstanceOf(error, ServerLost);
    // It has not begun, so it does now.
    assertEquals((await waiting.result()).attempt, 1);
    assertEquals((await server.lines("begun", 2)).length, 2);
  });
}

Deno.test("a task whose process dies again and again is run no more, whatever attempts it has left", async () => {
  await using server = await LastingServer.start();
  const file = `${server.folder}/begun`;
  await using client = await server.connect();
  const dying = granted(client, server).with({ retry: { attempts: 10, delayMs: 0 } });
  const error = await dying.run(lasting.die, file).catch((error) => error);
  assertInstanceOf(error, TaskPoisoned);
  assertEquals([error.crashes, error.attempts, (await server.lines("begun", 3)).length], [3, 3, 3]);
});

Deno.test("durable: false is gone with its server; what cannot be had is refused by name", async () => {
  await using server = await LastingServer.start();
  {
    await using client = await server.connect();
    const far = client.with({ delayMs: 3_600_000 });
    const [kept, gone] = [
      await far.submit(functions.square, 2),
      await far.with({ durable: false }).submit(functions.square, 3),
    ];
    await server.kill();
    await server.startNext();
    await using other = await server.connect();
    assertEquals((await other.handle(kept.id).info())?.state, "delayed");
    assertEquals(await other.handle(gone.id).info(), null);
  }
  await using pair = await startPair();
  for (const options of [{ durable: true }, { onServerLoss: "fail" }] as const) {
    const { code } = await assertRejects(
      () => pair.client.with(options).submit(functions.square, 2),
      TaskError,
      "store",
    );
    assertEquals(code, "NO_STORE");
    await assertRejects(() => pair.client.with(options).run(functions.square, 2), RangeError, "submitted");
    await assertRejects(() => pair.client.map([task(functions.square, 2).with(options)]), RangeError, "submitted");
  }
  await assertRejects(
    () => pair.client.with({ durable: false, onServerLoss: "fail" }).submit(functions.square, 2),
    TaskError,
    "durable is false",
  );
  assertEquals(await pair.client.with({ durable: false, onServerLoss: "rerun" }).run(functions.square, 2), 4);
});
