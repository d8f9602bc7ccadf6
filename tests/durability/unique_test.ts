import { assertEquals, assertRejects } from "@std/assert";
import { type Client, DuplicateKey, remote, TaskCancelled, type TaskHandle, type UniqueOptions } from "../../mod.ts";
import { granted, LastingServer } from "../helpers/lasting_server.ts";

const lasting = remote<typeof import("../fixtures/lasting.ts")>(import.meta.resolve("../fixtures/lasting.ts"));

const functions = remote<typeof import("../fixtures/functions.ts")>(import.meta.resolve("../fixtures/functions.ts"));

/** With its result all is on the disk that the server knew before, such as who has begun. */
const written = async (client: Client) => await (await client.submit(functions.square, 2)).result();

const keyed = (client: Client, server: LastingServer, unique: UniqueOptions) =>
  granted(client, server).with({ unique });

for (const how of ["kill", "stop"] as const) {
  Deno.test(`who has joined a task has its result also after a ${how} of their server`, async () => {
    await using server = await LastingServer.start({ numWorkers: 2 });
    const [first, second, gate] = ["first", "second", "gate"].map((name) => `${server.folder}/${name}`);
    await using client = await server.connect();
    const joining = keyed(client, server, { key: "job" });
    const running = await joining.submit(lasting.hold, first, gate);
    const joined = await joining.submit(lasting.hold, second, gate);
    await server.lines("first", 1);
    await written(client);
    await server[how]();
    await server.startNext();
    await server.lines("first", 2);
    await using another = await server.connect();
    // It holds its key, and who joined it waits.
    const refusing = keyed(another, server, { key: "job", onConflict: "refuse" });
    const error = await assertRejects(() => refusing.submit(lasting.note, second), DuplicateKey);
    assertEquals(error.taskId, running.id);
    assertEquals((await another.handle(joined.id).info())?.state, "delayed");
    await Deno.writeTextFile(gate, "");
    assertEquals([await running.result(), await joined.result()], [2, 2]);
    // One of them ran, whenever.
    assertEquals([...Deno.readDirSync(server.folder)].some(({ name }) => name === "second"), false);
    await refusing.submit(lasting.note, second);
    await server.lines("second", 1);
  });

  Deno.test(`a task that was replaced is so after a ${how}, and one that comes behind another never runs beside it`, async () => {
    await using server = await LastingServer.start({ numWorkers: 2 });
    const [first, second, gate] = ["first", "second", "gate"].map((name) => `${server.folder}/${name}`);
    await using client = await server.connect();
    const replacing = keyed(client, server, { key: "rebuild", onConflict: "replace" });
    const waiting = await replacing.with({ delayMs: 600_000 }).submit(lasting.note, first);
    const running = await replacing.submit(lasting.hold, first, gate);
    await server.lines("first", 1);
    const burst: TaskHandle<{ at: number; attempt: number }>[] = [];
    for (let n = 0; n < 3; n++) burst.push(await replacing.submit(lasting.note, second));
    await written(client);
    await server[how]();
    await server.startNext();
    await server.lines("first", 2);
    const ends = await Promise.allSettled([waiting, ...burst.slice(0, 2)].map((handle) => handle.result()));
    assertEquals(ends.map((end) => (end as PromiseRejectedResult).reason.replacedBy), [
      running.id,
      burst[1].id,
      burst[2].id,
    ]);
    // Behind the one that runs, though a slot is free.
    assertEquals((await burst[2].info())?.state, "delayed");
    const openedAt = Date.now();
    await Deno.writeTextFile(gate, "");
    assertEquals(await running.result(), 2);
    const { at, attempt } = await burst[2].result();
    assertEquals([at >= openedAt, attempt], [true, 1]);
    await assertRejects(() => burst[0].result(), TaskCancelled, "was replaced");
    assertEquals((await server.lines("second", 1)).length, 1);
  });

  Deno.test(`a task that holds its key for a time does so after a ${how}, though its caller has its result`, async () => {
    await using server = await LastingServer.start();
    const file = `${server.folder}/begun`;
    await using client = await server.connect();
    const joining = keyed(client, server, { key: "hourly", during: 3_600_000 });
    const done = await (await joining.submit(lasting.note, file)).result();
    // It has arrived, and was acknowledged ahead of this.
    await client.status();
    await server[how]();
    await server.startNext();
    assertEquals(await (await joining.submit(lasting.note, file)).result(), done);
    assertEquals(await joining.run(lasting.note, file), done);
    await server[how]();
    // By then its time is over.
    await server.startNext({ clockAheadMs: 3_600_000 });
    assertEquals((await joining.run(lasting.note, file)).at > done.at, true);
    assertEquals((await server.lines("begun", 2)).length, 2);
  });

  Deno.test(`a task that has failed holds its key for its time after a ${how} too, and lets go of it to run again`, async () => {
    await using server = await LastingServer.start();
    const [begun, file] = ["begun", "file"].map((name) => `${server.folder}/${name}`);
    await using client = await server.connect();
    const joining = keyed(client, server, { key: "hourly", during: 3_600_000 });
    const failed = await joining.submit(lasting.need, begun, file);
    await assertRejects(() => failed.result(), Deno.errors.NotFound);
    await client.status();
    await server[how]();
    await server.startNext();
    const joined = await joining.submit(lasting.need, begun, file);
    await assertRejects(() => joined.result(), Deno.errors.NotFound);
    assertEquals((await server.lines("begun", 1)).length, 1);
    await Deno.writeTextFile(file, "there");
    assertEquals((await client.retry(failed.id)).count, 1);
    assertEquals(await client.handle(failed.id).result(), { attempt: 2, text: "there" });
    assertEquals((await server.lines("begun", 2)).length, 2);
  });

  Deno.test(`a failed task that is run again, and has joined one that came later, has so after a ${how} too`, async () => {
    await using server = await LastingServer.start({ numWorkers: 2 });
    const [first, second, gate] = ["first", "second", "gate"].map((name) => `${server.folder}/${name}`);
    await using client = await server.connect();
    const joining = keyed(client, server, { key: "job" });
    const failed = await joining.submit(lasting.need, first, `${server.folder}/none`);
    await assertRejects(() => failed.result(), Deno.errors.NotFound);
    const running = await joining.submit(lasting.hold, second, gate);
    await server.lines("second", 1);
    assertEquals((await client.retry(failed.id)).count, 1);
    assertEquals((await client.handle(failed.id).info())?.state, "delayed");
    await server[how]();
    await server.startNext();
    await server.lines("second", 2);
    await using another = await server.connect();
    assertEquals((await another.handle(failed.id).info())?.state, "delayed");
    await Deno.writeTextFile(gate, "");
    assertEquals([await running.result(), await another.handle(failed.id).result()], [2, 2]);
    assertEquals((await server.lines("first", 1)).length, 1);
  });
}
