/** Calls that wait for a server that is away, silent or full, and what their callers say about it. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import {
  type CallOptions,
  Client,
  PipelineTimeout,
  QueueFull,
  remote,
  Task,
  task,
  type TaskStream,
  WaitTimeout,
} from "../../mod.ts";
import { QueueDispatcher } from "../../dispatchers/queue_dispatcher.ts";
import { threadServlet } from "../../servlets/mod.ts";
import { ManualBackend } from "../dispatchers/manual_backend.ts";
import { AUTHKEY, lineLike, startPair } from "../fixtures/pair.ts";
import { soon } from "./iterator_case.ts";
import { HoleProxy } from "../helpers/hole_proxy.ts";

const tasks = remote<typeof import("../fixtures/endings.ts")>(import.meta.resolve("../fixtures/endings.ts"));

/** A client whose server is away, and will be looked for for longer than any test takes. */
async function withoutServer(): Promise<{ client: Client } & AsyncDisposable> {
  const pair = await startPair();
  const { address } = pair.server;
  const client = await Client.connect({ address, authkey: AUTHKEY, reconnectMs: 600_000 });
  await pair[Symbol.asyncDispose]();
  return { client, [Symbol.asyncDispose]: () => client.close() };
}

/** A client whose server is there and says nothing. */
async function withSilentServer(): Promise<{ client: Client; stream: TaskStream } & AsyncDisposable> {
  const pair = await startPair();
  const proxy = new HoleProxy(pair.server.address);
  const client = await Client.connect({ address: proxy.address, authkey: AUTHKEY, heartbeatMs: 600_000 });
  const stream = await client.open(tasks.oneAndNoMore);
  await stream.next();
  proxy.swallow();
  const dispose = async () => {
    await pair[Symbol.asyncDispose]();
    await proxy[Symbol.asyncDispose]();
    await client.close();
  };
  return { client, stream, [Symbol.asyncDispose]: dispose };
}

/** Calls that take limits. */
const CALLS: Record<string, (client: Client, limits: CallOptions) => Promise<unknown>> = {
  "status()": (client, limits) => client.status(limits),
  "queryResult()": (client, limits) => client.queryResult("a", limits),
  "queryResult({ peek })": (client, limits) => client.queryResult("a", { peek: true, ...limits }),
  "queryResult({ waitMs: -1 })": (client, limits) => client.queryResult("a", { waitMs: -1, ...limits }),
  "queryResult({ waitMs: 60_000 })": (client, limits) => client.queryResult("a", { waitMs: 60_000, ...limits }),
  "queryResults()": (client, limits) => client.queryResults(["a", "b"], limits),
  "submit(task)": (client, limits) => client.submit(task(tasks.double, 1), limits),
  "submit(tasks)": (client, limits) => client.submit([task(tasks.double, 1), task(tasks.double, 2)], limits),
  "quit()": (client, limits) => client.quit(limits),
};

/** Calls whose limits are the signal of the caller. */
const TASKS: Record<string, (client: Client) => Promise<unknown>> = {
  "run()": (client) => client.run(tasks.double, 1),
  "map()": (client) => client.map(tasks.double, [1]),
  "submit()": (client) => client.submit(tasks.double, 1),
  "open()": (client) => client.open(tasks.oneAndNoMore),
  "stream()": (client) => client.stream(tasks.oneAndNoMore).next(),
  "status()": (client) => client.status(),
  "queryResult()": (client) => client.queryResult("a"),
};

for (const [where, open] of Object.entries({ away: withoutServer, silent: withSilentServer })) {
  for (const [name, call] of Object.entries(CALLS)) {
    Deno.test(`E7: ${name} ends with its signal, and with its time, while the server is ${where}`, async () => {
      await using opened = await open();
      const controller = new AbortController();
      const called = assertRejects(() => call(opened.client, { signal: controller.signal }), RangeError, "enough");
      controller.abort(new RangeError("enough"));
      await soon(name, called);
      await soon(name, assertRejects(() => call(opened.client, { timeoutMs: 1 }), WaitTimeout, "1 ms"));
      await soon(name, assertRejects(() => call(opened.client, { signal: controller.signal }), RangeError));
    });
  }

  for (const [name, call] of Object.entries(TASKS)) {
    Deno.test(`E7: ${name} ends with the signal of its caller while the server is ${where}`, async () => {
      await using opened = await open();
      const controller = new AbortController();
      const { signal } = controller;
      const called = assertRejects(() => call(opened.client.with({ signal })), RangeError, "enough");
      controller.abort(new RangeError("enough"));
      await soon(name, called);
    });
  }

  Deno.test(`E7: queryResult({ waitMs: 0 }) does not wait for a server that is ${where}`, async () => {
    await using opened = await open();
    await soon("queryResult()", assertRejects(() => opened.client.queryResult("a", { waitMs: 0 }), WaitTimeout));
  });
}

