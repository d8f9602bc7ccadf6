/** Limits that are longer than a timer takes: it would fire at once. */
import { assertEquals } from "@std/assert";
import { Client, task } from "../../mod.ts";
import { InlineDispatcher, ProcessDispatcher, ThreadDispatcher } from "../../dispatchers/mod.ts";
import { Pipeline, threadServlet } from "../../servlets/mod.ts";
import { Worker } from "../../workers/mod.ts";
import { AUTHKEY, startPair } from "../fixtures/pair.ts";
import { functions } from "./routes.ts";

const LIMITS = [2 ** 31, 1e12, Infinity];

for (const ms of LIMITS) {
  Deno.test(`V7: a limit of ${ms} ms is taken as it is, at every door`, async () => {
    await using pair = await startPair({
      taskTimeoutMs: ms,
      graceMs: ms,
      drainDeadlineMs: ms,
      resultRetentionMs: ms,
      isolation: "module",
    });
    const { address } = pair.server;
    await using client = await Client.connect({ address, authkey: AUTHKEY, reconnectMs: ms, timeoutMs: ms });
    const limited = client.with({ timeoutMs: ms });
    assertEquals(await limited.run(functions.echo, 1), 1);
    assertEquals(await limited.map(functions.echo, [1]), [1]);
    const handle = await limited.submit(functions.echo, 1);
    assertEquals(await handle.result({ timeoutMs: ms }), 1);
    const { id } = await client.submit(functions.echo, 1);
    assertEquals((await client.queryResult(id, { waitMs: ms }))?.data, 1);
    assertEquals((await client.status({ timeoutMs: ms })).clients, 2);
    assertEquals(
      await (await client.submit(task(functions.echo, 1), { timeoutMs: ms })).info({ timeoutMs: ms }) === null,
      false,
    );
    await using queue = client.makeQueue();
    await queue.push(task(functions.echo, 1));
    assertEquals(await queue.pop({ timeoutMs: ms }), 1);
    for (const make of [() => new ProcessDispatcher(), () => new ThreadDispatcher(), () => new InlineDispatcher()]) {
      await using dispatcher = make();
      const execution = dispatcher.execute([task(functions.echo, 1)], { timeoutMs: ms });
      assertEquals(await Array.fromAsync(execution), [1]);
    }
    await using worker = await Worker.create({ kind: "thread", target: functions.echo, args: [1], timeoutMs: ms });
    assertEquals([await worker.wait({ timeoutMs: ms }), worker.result], [true, 1]);
    await using pipeline = await Pipeline.start(threadServlet((x: number) => x), { timeoutMs: ms });
    assertEquals(await pipeline.call(1, { timeoutMs: ms }), 1);
    await pair.server.serve("echo", threadServlet((x: number) => x));
    assertEquals(await client.pipeline<never>("echo").call(1 as never, { timeoutMs: ms }), 1);
  });
}
