/** Limits by key over restarts of a server with a store. */
import { assertEquals } from "@std/assert";
import { remote, task } from "../../mod.ts";
import { granted, LastingServer } from "../helpers/lasting_server.ts";

const limited = remote<typeof import("../fixtures/limited.ts")>(import.meta.resolve("../fixtures/limited.ts"));

for (const how of ["kill", "stop"] as const) {
  Deno.test(`what waits for a key survives a ${how} of its server, and goes on in its order, one at a time`, async () => {
    await using server = await LastingServer.start({ numWorkers: 4 });
    const [file, gate] = [`${server.folder}/told`, `${server.folder}/gate`];
    await using client = await server.connect();
    const serial = granted(client, server).with({ limit: { key: "serial", concurrency: 1 } });
    const handles = [await serial.submit(limited.hold, file, gate, 0)];
    for (let n = 1; n <= 6; n++) handles.push(await serial.submit(limited.turn, file, n));
    await server.lines("told", 1);
    // That it has begun is written with what comes next.
    await server[how]();
    await server.startNext();
    assertEquals(await server.lines("told", 2), ["begin 0", "begin 0"]);
    await using another = await server.connect();
    const [{ key, waiting, held, concurrency }] = (await another.status()).keyLimits.first;
    assertEquals([key, waiting, held, concurrency], ["serial", 6, 1, 1]);
    await Deno.writeTextFile(gate, "open");
    assertEquals(await Promise.all(handles.map((handle) => handle.result())), [0, 1, 2, 3, 4, 5, 6]);
    const told = await server.lines("told", 15);
    assertEquals(told.slice(2), ["end 0", ...[1, 2, 3, 4, 5, 6].flatMap((n) => [`begin ${n}`, `end ${n}`])]);
  });
}

Deno.test("the rate of a key is not exceeded over a restart: what waited begins with an empty bucket", async () => {
  await using server = await LastingServer.start({ numWorkers: 2 });
  await using client = await server.connect();
  const rated = (perSecond: number) => client.with({ limit: { key: "rate", perSecond, burst: 2 } });
  const handles = [];
  for (let n = 0; n < 4; n++) handles.push(await rated(0.01).submit(limited.square, n));
  assertEquals(await Promise.all([handles[0].result(), handles[1].result()]), [0, 1]);
  await server.kill();
  await server.startNext();
  await using another = await server.connect();
  const [{ waiting, held, nextAt }] = (await another.status()).keyLimits.first;
  assertEquals([waiting, held, nextAt! > Date.now()], [2, 0, true]);
  // The latest word on the figures, by whoever says it.
  const last = await another.with({ limit: { key: "rate", perSecond: 1000, burst: 10 } }).submit(limited.square, 4);
  assertEquals(await Promise.all([handles[2].result(), handles[3].result(), last.result()]), [4, 9, 16]);
});

Deno.test("tasks that were submitted together, and lie on the disk, wait for their key there, and all run", async () => {
  await using server = await LastingServer.start({ numWorkers: 2 });
  await using client = await server.connect();
  const numbers = Array.from({ length: 300 }, (_, n) => n);
  const limit = { key: "together", concurrency: 2 };
  // It holds a place of the key, so that most of the others wait.
  const held = await granted(client, server).with({ limit }).submit(
    limited.hold,
    `${server.folder}/told`,
    `${server.folder}/gate`,
    0,
  );
  await server.lines("told", 1);
  const delayed = numbers.map((n) => task(limited.square, n).with({ limit, delayMs: 3_600_000 }));
  const handles = await client.submit(delayed);
  await server.kill();
  // By then their time is over.
  await server.startNext({ clockAheadMs: 3_600_000 });
  await Deno.writeTextFile(`${server.folder}/gate`, "open");
  assertEquals(await held.result(), 0);
  assertEquals(await Promise.all(handles.map((handle) => handle.result())), numbers.map((n) => n * n));
  await using another = await server.connect();
  assertEquals((await another.status()).keyLimits.keys, 0);
});