Deno.test("E7: what waits for a task ends with its signal, and the task goes on", async () => {
  await using pair = await startPair();
  const handle = await pair.client.submit(tasks.forever);
  const stream = await pair.client.open(tasks.oneAndNoMore);
  const waits: Record<string, (limits: CallOptions) => Promise<unknown>> = {
    "handle.result()": (limits) => handle.result(limits),
    "queryResult()": (limits) => pair.client.queryResult(handle.id, { waitMs: -1, ...limits }),
    "stream.result()": (limits) => stream.result(limits),
    "stream.send()": async (limits) => {
      for (let i = 0; i < 2000; i++) await stream.send(i, limits);
    },
  };
  for (const [name, wait] of Object.entries(waits)) {
    const controller = new AbortController();
    const waiting = assertRejects(() => wait({ signal: controller.signal }), RangeError, "enough");
    controller.abort(new RangeError("enough"));
    await soon(name, waiting);
    await soon(name, assertRejects(() => wait({ timeoutMs: 20 }), WaitTimeout, "20 ms"));
  }
  const results = await pair.client.queryResult(handle.id, { peek: true });
  assertEquals(results?.isSuccessful, null);
  assert(await handle.cancel({ timeoutMs: 10_000 }));
  assert(await stream.cancel({ timeoutMs: 10_000 }));
});

Deno.test("E7: a result that comes after whoever waited for it has left is there for the next", async () => {
  await using pair = await startPair();
  const handle = await pair.client.submit(tasks.double, 4);
  const controller = new AbortController();
  const waiting = assertRejects(() => handle.result({ signal: controller.signal }), RangeError);
  controller.abort(new RangeError("enough"));
  await waiting;
  assertEquals((await pair.client.queryResult(handle.id, { waitMs: -1 }))?.data, 8);
});

Deno.test("E7: a submission that waits for room is given up with its signal or its time, and never runs", async () => {
  await using pair = await startPair({ numWorkers: 1, queueCapacity: 1 });
  const { client, server } = pair;
  const running = client.stream(tasks.oneAndNoMore);
  await running.next();
  const queued = await client.submit(tasks.double, 1);
  const one = () => task(tasks.double, 2);
  await assertRejects(
    () => client.submit(one(), { timeoutMs: 10 }),
    WaitTimeout,
    "not accepted the tasks within 10 ms",
  );
  const controllers = [new AbortController(), new AbortController()];
  const [first, second] = controllers.map(({ signal }) => signal);
  const own = assertRejects(() => client.submit(one(), { signal: first }), RangeError, "first");
  const ofCaller = assertRejects(() => client.with({ signal: first }).submit(one()), RangeError, "first");
  const ofTasks = assertRejects(
    () => client.submit([first, second].map((signal) => new Task(tasks.double, [3], { signal }))),
    RangeError,
    "second",
  );
  const waited = assertRejects(() => client.with({ signal: second }).run(tasks.double, 5), RangeError, "second");
  controllers[0].abort(new RangeError("first"));
  await soon("submit()", Promise.all([own, ofCaller]));
  controllers[1].abort(new RangeError("second"));
  await soon("submit()", Promise.all([ofTasks, waited]));
  await running.return(undefined);
  assertEquals(await queued.result(), 2);
  assertEquals(await client.run(tasks.double, 6), 12);
  const { totals } = server.status();
  assertEquals([totals.submitted, totals.succeeded, totals.cancelled], [3, 2, 1], "nothing else was accepted");
});

Deno.test("runProcedure() says that its task waited for room when the wait is over, and gives it up", async (t) => {
  const kinds = {
    "a function in a task": () => task(tasks.double, 2),
    "a task with options": () => new Task(tasks.double, [2], { name: "named", timeoutMs: 60_000 }),
  };
  for (const [kind, make] of Object.entries(kinds)) {
    await t.step(kind, async () => {
      await using pair = await startPair({ numWorkers: 1, queueCapacity: 1 });
      const { client, server } = pair;
      const running = client.stream(tasks.oneAndNoMore);
      await running.next();
      const queued = await client.submit(tasks.double, 1);
      await assertRejects(
        () => client.runProcedure(make(), { waitMs: 20 }),
        WaitTimeout,
        "not accepted the task within 20 ms: it waited for room",
      );
      const refused = client.with({ whenFull: "refuse" }).runProcedure(make(), { waitMs: 20 });
      await assertRejects(() => refused, QueueFull);
      await running.return(undefined);
      assertEquals(await queued.result(), 2);
      // Behind whatever was still on its way in.
      assertEquals((await client.runProcedure(make(), { waitMs: 60_000 })).data, 4);
      assertEquals(server.status().totals.submitted, 3, "what was given up has not come in");
    });
  }
});

