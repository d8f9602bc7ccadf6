/** Being stopped is no outcome of what a client could submit again: it waits for the next server. */
import { assert, assertEquals, assertLess, assertRejects } from "@std/assert";
import { task, TaskKilledByQuitSignal } from "../../mod.ts";
import { later, lineLike } from "../fixtures/pair.ts";
import { Gate } from "../helpers/gate.ts";
import { connectTo, Ledger, range, Rounds, slow, startServer } from "./successors.ts";

Deno.test("R2: callers that go on calling while a server drains and the next one comes see no error", async () => {
  const server = await startServer();
  await using client = await connectTo(server);
  using gate = new Gate();
  const { result } = await gate.send(client);
  let isOver = false;
  const rounds = new Rounds(4);
  const callers = range(4).map(async (caller) => {
    for (let i = 0; !isOver; i++, rounds.ended(caller)) assertEquals(await client.run((x: number) => x + 1, i), i + 1);
  });
  const all = later(Promise.all(callers));
  await Promise.race([all, rounds.more(1)]);
  const stopped = server.stop();
  // An answer of the draining server: the callers have met it too.
  assertEquals((await client.status()).state, "draining");
  gate.open();
  assertEquals(await result, "passed");
  await stopped;
  await using next = await startServer(server.address);
  await Promise.race([all, rounds.more(2)]);
  isOver = true;
  await all;
  assertEquals(next.status().totals.failed, 0);
});

Deno.test("R2: a drain ends when what runs has ended; what waits runs on the next server, each item once", async () => {
  using ledger = new Ledger();
  const server = await startServer();
  await using client = await connectTo(server);
  const items = range(2000).map((x) => ({ x, ms: x < 20 ? 100 : 0, file: ledger.file }));
  const hasEnded = lineLike(client, /^ended/);
  const mapping = later(client.with({ permissions: ledger.permissions }).map(slow.slow, items));
  await hasEnded;
  await server.stop();
  const first = ledger.ended.length;
  assertEquals(server.status().totals.succeeded, first);
  assertLess(first, 2000);
  await using next = await startServer(server.address);
  assertEquals(await mapping, items.map(({ x }) => x * x));
  assertEquals(ledger.ended, range(2000));
  assertEquals(next.status().totals.succeeded, 2000 - first);
});

Deno.test("R2: execute() goes on over a drain, each task once", async () => {
  using ledger = new Ledger();
  const server = await startServer();
  await using client = await connectTo(server);
  const tasks = range(40).map((x) => task(slow.slow, { x, ms: 50, file: ledger.file }));
  const hasEnded = lineLike(client, /^ended/);
  const executing = later(Array.fromAsync(client.with({ permissions: ledger.permissions }).execute(tasks)));
  await hasEnded;
  await server.stop();
  await using _next = await startServer(server.address);
  assertEquals((await executing).length, 40);
  assertEquals(ledger.ended, range(40));
});

Deno.test("R2: what a stop has killed runs again on the next server", async () => {
  const server = await startServer();
  await using client = await connectTo(server);
  using gate = new Gate();
  const { result } = await gate.send(client);
  const waiting = later(client.map((x: number) => -x, [1, 2, 3]));
  await server.stop({ mode: "now" });
  await using _next = await startServer(server.address);
  await gate.admitted();
  gate.open();
  assertEquals(await result, "passed");
  assertEquals(await waiting, [-1, -2, -3]);
});

Deno.test("R2: a second stop that hurries is no outcome either", async () => {
  const server = await startServer();
  await using client = await connectTo(server);
  using gate = new Gate();
  const { result } = await gate.send(client);
  const stopped = server.stop();
  await Promise.all([stopped, server.stop({ mode: "now" })]);
  await using _next = await startServer(server.address);
  await gate.admitted();
  gate.open();
  assertEquals(await result, "passed");
});

Deno.test("R2: subtasks of what runs are run in a drain, also those that are submitted then", async () => {
  await using server = await startServer(undefined, { numWorkers: 1 });
  await using client = await connectTo(server, 0);
  using gate = new Gate();
  const { hostname, port } = gate.address;
  const nested = later(
    client.with({ permissions: { net: [`${hostname}:${port}`] } }).run(slow.mapAfter, hostname, port, 50),
  );
  await gate.admitted();
  const stopped = server.stop();
  assertEquals((await client.status()).state, "draining");
  gate.open();
  assertEquals(await nested, range(50).map((x) => x * x));
  await stopped;
});

Deno.test("R2: when no server follows within reconnectMs, tasks end with TaskKilledByQuitSignal", async () => {
  const server = await startServer();
  await using client = await connectTo(server, 300);
  using gate = new Gate();
  const { result } = await gate.send(client);
  const waiting = later(client.map((x: number) => -x, [1, 2, 3]));
  await server.stop({ mode: "now" });
  const error = await assertRejects(() => result, TaskKilledByQuitSignal);
  assert(error.message.includes("no other"), error.message);
  await assertRejects(() => waiting, TaskKilledByQuitSignal);
});

Deno.test("R2: a client does not wait longer than reconnectMs for a server that drains on", async () => {
  await using server = await startServer();
  await using client = await connectTo(server, 300);
  using gate = new Gate();
  const { result } = await gate.send(client);
  void server.stop();
  const refused = await assertRejects(() => client.run(() => 1), Error, "stopping");
  assertEquals((refused as unknown as { code: string }).code, "SERVER_STOPPING");
  gate.open();
  assertEquals(await result, "passed");
});

Deno.test("R2: the client that tells the server to quit does not wait for the next", async () => {
  const server = await startServer();
  await using client = await connectTo(server);
  using gate = new Gate();
  const { result } = await gate.send(client);
  await client.quit({ mode: "now" });
  await assertRejects(() => result, TaskKilledByQuitSignal);
  await server.finished;
});
