import { assert, assertEquals } from "@std/assert";
import { Client, remote } from "../../mod.ts";
import { Server } from "../../server.ts";

const shared = remote<typeof import("../fixtures/shared.ts")>(import.meta.resolve("../fixtures/shared.ts"));

Deno.test("a profile in use gets a spare: a process that has started, and run nothing, before its task comes", async () => {
  await using server = await Server.start({ address: "127.0.0.1:0", authkey: "key", logLevel: "none", numWorkers: 1 });
  await using client = await Client.connect({ address: server.address, authkey: "key" });
  for (let i = 0; i < 3; i++) await client.run(shared.whereAmI);
  // Asking costs nothing and waits for the process that is being started.
  let spare = null;
  while (spare === null) {
    spare = (await client.status()).workers.find(({ state, pid }) => state === "idle" && pid) ?? null;
  }
  const { pid, calls } = await client.run(shared.whereAmI);
  assertEquals(pid, spare.pid);
  assertEquals(calls, 1);
});

Deno.test("spares 0 keeps no process, and stop() ends those that are kept", async () => {
  await using server = await Server.start({
    address: "127.0.0.1:0",
    authkey: "key",
    logLevel: "none",
    numWorkers: 1,
    spares: 0,
  });
  await using client = await Client.connect({ address: server.address, authkey: "key" });
  for (let i = 0; i < 4; i++) await client.run(shared.whereAmI);
  assertEquals((await client.status()).totals.processesStarted, 4);
  await server.stop();
  assertEquals(server.status().workers, []);
});

Deno.test("stop() with a drain ends spares and shared processes that are idle", async () => {
  const server = await Server.start({ address: "127.0.0.1:0", authkey: "key", logLevel: "none" });
  const client = await Client.connect({ address: server.address, authkey: "key" });
  for (let i = 0; i < 3; i++) await client.run(shared.whereAmI);
  const { pid } = await client.with({ isolation: "module" }).run(shared.whereAmI);
  assert(server.status().workers.some((worker) => worker.pid === pid));
  await server.stop();
  assertEquals(server.status().workers, []);
  await client.close();
});