Deno.test("E7: a submission that was given up while the server was away is not made when it is back", async () => {
  const pair = await startPair();
  const { address } = pair.server;
  await using client = await Client.connect({ address, authkey: AUTHKEY, reconnectMs: 600_000 });
  await pair[Symbol.asyncDispose]();
  const controller = new AbortController();
  const given = client.with({ signal: controller.signal });
  const ended = Promise.allSettled([given.submit(tasks.double, 1), given.run(tasks.double, 1)]);
  controller.abort(new RangeError("enough"));
  assertEquals((await ended).map(({ status }) => status), ["rejected", "rejected"]);
  await using next = await startPair({ address });
  assertEquals(await soon("run()", client.run(tasks.double, 3)), 6);
  assertEquals(next.server.status().totals.submitted, 1);
});

Deno.test("E7: an item that was given up while the server was away is not sent when it is back", async () => {
  const pair = await startPair();
  const { address } = pair.server;
  await using client = await Client.connect({ address, authkey: AUTHKEY, reconnectMs: 600_000 });
  await pair[Symbol.asyncDispose]();
  const pipeline = client.pipeline<ReturnType<typeof threadServlet<number, number>>>("double");
  const controller = new AbortController();
  const called = assertRejects(() => pipeline.call(1, { signal: controller.signal }), RangeError, "enough");
  controller.abort(new RangeError("enough"));
  await soon("call()", called);
  await soon("call()", assertRejects(() => pipeline.call(2, { timeoutMs: 1 }), PipelineTimeout));
  for (const options of [{}, { timeoutMs: 60_000 }]) {
    const outputs = pipeline.stream([3, 4, 5], options);
    const waiting = outputs.next();
    await soon("return()", outputs.return());
    await soon("next()", waiting);
  }
  await using next = await startPair({ address });
  await next.server.serve("double", threadServlet((x: number) => 2 * x));
  assertEquals(await soon("call()", pipeline.call(6)), 12);
  assertEquals(next.server.status().pipelines[0].stages[0].served, 1);
});

Deno.test("E7: push() and pop() of a queue end with their signals, and nothing is pushed or lost", async () => {
  await using pair = await startPair();
  await using queue = pair.client.makeQueue<number>({ size: 1 });
  const ended = async (wait: (limits: { signal: AbortSignal }) => Promise<unknown>) => {
    const controller = new AbortController();
    const waiting = assertRejects(() => wait({ signal: controller.signal }), RangeError, "enough");
    controller.abort(new RangeError("enough"));
    await soon("a queue", waiting);
    await soon("a queue", assertRejects(() => wait({ signal: controller.signal }), RangeError, "enough"));
  };
  await ended((limits) => queue.pop(limits));
  await ended((limits) => queue.popMany(limits));
  await using full = new QueueDispatcher(new ManualBackend(0), 1);
  await using narrow = full.makeQueue<number>({ size: 1 });
  await narrow.push(task(tasks.double, 1));
  await narrow.push(task(tasks.double, 2));
  await ended((limits) => narrow.push(task(tasks.double, 3), limits));
  assertEquals(full.numTasks, 2);
  await queue.push(task(tasks.double, 4));
  assertEquals(await queue.pop(), 8);
});

Deno.test("E7: a signal that has aborted does not keep its client from asking what became of the tasks", async () => {
  await using pair = await startPair();
  const controller = new AbortController();
  const client = pair.client.with({ signal: controller.signal });
  const isRunning = lineLike(pair.client, /^once$/);
  const handle = await client.submit(tasks.sayOnce);
  await isRunning;
  controller.abort();
  assertEquals((await client.queryResult(handle.id, { waitMs: -1 }))?.status, "cancelled");
  assertEquals((await client.status()).clients, 1);
});

Deno.test("E7: connecting ends with its signal, and with its time, while the server says nothing", async () => {
  await using pair = await startPair();
  await using proxy = new HoleProxy(pair.server.address);
  proxy.swallow();
  const connect = (limits: CallOptions) => Client.connect({ address: proxy.address, authkey: AUTHKEY, ...limits });
  const controller = new AbortController();
  const connecting = assertRejects(() => connect({ signal: controller.signal }), RangeError, "enough");
  controller.abort(new RangeError("enough"));
  await soon("connect()", connecting);
  await soon("connect()", assertRejects(() => connect({ timeoutMs: 20 }), WaitTimeout, "not connected within 20 ms"));
  await assertRejects(() => connect({ timeoutMs: -1 }), RangeError, "timeoutMs");
  proxy.swallow(false);
  await using client = await connect({ timeoutMs: 60_000 });
  assertEquals((await client.status()).state, "running");
});

Deno.test("E7: limits that are none are refused by name", async () => {
  await using pair = await startPair();
  const { client } = pair;
  await assertRejects(() => client.status({ timeoutMs: -1 }), RangeError, "current value is -1");
  await assertRejects(() => client.status({ timeoutMs: "1" as never }), TypeError, 'current value is "1"');
  await assertRejects(() => client.queryResult("a", { signal: {} as never }), TypeError, "must be an AbortSignal");
  await assertRejects(() => client.status({ timeout: 1 } as never), TypeError, "timeout");
});
