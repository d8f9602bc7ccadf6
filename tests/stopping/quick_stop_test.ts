/** How long a stop takes does not depend on how much waits. */
import { assertEquals, assertLess } from "@std/assert";
import { later } from "../fixtures/pair.ts";
import { Gate } from "../helpers/gate.ts";
import { connectTo, range, slow, startServer } from "./successors.ts";
import { task } from "../../mod.ts";

const TASKS = 1_000_000;

for (const mode of ["drain", "now"] as const) {
  Deno.test(`R14: stop() with a million queued takes less than two seconds: ${mode}`, async () => {
    const server = await startServer(undefined, { numWorkers: 1, spares: 0 });
    await using client = await connectTo(server, 0);
    using gate = new Gate();
    const { result } = await gate.send(client);
    later(result);
    for (let left = TASKS; left > 0; left -= 50_000) {
      await client.submit(range(50_000).map((x) => task(slow.same, x)));
    }
    assertEquals(server.status().taskQueueSize, TASKS);
    const from = performance.now();
    const stopped = server.stop({ mode });
    gate.open();
    await stopped;
    const tookMs = performance.now() - from;
    console.log(mode, Math.round(tookMs), "ms");
    assertLess(tookMs, 2000);
  });
}
