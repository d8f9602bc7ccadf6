/** Tasks with `startBeforeMs`, at a server. */
import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { type Client, remote, task, TaskExpired, type TaskHandle } from "../mod.ts";
import { connectTo as connect, ended, later, startPair } from "./fixtures/pair.ts";
import { soon } from "./fixtures/expiring.ts";
import { Gate } from "./helpers/gate.ts";
import { PassedTime } from "./helpers/passed_time.ts";
import { connectTo, Ledger, startServer } from "./stopping/successors.ts";

const expiring = remote<typeof import("./fixtures/expiring.ts")>(import.meta.resolve("./fixtures/expiring.ts"));

/** The file in which tasks say that they have begun. */
class Begun extends Ledger {
  get count(): number {
    return Deno.readTextFileSync(this.file).split("\n").length - 1;
  }
}

const hurried = (client: Client, { permissions }: Begun, startBeforeMs: number) =>
  client.with({ startBeforeMs, permissions });

Deno.test("U15: a task that has not begun within startBeforeMs is given up, and nothing of it runs", async () => {
  await using pair = await startPair({ numWorkers: 1 });
  using gate = new Gate();
  using begun = new Begun();
  const { result } = await gate.send(pair.client);
  const client = hurried(pair.client, begun, 120);
  const from = performance.now();
  const error = await assertRejects(() => client.run(expiring.begin, begun.file), TaskExpired);
  assertEquals([error.name, error.code, error.startBeforeMs], ["TaskExpired", "TASK_EXPIRED", 120]);
  assert(performance.now() - from >= 119);
  gate.open();
  const inTime = hurried(pair.client, begun, 60_000).run(expiring.begin, begun.file, 7);
  assertEquals([await result, await inTime, begun.count], ["passed", 7, 1]);
});

Deno.test("U15: a task whose process is not there in time is given up, and never begins", async () => {
  await using pair = await startPair({ numWorkers: 1, spares: 0 });
  using begun = new Begun();
  const client = hurried(pair.client, begun, 1);
  for (let times = 0; times < 5; times++) {
    await assertRejects(() => client.run(expiring.begin, begun.file), TaskExpired);
  }
  assertEquals([begun.count, await client.with({ startBeforeMs: 60_000 }).run(expiring.begin, begun.file)], [0, 0]);
});

Deno.test("U15: every item of a map has its time, and those that have begun go on", async () => {
  await using pair = await startPair({ numWorkers: 2 });
  using gate = new Gate();
  using begun = new Begun();
  const { result } = await gate.send(pair.client);
  const second = await gate.send(pair.client);
  const client = hurried(pair.client, begun, 100);
  const files = Array.from({ length: 3000 }, () => begun.file);
  const results = await client.map(expiring.beginItem, files, { settled: true });
  assertEquals(new Set(results.map(({ error }) => error?.name)), new Set(["TaskExpired"]));
  assertEquals([results[0].attempt, results[0].startedAt, results[0].status], [0, null, "failed"]);
  await assertRejects(() => client.map(expiring.beginItem, files), TaskExpired);
  gate.open();
  assertEquals([await result, await second.result], ["passed", "passed"]);
  const inTime = await hurried(pair.client, begun, 60_000).map(expiring.beginItem, files.slice(0, 20));
  assertEquals([inTime.length, begun.count], [20, 20]);
});

Deno.test("U15: an item that stands behind a long one of its map does not begin after its time", async () => {
  await using pair = await startPair({ numWorkers: 1 });
  const client = pair.client.with({ startBeforeMs: 400 });
  // The first ones are quick, so that others would be given ahead of their time.
  const items = Array.from({ length: 200 }, (_, n) => n === 100 ? 800 : 0);
  const results = await client.map(
    (ms: number) => {
      for (const end = performance.now() + ms; performance.now() < end;);
    },
    items,
    { settled: true },
  );
  const names = results.map(({ error }) => error?.name);
  const [done, expired] = [undefined, "TaskExpired"].map((name) => names.filter((other) => other === name).length);
  assertEquals(done + expired, 200);
  assert(expired > 0 && names.slice(names.indexOf("TaskExpired")).every((name) => name === "TaskExpired"));
});

Deno.test("U15: a submitted task is given up while its client is away, and its handle says so", async () => {
  await using pair = await startPair({ numWorkers: 1 });
  using gate = new Gate();
  const { result } = await gate.send(pair.client);
  const client = await connect(pair.server);
  const { id } = await client.with({ startBeforeMs: 150 }).submit((x: number) => x, 1);
  await client.close();
  await ended(pair.client, id);
  const handle = pair.client.handle(id);
  assertEquals((await handle.info())!.state, "failed");
  await assertRejects(() => handle.result(), TaskExpired);
  gate.open();
  assertEquals(await result, "passed");
});

