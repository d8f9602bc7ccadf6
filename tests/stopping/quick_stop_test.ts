/** How long a stop takes hardly depends on how much waits. The measure is what it took to have that wait there. */
import { assertEquals, assertLess, assertRejects } from "@std/assert";
import { task, TaskKilledByQuitSignal } from "../../mod.ts";
import { later } from "../fixtures/pair.ts";
import { Gate } from "../helpers/gate.ts";
import { connectTo, range, slow, startServer } from "./successors.ts";

const TASKS = 1_000_000;
/** How long something takes, in milliseconds. */
async function msOf(act: () => Promise<unknown>): Promise<number> {
  const from = performance.now();
  await act();
  return performance.now() - from;
}

Deno.test("R14: stop() with a million queued takes far less than their submission did", async () => {
  const server = await startServer(undefined, { numWorkers: 1, spares: 0 });
  await using client = await connectTo(server, 0);
  using gate = new Gate();
  const { result } = await gate.send(client);
  const submittedMs = await msOf(async () => {
    for (let left = TASKS; left > 0; left -= 50_000) {
      await client.submit(range(50_000).map((x) => task(slow.same, x)));
    }
  });
  assertEquals(server.status().taskQueueSize, TASKS);
  const stoppedMs = await msOf(async () => {
    const stopped = server.stop();
    gate.open();
    assertEquals(await result, "passed");
    await stopped;
  });
  // Some 500 ms of 10 s where nothing else runs.
  assertLess(stoppedMs, submittedMs / 4);
  assertEquals(server.status().totals.handedBack, TASKS);
});

Deno.test("R14: stop() now takes hardly longer than their submission with many subtasks too", async () => {
  const server = await startServer(undefined, { numWorkers: 1, spares: 0 });
  await using client = await connectTo(server, 0);
  using gate = new Gate();
  const { hostname, port } = gate.address;
  const permissions = { net: [`${hostname}:${port}`] };
  const from = performance.now();
  const nested = later(client.with({ permissions }).run(slow.mapBehindGate, hostname, port, 100_000));
  await gate.admitted();
  const submittedMs = performance.now() - from;
  const stoppedMs = await msOf(() => server.stop({ mode: "now" }));
  await assertRejects(() => nested, TaskKilledByQuitSignal);
  assertLess(stoppedMs, 2 * submittedMs);
});
