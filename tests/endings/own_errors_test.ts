/** One failure, many who wait: each has an error of its own. */
import { assert, assertEquals, assertInstanceOf } from "@std/assert";
import { Client, remote, task, TaskError } from "../../mod.ts";
import { ProcessDispatcher } from "../../dispatchers/mod.ts";
import { threadServlet } from "../../servlets/mod.ts";
import { AUTHKEY, startPair } from "../fixtures/pair.ts";

const tasks = remote<typeof import("../fixtures/endings.ts")>(import.meta.resolve("../fixtures/endings.ts"));

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
