import { assert, assertEquals, assertRejects } from "@std/assert";
import { Client, remote, TaskCancelled, TaskError, TaskFailed } from "../../mod.ts";
import { Server, type ServerOptions } from "../../server.ts";

const tasks = remote<typeof import("../fixtures/streams.ts")>(import.meta.resolve("../fixtures/streams.ts"));
const range = (n: number) => Array.from({ length: n }, (_, i) => i);

async function connect(options: ServerOptions = {}) {
  const server = await Server.start({
    address: "127.0.0.1:0",
    authkey: "key",
    logLevel: "none",
    numWorkers: 1,
    spares: 0,
    ...options,
  });
  const client = await Client.connect({ address: server.address, authkey: "key" });
  return {
    server,
    client,
    async [Symbol.asyncDispose]() {
      await client.close();
      await server.stop({ mode: "now" });
    },
  };
}

// -- Items --

Deno.test("client.stream() gives what a generator yields, in order, sync or async, many or none", async () => {
  await using here = await connect();
  const client = here.client.with({ isolation: "module" });
  for (const count of [0, 1, 5000]) {
    assertEquals(await Array.fromAsync(client.stream(tasks.count, count)), range(count));
    assertEquals(await Array.fromAsync(client.stream(tasks.countAsync, count)), range(count));
  }
  assertEquals(
    await Array.fromAsync(here.client.stream(function* (n: number) {
      yield n;
    }, 7)),
    [7],
  );
});

Deno.test("client.stream() gives the items before a failure, then the task's error, then the end", async () => {
  await using here = await connect();
  const stream = here.client.stream(tasks.failAt, 2000);
  for (const i of range(2000)) assertEquals((await stream.next()).value, i);
  const error = await assertRejects(() => stream.next(), TaskFailed, "midway");
  assertEquals(error.data, 2000);
  assertEquals(await stream.next(), { done: true, value: undefined });
});

Deno.test("client.stream() names an item that cannot be sent, and the generator's finally blocks run", async () => {
  await using here = await connect();
  const lines = here.client.logs();
  const line = lines.next();
  const got: unknown[] = [];
  const error = await assertRejects(async () => {
    for await (const item of here.client.stream(tasks.unsendableAt, 3)) got.push(item);
  }, TaskError);
  assertEquals([got, error.code], [[0, 1, 2], "RESULT_NOT_SENDABLE"]);
  assertEquals((await line).value!.text, "finally");
  await lines.return(undefined);
});

Deno.test("TaskStream.result() is what the generator returns, or what a plain function returns", async () => {
  await using here = await connect();
  await using stream = await here.client.open(tasks.count, 3);
  assertEquals(await Array.fromAsync(stream), [0, 1, 2]);
  assertEquals(await stream.result(), "counted 3");
  await using plain = await here.client.open(tasks.double, 4);
  assertEquals(await Array.fromAsync(plain), []);
  assertEquals(await plain.result(), 8);
});

Deno.test("client.stream() takes what gives a generator, or the promise of one, and by its type nothing else", async () => {
  await using here = await connect();
  const promised = (n: number) =>
    Promise.resolve((function* (): Generator<number, string> {
      yield n;
      return "end";
    })());
  const items: number[] = await Array.fromAsync(here.client.stream(promised, 7));
  assertEquals(items, [7]);
  // @ts-expect-error a number is no generator: the stream would be empty
  assertEquals(await Array.fromAsync(here.client.stream(tasks.double, 4)), []);
  // @ts-expect-error neither is a list
  assertEquals(await Array.fromAsync(here.client.stream(() => [1, 2])), []);
});

// -- Both directions --

Deno.test("TaskStream sends items to the task's inbox and ends it", async () => {
  await using here = await connect();
  await using stream = await here.client.open(tasks.accumulate);
  for (const value of [1, 2, 3]) await stream.send(value);
  assertEquals((await stream.next()).value, 1);
  await stream.end();
  await stream.end();
  assertEquals(await Array.fromAsync(stream), [3, 6]);
  assertEquals(await stream.result(), 6);
});

Deno.test("TaskStream.send() after end(), and to a task that has ended, is an error", async () => {
  await using here = await connect();
  await using stream = await here.client.open(tasks.accumulate);
  await stream.end();
  const error = await assertRejects(() => stream.send(1), TaskError, "at its end");
  assertEquals(error.code, "STREAM_ENDED");
  await using over = await here.client.open(tasks.count, 1);
  await Array.fromAsync(over);
  await assertRejects(() => over.send(1), TaskError, "has ended");
  await using open = await here.client.open(tasks.accumulate);
  await assertRejects(() => open.send(() => {}), TaskError, "Cannot send");
  await open.send(5);
  assertEquals((await open.next()).value, 5, "what cannot be sent costs only itself");
});