Deno.test("U15: packed tasks are found and given up, those of their submission alone", async () => {
  await using pair = await startPair({ numWorkers: 1, spares: 0 });
  using gate = new Gate();
  const { result } = await gate.send(pair.client);
  const same = (x: number) => x;
  const many = await pair.client.submit(Array.from({ length: 20_000 }, (_, n) => task(same, n)));
  const limited = pair.client.with({ startBeforeMs: 200 });
  const late = await limited.submit(Array.from({ length: 1500 }, (_, n) => task(same, n)));
  const names = (handles: TaskHandle[]) =>
    Promise.all(handles.map((handle) => handle.result().catch((error) => error.name)));
  assertEquals(new Set(await names(late)), new Set(["TaskExpired"]));
  assertEquals((await pair.client.status()).taskQueueSize, 20_000);
  assertEquals(await pair.client.cancel(many.map(({ id }) => id)), 20_000);
  gate.open();
  assertEquals(await result, "passed");
});

Deno.test("U15: what waits outside of a full queue is given up too", async () => {
  await using pair = await startPair({ numWorkers: 1, queueCapacity: 1 });
  using gate = new Gate();
  const { result } = await gate.send(pair.client);
  const same = (x: number) => x;
  const waits = await pair.client.submit(same, 1);
  const client = pair.client.with({ startBeforeMs: 120 });
  await assertRejects(() => client.submit(same, 2), TaskExpired);
  await assertRejects(() => client.run(same, 3), TaskExpired);
  // Told of together with others that are alike.
  await Promise.all([4, 5].map((x) => assertRejects(() => client.run(same, x), TaskExpired)));
  await assertRejects(() => client.map(same, [6, 7]), TaskExpired);
  gate.open();
  assertEquals([await result, await waits.result()], ["passed", 1]);
});

Deno.test("U15: subtasks have it too, and one that their siblings keep out is given up", async () => {
  await using pair = await startPair({ numWorkers: 1 });
  assertEquals(await pair.client.run(expiring.nest), ["TaskExpired", "1"]);
});

Deno.test("U15: a stream that has not begun in time ends with it", async () => {
  await using pair = await startPair({ numWorkers: 1 });
  using gate = new Gate();
  const { result } = await gate.send(pair.client);
  const stream = pair.client.with({ startBeforeMs: 100 }).stream(function* () {
    yield 1;
  });
  await assertRejects(() => stream.next(), TaskExpired);
  gate.open();
  assertEquals(await result, "passed");
});

Deno.test("U15: a task that has begun in time runs on, also where its process is lost and it begins anew", async () => {
  await using pair = await startPair({ numWorkers: 1, isolation: "module" });
  // Another runs there before, so that the one that ends the process is not to blame for sure.
  assertEquals(await pair.client.run(expiring.dieOnce, false), 1);
  assertEquals(await pair.client.with({ startBeforeMs: 300 }).run(expiring.dieOnce, true), 2);
});

Deno.test("U15: execute() gives up what its server has not begun in time", async () => {
  await using pair = await startPair({ numWorkers: 1 });
  using gate = new Gate();
  const { result } = await gate.send(pair.client);
  const outcomes: string[] = [];
  const results = pair.client.execute([1, 2, 3].map((x) => soon(x)));
  for (let n = 0; n < 3; n++) outcomes.push(await results.next().then(() => "done", (error) => error.name));
  assertEquals([outcomes, (await results.next()).done], [Array(3).fill("TaskExpired"), true]);
  const queue = pair.client.with({ startBeforeMs: 100 }).makeQueue<number>();
  await queue.push(task((x: number) => x, 1));
  await assertRejects(() => queue.pop(), TaskExpired);
  gate.open();
  assertEquals(await result, "passed");
  await queue.push(task((x: number) => x, 2).with({ startBeforeMs: 60_000 }));
  assertEquals(await queue.pop(), 2);
  await queue.close();
});

Deno.test("U15: what is submitted again to the next server has the time that was left", async () => {
  using time = new PassedTime();
  const options = { numWorkers: 1 };
  const server = await startServer("127.0.0.1:0", options);
  await using client = await connectTo(server, 3_600_000);
  using gate = new Gate();
  const { result } = await gate.send(client);
  const limited = client.with({ startBeforeMs: 120_000 });
  const same = (x: number) => x;
  const [ran, mapped] = [later(limited.run(same, 1)), later(limited.map(same, [1, 2]))];
  const handle = await limited.submit(same, 2);
  const kept = later(handle.result());
  const patient = later(client.with({ startBeforeMs: 3_600_000 }).run(same, 3));
  await server.stop({ mode: "now" });
  time.pass(120_000 - 200);
  const from = time.realMs;
  await using _next = await startServer(server.address, options);
  // It keeps the others out once more.
  await gate.admitted();
  for (const wait of [ran, mapped, kept]) await assertRejects(() => wait, TaskExpired, "after 120000 ms");
  assert(time.realMs - from < 60_000);
  gate.open();
  assertEquals([await result, await patient], ["passed", 3]);
});

Deno.test("U15: startBeforeMs is a number above 0", async () => {
  await using pair = await startPair({ numWorkers: 1 });
  for (const wrong of [0, -1, NaN, "1" as never]) {
    assertThrows(() => pair.client.with({ startBeforeMs: wrong }), Error, "Cannot use startBeforeMs");
  }
  assertEquals(await later(pair.client.with({ startBeforeMs: 1e12 }).run((x: number) => x, 1)), 1);
});
