/** How long a stop takes does not depend on how much waits. */
import { assertEquals, assertLess, assertRejects } from "@std/assert";
import { task, TaskKilledByQuitSignal } from "../../mod.ts";
import { later } from "../fixtures/pair.ts";
import { Gate } from "../helpers/gate.ts";
import { connectTo, range, slow, startServer } from "./successors.ts";

const TASKS = 1_000_000;
const MOST_MS = 2000;

Deno.test("R14: stop() with a million queued takes less than two seconds", async () => {
  const server = await startServer(undefined, { numWorkers: 1, spares: 0 });
  await using client = await connectTo(server, 0);
  using gate = new Gate();
  const { result } = await gate.send(client);
  for (let left = TASKS; left > 0; left -= 50_000) {
    await client.submit(range(50_000).map((x) => task(slow.same, x)));
  }
  assertEquals(server.status().taskQueueSize, TASKS);
  const from = performance.now();
  const stopped = server.stop();
  gate.open();
  assertEquals(await result, "passed");
  await stopped;
  assertLess(performance.now() - from, MOST_MS);
  assertEquals(server.status().totals.handedBack, TASKS);
});

Deno.test("R14: stop() now takes less than two seconds also with many subtasks", async () => {
  const server = await startServer(undefined, { numWorkers: 1, spares: 0 });
  await using client = await connectTo(server, 0);
  using gate = new Gate();
  const { hostname, port } = gate.address;
  const permissions = { net: [`${hostname}:${port}`] };
  const nested = later(client.with({ permissions }).run(slow.mapBehindGate, hostname, port, 100_000));
  await gate.admitted();
  const from = performance.now();
  await server.stop({ mode: "now" });
  await assertRejects(() => nested, TaskKilledByQuitSignal);
  assertLess(performance.now() - from, MOST_MS);
});