Deno.test("messenger.inbox of a task that is not opened as a stream is at its end", async () => {
  await using here = await connect();
  assertEquals(await here.client.run(tasks.lengthOfInbox), 0);
});

Deno.test("TaskStream goes both ways at once, far beyond what may be under way", async () => {
  await using here = await connect();
  await using stream = await here.client.with({ isolation: "module" }).open(tasks.echo);
  const count = 5000;
  const sending = (async () => {
    for (const i of range(count)) await stream.send({ i });
    await stream.end();
  })();
  assertEquals(await Array.fromAsync(stream), range(count).map((i) => ({ i })));
  await sending;
});

Deno.test("TaskStream: two consumers of one iterator share its items", async () => {
  await using here = await connect();
  await using stream = await here.client.open(tasks.count, 1000);
  const [a, b] = await Promise.all([Array.fromAsync(stream), Array.fromAsync(stream)]);
  assertEquals([...a, ...b].sort((x, y) => x - y), range(1000));
  assert(a.length > 0 && b.length > 0);
});

// -- Flow control --

Deno.test("A consumer that does not read stops the task within the window, and its slot serves others", async () => {
  await using here = await connect();
  await using stream = await here.client.open(tasks.flood, 32 * 1024);
  assertEquals((await stream.next()).value!.length, 32 * 1024);
  // It waits: the one slot is free for this.
  assertEquals(await here.client.run(tasks.double, 4), 8);
  assertEquals((await here.client.status()).slots.lent, 1);
  // It goes on when it is read.
  for (let i = 0; i < 200; i++) assertEquals((await stream.next()).value!.length, 32 * 1024);
});

Deno.test("Leaving the loop cancels the task", async () => {
  await using here = await connect();
  for await (const _ of here.client.stream(tasks.flood, 10)) break;
  assertEquals(await here.client.run(tasks.double, 1), 2);
  const { totals } = await here.client.status();
  assertEquals([totals.cancelled, totals.succeeded], [1, 1]);
});

Deno.test("TaskStream.cancel() ends the stream with the task's cancellation", async () => {
  await using here = await connect();
  await using stream = await here.client.open(tasks.pids);
  assertEquals(typeof (await stream.next()).value, "number");
  assert(await stream.cancel());
  await assertRejects(() => stream.next(), TaskCancelled);
  await assertRejects(() => stream.result(), TaskCancelled);
});

Deno.test("An aborted signal ends the stream with its reason", async () => {
  await using here = await connect();
  const controller = new AbortController();
  await using stream = await here.client.with({ signal: controller.signal }).open(tasks.pids);
  await stream.next();
  const next = assertRejects(() => stream.next(), Error, "enough");
  controller.abort(new Error("enough"));
  await next;
  await assertRejects(() => stream.result(), Error, "enough");
});

Deno.test("A client that takes its leave cancels the tasks of its streams", async () => {
  await using here = await connect();
  const other = await Client.connect({ address: here.server.address, authkey: "key" });
  const stream = await other.open(tasks.pids);
  await stream.next();
  await other.close();
  assertEquals(await here.client.run(tasks.double, 1), 2, "the one slot is free");
  await assertRejects(() => stream.next(), TaskError, "closed");
});

Deno.test("A worker that is killed in the middle of a stream fails it behind its items", async () => {
  await using here = await connect();
  await using stream = await here.client.open(tasks.pids);
  const pid = (await stream.next()).value!;
  Deno.kill(pid, "SIGKILL");
  const error = await assertRejects(() => stream.next(), TaskError);
  assertEquals(error.code, "TASK_CRASHED");
});

// -- Within tasks --

Deno.test("A task that consumes a stream and runs others in between does not deadlock with one worker", async () => {
  await using here = await connect();
  for (const isolation of ["task", "module"] as const) {
    const client = here.client.with({ isolation });
    assertEquals(
      await client.run(tasks.consume, 5000),
      2 * (0 + 500 + 1000 + 1500 + 2000 + 2500 + 3000 + 3500 + 4000 + 4500),
    );
    assertEquals(await client.run(tasks.converse, 4), 20);
  }
  const { slots } = await here.client.status();
  assertEquals([slots.taken, slots.lent], [0, 0]);
});
