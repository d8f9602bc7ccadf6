/** Handles, and results that nobody has fetched, when a server stops. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { Client, task, TaskKilledByQuitSignal } from "../../mod.ts";
import { AUTHKEY, ended, later, lineLike, rawPeer } from "../fixtures/pair.ts";
import { Gate } from "../helpers/gate.ts";
import { connectTo, Ledger, range, slow, startServer } from "./successors.ts";

Deno.test("R2: handles get what ran from a draining server and what waited from the next, each once", async () => {
  using ledger = new Ledger();
  const server = await startServer();
  await using client = await connectTo(server);
  const hasEnded = lineLike(client, /^ended/);
  const handles = await client.with({ permissions: ledger.permissions }).submit(
    range(30).map((x) => task(slow.slow, { x, ms: 50, file: ledger.file })),
  );
  const early = later(handles[29].result());
  await hasEnded;
  await server.stop();
  const first = server.status().totals;
  assertEquals([first.succeeded + first.handedBack, first.failed, first.lost], [30, 0, 0]);
  assert(first.handedBack > 0);
  await using next = await startServer(server.address);
  assertEquals(await early, 29 ** 2);
  assertEquals(await Promise.all(handles.map((handle) => handle.result())), range(30).map((x) => x * x));
  assertEquals(ledger.ended, range(30));
  assertEquals(next.status().totals.succeeded, first.handedBack);
});

Deno.test("R2: a handle gets the result of a task that ended before its server stopped, when asked for it later", async () => {
  const server = await startServer();
  await using client = await connectTo(server, 200);
  const handle = await client.submit(slow.same, 7);
  await ended(client, handle.id);
  await server.stop();
  assertEquals(await handle.result(), 7);
});

Deno.test("R2: a handle of a task that a stop has killed gets its result from the next server", async () => {
  const server = await startServer();
  await using client = await connectTo(server);
  using gate = new Gate();
  const { hostname, port } = gate.address;
  const handle = await client.with({ permissions: { net: [`${hostname}:${port}`] } }).submit(
    slow.pass,
    hostname,
    port,
    3,
  );
  await gate.admitted();
  await server.stop({ mode: "now" });
  await using _next = await startServer(server.address);
  const result = later(handle.result());
  await gate.admitted();
  gate.open();
  assertEquals(await result, 3);
});

Deno.test("R2: a handle that waits ends with TaskKilledByQuitSignal when no server follows in time", async () => {
  const server = await startServer(undefined, { numWorkers: 1 });
  await using client = await connectTo(server, 200);
  using gate = new Gate();
  later((await gate.send(client)).result);
  const handle = await client.submit(slow.same, 1);
  const result = later(handle.result());
  await client.status();
  await server.stop({ mode: "now" });
  await assertRejects(() => result, TaskKilledByQuitSignal);
});

Deno.test("R2: tasks that wait are lost when their client is away, and the status says so", async () => {
  const server = await startServer(undefined, { numWorkers: 1 });
  await using staying = await connectTo(server);
  using gate = new Gate();
  const { result } = await gate.send(staying);
  {
    await using leaving = await connectTo(server);
    await leaving.submit(range(3).map((x) => task(slow.same, x)));
  }
  const handle = await staying.submit(slow.same, 4);
  const stopped = server.stop();
  const { handedBack, lost } = (await staying.status()).totals;
  assertEquals([handedBack, lost], [1, 3]);
  gate.open();
  assertEquals(await result, "passed");
  await stopped;
  await using _next = await startServer(server.address);
  assertEquals(await handle.result(), 4);
});

Deno.test("R2: with a deadline, results that nobody has fetched are offered to whoever comes, and not longer than needed", async () => {
  const server = await startServer(undefined, { drainDeadlineMs: 600_000 });
  const first = await connectTo(server);
  const handle = await first.submit(slow.same, 5);
  await ended(first, handle.id);
  await first.close();
  const stopped = server.stop();
  assertEquals(server.status().resultCacheSize, 1);
  await using second = await Client.connect({ address: server.address, authkey: AUTHKEY });
  assertEquals((await second.queryResult(handle.id))?.data, 5);
  await stopped;
});

Deno.test("R2: results that have expired hold no drain up", async () => {
  const server = await startServer(undefined, { drainDeadlineMs: 600_000, resultRetentionMs: 1000 });
  {
    await using leaving = await connectTo(server);
    const handle = await leaving.submit(slow.same, 5);
    await ended(leaving, handle.id);
  }
  await server.stop();
  assertEquals(server.status().resultCacheSize, 0);
});

Deno.test("R2: the deadline ends a drain: what runs, and results that nobody fetches", async () => {
  const server = await startServer(undefined, { drainDeadlineMs: 300 });
  await using client = await connectTo(server, 0);
  using gate = new Gate();
  const { result } = await gate.send(client);
  {
    await using leaving = await connectTo(server);
    const handle = await leaving.submit(slow.same, 5);
    await ended(leaving, handle.id);
  }
  await server.stop();
  await assertRejects(() => result, TaskKilledByQuitSignal);
});

Deno.test("R2: a client that acknowledges nothing does not hold a drain up", async () => {
  const server = await startServer();
  await using client = await connectTo(server);
  await using peer = await rawPeer(server);
  const handle = await client.submit(slow.same, 5);
  await ended(client, handle.id);
  assertEquals(await peer.call("await", { ids: [handle.id] }), []);
  await server.stop();
});
