import { assert, assertEquals, assertRejects } from "@std/assert";
import { Client, NotSendable, remote, TaskError, TaskKilledByQuitSignal } from "../../mod.ts";
import { Server, type ServerOptions } from "../../server.ts";

const tasks = remote<typeof import("../fixtures/streams.ts")>(import.meta.resolve("../fixtures/streams.ts"));
const range = (n: number) => Array.from({ length: n }, (_, i) => i);

const start = (options: ServerOptions = {}) =>
  Server.start({ address: "127.0.0.1:0", authkey: "key", logLevel: "none", numWorkers: 1, spares: 0, ...options });

const connect = ({ address }: Server) => Client.connect({ address, authkey: "key" });

// -- A full queue --

Deno.test("A stream that is given up while it waits for room in the queue does not run when there is room", async () => {
  await using server = await start({ queueCapacity: 1 });
  await using client = await connect(server);
  await using first = await client.open(tasks.pids);
  await first.next();
  const second = await client.submit(tasks.double, 1);
  const controller = new AbortController();
  const third = client.with({ signal: controller.signal }).open(tasks.pids);
  // In order behind the submission: the server has it.
  await client.status();
  controller.abort(new Error("enough"));
  await assertRejects(() => third, Error, "enough");
  await first.cancel();
  assertEquals(await second.result(), 2);
  assertEquals(await client.run(tasks.double, 2), 4, "the one slot is free");
  const { totals } = server.status();
  assertEquals([totals.submitted, totals.cancelled, totals.succeeded], [3, 1, 2], "it was never accepted");
});

Deno.test("A stream whose client leaves while it waits for room in the queue does not run when there is room", async () => {
  await using server = await start({ queueCapacity: 1 });
  await using client = await connect(server);
  const other = await connect(server);
  await using first = await client.open(tasks.pids);
  await first.next();
  const second = await client.submit(tasks.double, 1);
  const third = assertRejects(() => other.open(tasks.pids), TaskError, "closed");
  await other.status();
  await other.close();
  await third;
  await first.cancel();
  assertEquals(await second.result(), 2);
  assertEquals(await client.run(tasks.double, 2), 4, "the one slot is free");
  const { totals } = server.status();
  assertEquals([totals.submitted, totals.cancelled, totals.succeeded], [3, 1, 2], "it was never accepted");
});

// -- Items --

Deno.test("An item that is too large for a message fails its task by name; what is sent costs only itself", async () => {
  await using server = await start({ maxFrameBytes: 100_000 });
  await using client = await Client.connect({ address: server.address, authkey: "key", maxFrameBytes: 100_000 });
  const got: number[] = [];
  const error = await assertRejects(async () => {
    for await (const { length } of client.stream(tasks.sizes, [10, 99_000, 99_000, 10, 100_000])) got.push(length);
  }, NotSendable);
  assertEquals([got, error.code], [[10, 99_000, 99_000, 10], "RESULT_NOT_SENDABLE"]);
  await using stream = await client.open(tasks.echo);
  await assertRejects(() => stream.send(new Uint8Array(100_000)), NotSendable);
  for (const length of [99_000, 3]) {
    await stream.send(new Uint8Array(length));
    assertEquals(((await stream.next()).value as Uint8Array).length, length);
  }
});

Deno.test("A sync generator's promises are awaited, and its finally block does not hide what went wrong", async () => {
  await using server = await start();
  await using client = await connect(server);
  assertEquals(await Array.fromAsync(client.stream(tasks.promises, 3)), [0, 1, 2]);
  await assertRejects(() => Array.fromAsync(client.stream(tasks.unsendableThenThrows)), NotSendable);
});

Deno.test("run() and map() of a generator function give what it yields as a list", async () => {
  await using server = await start();
  await using client = await connect(server);
  assertEquals(await client.run(tasks.count, 3), [0, 1, 2]);
  assertEquals(await client.map(tasks.countAsync, [0, 2]), [[], [0, 1]]);
});

// -- The server stops --

Deno.test("server.stop() that drains lets a stream come to its end, and its consumer have all of it", async () => {
  await using server = await start();
  await using client = await connect(server);
  await using stream = await client.open(tasks.count, 5000);
  assertEquals((await stream.next()).value, 0);
  const stopped = server.stop({ mode: "drain" });
  assertEquals(await Array.fromAsync(stream), range(5000).slice(1));
  assertEquals(await stream.result(), "counted 5000");
  await stopped;
});

Deno.test("server.stop() now fails a stream behind its items, also one that waits for its consumer", async () => {
  await using server = await start();
  await using client = await connect(server);
  await using stream = await client.open(tasks.flood, 100_000);
  await using idle = await client.open(tasks.echo);
  await idle.send(1);
  assertEquals((await idle.next()).value, 1);
  const workers = (await client.status()).workers.map(({ state }) => state);
  assertEquals(workers.length, 2);
  await server.stop({ mode: "now" });
  await assertRejects(() => Array.fromAsync(stream), TaskKilledByQuitSignal);
  await assertRejects(() => idle.next(), TaskKilledByQuitSignal);
});

Deno.test("A task that waits for its stream is waiting, and its time goes on", async () => {
  await using server = await start();
  await using client = await connect(server);
  await using stream = await client.with({ timeoutMs: 700 }).open(tasks.echo);
  // Runs in the slot that it lends.
  assertEquals(await client.run(tasks.double, 1), 2);
  const [found] = await client.queryResults([stream.id], { peek: true });
  assert(found !== null);
  assertEquals(found.status, "waiting");
  const error = await assertRejects(() => stream.next(), TaskError);
  assertEquals(error.code, "TASK_TIMEOUT");
});

Deno.test("A task that finds the only process waiting for its client's items waits too, and fails not", async () => {
  await using server = await start({ maxProcesses: 1 });
  await using client = await connect(server);
  const stream = await client.open(tasks.echo);
  const handle = await client.submit(tasks.double, 1);
  // Between any two of these the task waits, its slot lent, and no process can become free but by its doing.
  for (const i of range(20)) {
    await stream.send(i);
    assertEquals((await stream.next()).value, i);
  }
  await stream.return!();
  assertEquals(await handle.result(), 2);
});
