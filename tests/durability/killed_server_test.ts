import { assert, assertEquals } from "@std/assert";
import { Client, remote } from "../../mod.ts";
import { AUTHKEY } from "../fixtures/pair.ts";
import { LoneServer } from "../helpers/lone_server.ts";

const functions = remote<typeof import("../fixtures/functions.ts")>(
  import.meta.resolve("../fixtures/functions.ts"),
);

Deno.test("300 submits, three kills: the same handles give all 300 results", async () => {
  const folder = await Deno.makeTempDir({ prefix: "palpable-killed-" });
  const options = { store: `${folder}/tasks.db`, numWorkers: 2, isolation: "module", address: "127.0.0.1:0" } as const;
  let server = await LoneServer.start(options);
  const { address } = server;
  try {
    await using client = await Client.connect({ address, authkey: AUTHKEY, reconnectMs: 60_000 });
    const numbers = Array.from({ length: 300 }, (_, n) => n);
    const handles = await Promise.all(numbers.map((n) => client.submit(functions.square, n)));
    let here = 0;
    const gates = [40, 110, 200].map((at) => ({ at, reached: Promise.withResolvers<void>() }));
    const results = handles.map((handle) =>
      handle.result().finally(() => {
        here++;
        for (const { at, reached } of gates) if (here >= at) reached.resolve();
      })
    );
    for (const { reached } of gates) {
      await reached.promise;
      await server.kill();
      server = await LoneServer.start({ ...options, address });
    }
    assertEquals(await Promise.all(results), numbers.map((n) => n * n));
    // Each was accepted once: there is nothing left to run.
    const { totals, taskQueueSize } = await client.status();
    assertEquals([taskQueueSize, totals.failed, totals.cancelled], [0, 0, 0]);
    assert(totals.submitted < 300, `${totals.submitted} were taken up by the last server`);
  } finally {
    await server[Symbol.asyncDispose]();
    await Deno.remove(folder, { recursive: true });
  }
});
