/** Streams, workers and pipelines when a server stops. */
import { assertEquals, assertRejects } from "@std/assert";
import { remote, TaskKilledByQuitSignal } from "../../mod.ts";
import { Pool } from "../../workers/mod.ts";
import { processServlet, threadServlet } from "../../servlets/mod.ts";
import * as stages from "../fixtures/stages.ts";
import { later } from "../fixtures/pair.ts";
import { Gate } from "../helpers/gate.ts";
import { connectTo, range, Rounds, slow, startServer } from "./successors.ts";

const streams = remote<typeof import("../fixtures/streams.ts")>(import.meta.resolve("../fixtures/streams.ts"));

Deno.test("R2: a stream whose task has not begun begins on the next server, with what it was sent", async () => {
  const server = await startServer(undefined, { numWorkers: 1 });
  await using client = await connectTo(server);
  using gate = new Gate();
  const { result } = await gate.send(client);
  await using counting = await client.open(streams.count, 3);
  await using echo = await client.open(streams.echo);
  await echo.send("early");
  const stopped = server.stop();
  assertEquals((await client.status()).totals.handedBack, 2);
  gate.open();
  assertEquals(await result, "passed");
  await stopped;
  await using _next = await startServer(server.address);
  assertEquals((await echo.next()).value, "early");
  await echo.send("late");
  assertEquals((await echo.next()).value, "late");
  assertEquals(await Array.fromAsync(counting), [0, 1, 2]);
  assertEquals(await counting.result(), "counted 3");
});

Deno.test("R2: a stream whose task has not begun fails when no server follows in time", async () => {
  const server = await startServer(undefined, { numWorkers: 1 });
  await using client = await connectTo(server, 200);
  using gate = new Gate();
  later((await gate.send(client)).result);
  await using counting = await client.open(streams.count, 3);
  await server.stop({ mode: "now" });
  await assertRejects(() => Array.fromAsync(counting), TaskKilledByQuitSignal);
});

Deno.test("R2: workers of a pool on a server that have not begun begin on the next one", async () => {
  const server = await startServer(undefined, { numWorkers: 1 });
  await using client = await connectTo(server);
  using gate = new Gate();
  later((await gate.send(client)).result);
  await using pool = new Pool(slow.same);
  const adding = later(pool.addWorker("remote", { client }));
  await client.status();
  await server.stop({ mode: "now" });
  await using _next = await startServer(server.address);
  gate.open();
  await adding;
  assertEquals(await pool.run(range(5)), range(5));
});

Deno.test("R2: a pool gives the items of a worker that a stop has killed to one on the next server", async () => {
  const server = await startServer();
  await using client = await connectTo(server);
  using gate = new Gate();
  const { hostname, port } = gate.address;
  await using pool = new Pool(slow.passItem);
  await pool.addWorker("remote", { client, permissions: { net: [`${hostname}:${port}`] } });
  const running = later(pool.run(range(3).map((x) => ({ hostname, port, x }))));
  await gate.admitted();
  await server.stop({ mode: "now" });
  await using _next = await startServer(server.address);
  for (let i = 0; i < 3; i++) {
    await gate.admitted();
    gate.open();
  }
  assertEquals(await running, range(3));
});

Deno.test("R2: items for a served pipeline go to the one of that name on the next server", async () => {
  const one = threadServlet(stages.addOne);
  const server = await startServer();
  await server.serve("one", one);
  await using client = await connectTo(server);
  const pipeline = client.pipeline<typeof one>("one");
  let isOver = false;
  const rounds = new Rounds(4);
  const callers = range(4).map(async (caller) => {
    for (let i = 0; !isOver; i++, rounds.ended(caller)) assertEquals(await pipeline.call(i), i + 1);
  });
  const all = later(Promise.all(callers));
  await Promise.race([all, rounds.more(1)]);
  await server.stop();
  await using next = await startServer(server.address);
  await next.serve("one", one);
  await Promise.race([all, rounds.more(2)]);
  isOver = true;
  await all;
});

Deno.test("R2: an item that a stop has dropped out of a pipeline goes through that of the next server", async () => {
  const stuck = processServlet(stages.Slow);
  const server = await startServer();
  await server.serve("stuck", stuck);
  await using client = await connectTo(server);
  const result = later(client.pipeline<typeof stuck>("stuck").call(1));
  while (server.status().pipelines[0].stages[0].inService === 0) await client.status();
  await server.stop({ mode: "now" });
  await using next = await startServer(server.address);
  await next.serve("stuck", threadServlet(stages.addOne) as never);
  assertEquals(await result as unknown, 2);
});
