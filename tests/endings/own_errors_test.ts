/** One failure, many who wait: each has an error of its own. */
import { assert, assertEquals, assertInstanceOf } from "@std/assert";
import { Client, remote, task, TaskError } from "../../mod.ts";
import { ProcessDispatcher } from "../../dispatchers/mod.ts";
import { Pipeline, processServlet, threadServlet } from "../../servlets/mod.ts";
import { PersistentWorker, Pool } from "../../workers/mod.ts";
import { AUTHKEY, startPair } from "../fixtures/pair.ts";
import { hostFor, KINDS } from "../workers/kinds.ts";

const tasks = remote<typeof import("../fixtures/endings.ts")>(import.meta.resolve("../fixtures/endings.ts"));
const stuck = remote<typeof import("../fixtures/stuck.ts")>(import.meta.resolve("../fixtures/stuck.ts"));
const endless = remote<typeof import("../fixtures/endless.ts")>(import.meta.resolve("../fixtures/endless.ts"));
const talk = remote<typeof import("../fixtures/talking_stage.ts")>(import.meta.resolve("../fixtures/talking_stage.ts"));

/** What each of these was raised. */
async function errorsOf(waits: readonly Promise<unknown>[]): Promise<Error[]> {
  const outcomes = await Promise.allSettled(waits);
  return outcomes.map((outcome) => {
    assert(outcome.status === "rejected");
    assertInstanceOf(outcome.reason, Error);
    return outcome.reason;
  });
}

/** No two of them are one, nor have causes that are one. */
function assertOwn(errors: readonly Error[]): void {
  assertEquals(new Set(errors).size, errors.length, String(errors));
  const causes = errors.map(({ cause }) => cause).filter((cause) => cause instanceof Error);
  assertEquals(new Set(causes).size, causes.length, `causes of ${errors}`);
}

Deno.test("E12: whoever waits when a client is closed gets an error of its own", async () => {
  await using pair = await startPair({ numWorkers: 1 });
  const { client, server } = pair;
  await server.serve("double", threadServlet((x: number) => 2 * x));
  const stream = await client.open(tasks.oneAndNoMore);
  await stream.next();
  const waits = [
    client.run(tasks.forever),
    client.run(tasks.forever),
    client.map(tasks.forever, [1]),
    client.map(tasks.forever, [2]),
    stream.next(),
    stream.next(),
    stream.result(),
    client.status(),
    client.status(),
    client.runProcedure({} as never).catch(() => client.queryResult("a", { waitMs: -1 })),
    client.pipeline<ReturnType<typeof threadServlet<number, number>>>("double").stream(
      (async function* () {
        yield 1;
        await new Promise(() => {});
      })(),
      { ordered: false },
    ).next().then(() => client.status()),
  ];
  const errors = errorsOf(waits);
  await client.close();
  assertOwn(await errors);
});

Deno.test("E12: whoever waits when the server is gone gets an error of its own, and whoever asks after that", async () => {
  const pair = await startPair();
  const { client } = pair;
  const runs = [client.run(tasks.forever), client.run(tasks.forever)];
  const errors = errorsOf(runs);
  await pair.server.stop({ mode: "now" });
  assertOwn(await errors);
  assertOwn(
    await errorsOf([client.status(), client.status(), client.run(tasks.double, 1), client.run(tasks.double, 1)]),
  );
  await client.close();
});

Deno.test("E12: the error of a task is not shared by those who wait for it", async () => {
  await using pair = await startPair({ numWorkers: 1 });
  const { client } = pair;
  const handle = await client.submit(tasks.failFor, 1);
  const first = await errorsOf([handle.result(), handle.result()]);
  assertOwn([...first, ...await errorsOf([handle.result(), handle.result()])]);
  assertEquals(first.map(({ name }) => name), ["RangeError", "RangeError"]);

  const { id } = await client.submit(tasks.failFor, 2);
  const results = await Promise.all([
    client.queryResult(id, { waitMs: -1 }),
    client.queryResult(id, { waitMs: -1 }),
  ]);
  assertOwn(results.map((result) => result!.error!));

  const stream = await client.open(tasks.failFor, 3);
  assertOwn(await errorsOf([stream.next(), stream.result(), stream.result()]));
});

