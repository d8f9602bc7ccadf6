import { assertEquals } from "@std/assert";
import { remote } from "../../mod.ts";
import { granted, LastingServer } from "../helpers/lasting_server.ts";

const lasting = remote<typeof import("../fixtures/lasting.ts")>(import.meta.resolve("../fixtures/lasting.ts"));

for (const how of ["kill", "stop"] as const) {
  Deno.test(`a pause survives a ${how} of the server, and what waits begins when it is resumed`, async () => {
    await using server = await LastingServer.start();
    const file = `${server.folder}/begun`;
    await using client = await server.connect();
    await client.pause();
    const { pausedAt } = await client.status();
    const handle = await granted(client, server).submit(lasting.note, file);
    await server[how]();
    await server.startNext();
    const { pausedAt: still, taskQueueSize, totals } = await client.status();
    assertEquals([still, taskQueueSize, totals.processesStarted], [pausedAt, 1, 0]);
    await client.resume();
    assertEquals((await handle.result()).attempt, 1);
    await server[how]();
    await server.startNext();
    assertEquals((await client.status()).pausedAt, null);
  });
}
