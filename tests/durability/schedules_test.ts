import { assertEquals } from "@std/assert";
import { remote, task } from "../../mod.ts";
import { granted, LastingServer } from "../helpers/lasting_server.ts";

const lasting = remote<typeof import("../fixtures/lasting.ts")>(import.meta.resolve("../fixtures/lasting.ts"));

const DAY = 86_400_000;

for (const how of ["kill", "stop"] as const) {
  Deno.test(`schedules survive a ${how} of their server, with all that is known of them`, async () => {
    await using server = await LastingServer.start();
    const file = `${server.folder}/begun`;
    await using client = await server.connect();
    const { schedules } = granted(client, server);
    await schedules.set("nightly", { cron: "0 3 * * *", timeZone: "Europe/Berlin" }, task(lasting.note, file));
    await schedules.set("often", { everyMs: 3_600_000, overlap: "queue", catchUp: "none" }, task(lasting.note, file));
    await schedules.set("gone", { everyMs: 3_600_000 }, task(lasting.note, file));
    await (await schedules.trigger("nightly")).result();
    await schedules.pause("often");
    await schedules.delete("gone");
    const before = await schedules.list();
    await server[how]();
    await server.startNext();
    assertEquals(await schedules.list(), before);
    assertEquals(before.map(({ name, paused, runs, lastState }) => [name, paused, runs, lastState]), [
      ["nightly", false, 1, "succeeded"],
      ["often", true, 0, null],
    ]);
    const triggered = await schedules.trigger<{ attempt: number }>("often");
    assertEquals((await triggered.result()).attempt, 1);
  });
}

Deno.test("what was due while no server was there is caught up with by the next one, once", async () => {
  await using server = await LastingServer.start();
  const file = `${server.folder}/begun`;
  await using client = await server.connect();
  const { schedules } = granted(client, server);
  const run = task(lasting.note, file);
  // Twice in two days and an hour, whatever time of the day it is.
  const cron = `0 ${(new Date().getUTCHours() + 12) % 24} * * *`;
  await schedules.set("all", { cron, overlap: "allow", catchUp: "all" }, run);
  await schedules.set("none", { cron, catchUp: "none" }, run);
  await schedules.set("one", { everyMs: DAY, catchUp: "one" }, run);
  await server.kill();
  const clockAheadMs = 2 * DAY + 3_600_000;
  await server.startNext({ clockAheadMs });
  assertEquals((await server.lines("begun", 3)).length, 3);
  // Each has ended.
  for await (const { id } of client.tasks()) await client.handle(id).result();
  const runsOf = async () => (await schedules.list()).map(({ name, runs }) => `${name} ${runs}`);
  assertEquals(await runsOf(), ["all 2", "none 0", "one 1"]);
  await server.kill();
  await server.startNext({ clockAheadMs });
  assertEquals(await runsOf(), ["all 2", "none 0", "one 1"]);
  // What it has had run by now is all that there is to run.
  await (await schedules.trigger("none")).result();
  assertEquals((await server.lines("begun", 4)).length, 4);
});

Deno.test("a due time is one task, though its server is killed again and again as it fires", async () => {
  await using server = await LastingServer.start({ maxCrashes: 100 });
  const [file, gate] = [`${server.folder}/begun`, `${server.folder}/gate`];
  await using client = await server.connect();
  const { schedules } = granted(client, server);
  await schedules.set("often", { everyMs: DAY }, task(lasting.hold, file, gate));
  await server.kill();
  const clockAheadMs = DAY + 1000;
  // It fires as the server starts: at once, and while the run is on its way.
  for (let round = 0; round < 3; round++) {
    await server.startNext({ clockAheadMs });
    if (round > 0) await server.lines("begun", round);
    await server.kill();
  }
  await server.startNext({ clockAheadMs });
  const often = (await schedules.get("often"))!;
  const tasks: string[] = [];
  for await (const { id } of client.tasks()) tasks.push(id);
  assertEquals(tasks, [often.lastId]);
  await Deno.writeTextFile(gate, "");
  await client.handle(often.lastId!).result();
  const { runs, lastState, lastId, skipped } = (await schedules.get("often"))!;
  assertEquals([runs, lastState, lastId, skipped], [1, "succeeded", often.lastId, 0]);
});

Deno.test("a run that a stop ends has not ended: the next server goes on with it", async () => {
  await using server = await LastingServer.start();
  const [file, gate] = [`${server.folder}/begun`, `${server.folder}/gate`];
  await using client = await server.connect();
  const { schedules } = granted(client, server);
  await schedules.set("often", { everyMs: DAY }, task(lasting.hold, file, gate));
  const { id } = await schedules.trigger("often");
  await server.lines("begun", 1);
  await server.stop();
  await server.startNext();
  await server.lines("begun", 2);
  const { lastState, runs } = (await schedules.get("often"))!;
  assertEquals([lastState, runs], ["running", 1]);
  await Deno.writeTextFile(gate, "");
  assertEquals(await client.handle(id).result(), 2);
  assertEquals((await schedules.get("often"))!.lastState, "succeeded");
});