Deno.test("E12: tasks that are refused together get errors of their own", async () => {
  await using pair = await startPair({ permissionCeiling: {}, moduleRoots: [] });
  const asks = pair.client.with({ permissions: { read: ["/etc"] } });
  const add = (x: number) => x + 1;
  assertOwn(await errorsOf([asks.run(add, 1), asks.run(add, 2), asks.run(add, 3)]));
  await using queue = asks.makeQueue<number>();
  for (let x = 0; x < 3; x++) await queue.push(task(add, x));
  assertOwn(await errorsOf([queue.pop(), queue.pop(), queue.pop()]));
});

Deno.test("E12: tasks whose dispatcher does not start get errors of their own", async () => {
  await using dispatcher = new ProcessDispatcher({ numWorkers: 1, memoryMb: 1 });
  const results = dispatcher.execute([1, 2, 3].map((x) => task((x: number) => x, x)));
  assertOwn(await errorsOf([results.next(), results.next(), results.next()]));
});

for (const kind of KINDS) {
  Deno.test(`E12: whoever waits for a worker of kind ${kind} that is ended gets an error of its own`, async () => {
    await using host = await hostFor(kind);
    await using worker = await PersistentWorker.create({ kind, client: host.client, target: stuck.hangsAt1 });
    const calls = [1, 2, 3].map((x) => worker.call(x));
    await worker.enqueue(4);
    const waits = [...calls, worker.nextResult(), worker.nextResult(), worker.results().next()];
    const errors = errorsOf(waits);
    await worker.terminate({ timeoutMs: 0 });
    const later = await errorsOf([worker.nextResult(), worker.results().next()]);
    assertOwn([...await errors, ...later, worker.error!]);
  });

  Deno.test(`E12: runs of a pool of kind ${kind} whose workers are gone end with errors of their own`, async () => {
    await using host = await hostFor(kind);
    await using pool = new Pool(stuck.hangsAt1, { restart: false });
    const worker = await pool.addWorker(kind, { client: host.client });
    const errors = errorsOf([pool.run([1, 2]), pool.run([3]), pool.stream([4]).next()]);
    await worker.terminate({ timeoutMs: 0 });
    assertOwn([...await errors, ...await errorsOf([pool.run([5])])]);
  });
}

Deno.test("E12: workers that start when their pool is closed, and pipelines when their server ends, fail apart", async () => {
  const { square } = remote<typeof import("../fixtures/never_loaded.ts")>(
    import.meta.resolve("../fixtures/never_loaded.ts"),
  );
  const pool = new Pool(square);
  const errors = errorsOf([1, 2].map(() => pool.addWorker("process")));
  await pool.close({ timeoutMs: 0 });
  assertOwn(await errors);
  await using pair = await startPair();
  const serving = errorsOf(["a", "b"].map((name) => pair.server.serve(name, processServlet(endless.NeverLoaded))));
  await pair.server.stop({ mode: "now" });
  assertOwn(await serving);
});

Deno.test("E12: items of a pipeline that is stopped, wherever they are, get errors of their own, and who calls then", async () => {
  for (const make of [processServlet, threadServlet]) {
    const pipeline = await Pipeline.start(make(stuck.hangsAt1), { capacity: 2 });
    const idle = () => ({ [Symbol.asyncIterator]: () => ({ next: () => new Promise<never>(() => {}) }) });
    const streams = [[5], idle(), idle()].map((items) => pipeline.stream(items as AsyncIterable<number>));
    const errors = errorsOf([...[1, 2, 3, 4].map((x) => pipeline.call(x)), ...streams.map((stream) => stream.next())]);
    await pipeline.stop({ mode: "now" });
    assertOwn([...await errors, ...await errorsOf([pipeline.call(6), pipeline.stream([7]).next()])]);
  }
});

Deno.test("E12: items that are lost with one worker get errors of their own", async () => {
  const options = { batchSize: 4, batchWaitMs: 20, maxAttempts: 1 };
  await using pipeline = await Pipeline.start(processServlet(talk.dies, options));
  assertOwn(await errorsOf([1, 2, 3, 4].map((x) => pipeline.call(x))));
});

Deno.test("E12: calls that look for a lost server together get errors of their own", async () => {
  const pair = await startPair();
  const { address } = pair.server;
  const client = await Client.connect({ address, authkey: AUTHKEY, reconnectMs: 50 });
  await pair[Symbol.asyncDispose]();
  const errors = await errorsOf([client.status(), client.status(), client.queryResult("a")]);
  assertOwn(errors);
  for (const error of errors) assertEquals((error as TaskError).code, "SERVER_OFFLINE");
  await client.close();
});
