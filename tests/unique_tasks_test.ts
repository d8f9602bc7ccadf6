/** Tasks with `unique`, at a server. */
import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { Client, DuplicateKey, remote, task, TaskCancelled, TaskError, type UniqueOptions } from "../mod.ts";
import { Server } from "../server.ts";
import { InlineDispatcher } from "../dispatchers/inline_dispatcher.ts";
import { AUTHKEY, connectTo, later, startPair } from "./fixtures/pair.ts";
import { defined } from "./fixtures/unique.ts";
import { Gate } from "./helpers/gate.ts";
import { Random } from "./helpers/random.ts";
import { TcpProxy } from "./helpers/tcp_proxy.ts";

const fixture = remote<typeof import("./fixtures/unique.ts")>(import.meta.resolve("./fixtures/unique.ts"));

/** What may wait at the gate, with this key. */
const visitors = (client: Client, { address: { hostname, port } }: Gate, unique: UniqueOptions) =>
  client.with({ unique, permissions: { net: [`${hostname}:${port}`] } });

Deno.test("unique: who joins gets the same result, however it is submitted and over whichever connection", async () => {
  await using pair = await startPair();
  const { client, server } = pair;
  await using another = await connectTo(server);
  using gate = new Gate();
  const unique = { key: "report" };
  const first = await visitors(client, gate, unique).submit(fixture.visit, gate.address, 1);
  await gate.admitted();
  const joining = visitors(client, gate, unique);
  const handle = await joining.submit(fixture.visit, gate.address, 2);
  const many = await client.submit([9, 9].map((n) => task(fixture.visit, gate.address, n).with({ unique })));
  const results = later(Promise.all([
    joining.run(fixture.visit, gate.address, 3),
    joining.run(fixture.visit, gate.address, 4),
    joining.runProcedure(task(fixture.visit, gate.address, 5)).then(({ data, attempt }) => [data, attempt]),
    visitors(another, gate, unique).run(fixture.visit, gate.address, 6),
    client.with({ permissions: { net: true } }).map(
      [7, 8].map((n) => task(fixture.visit, gate.address, n).with({ unique })),
    ),
    Promise.all(many.map((one) => one.result())),
  ]));
  assertEquals((await handle.info())?.uniqueKey, "report");
  assertEquals([(await first.info())?.state, (await handle.info())?.state], ["running", "delayed"]);
  // What was sent before this over the same connections is there too.
  await another.status();
  assertEquals((await client.status()).delayedTasks, 9);
  gate.open();
  assertEquals(await results, [1, 1, [1, 1], 1, [1, 1], [1, 1]]);
  assertEquals([await first.result(), await handle.result(), await another.handle(handle.id).result()], [1, 1, 1]);
  // The key is free, and what is submitted now runs.
  assertEquals((await client.with({ unique }).run(fixture.numbered, 2)).value, 2);
  assertEquals(server.status().totals.succeeded, 11);
});

Deno.test("unique: who joined a task is not cancelled with it, but takes its place; nor is it with who joined", async () => {
  await using pair = await startPair();
  using gate = new Gate();
  const joining = visitors(pair.client, gate, { key: "k" });
  const [first, second, third] = [1, 2, 3].map((n) => joining.submit(fixture.visit, gate.address, n));
  await gate.admitted();
  assert(await (await third).cancel());
  assert(await (await first).cancel());
  await assertRejects(() => first.then((one) => one.result()), TaskCancelled, "was cancelled");
  // With its own arguments, once the first one's process is gone.
  await gate.admitted();
  gate.open();
  assertEquals(await (await second).result(), 2);
  await assertRejects(() => third.then((one) => one.result()), TaskCancelled);
});

Deno.test("unique: replace with a delay is a debounce: the last of a burst runs, and what runs is let run", async () => {
  await using pair = await startPair();
  const { client } = pair;
  using gate = new Gate();
  const unique = { key: "rebuild", onConflict: "replace" } as const;
  const rebuild = visitors(client, gate, unique);
  const running = await rebuild.submit(fixture.visit, gate.address, 0);
  await gate.admitted();
  const burst = [];
  for (const n of [1, 2, 3]) burst.push(await rebuild.with({ delayMs: 20 }).submit(fixture.visit, gate.address, n));
  for (const [n, one] of burst.slice(0, -1).entries()) {
    const error = await assertRejects(() => one.result(), TaskCancelled, `was replaced by ${burst[n + 1].id}`);
    assertEquals(error.replacedBy, burst[n + 1].id);
  }
  // Its time may have come, but not its turn.
  assertEquals([(await running.info())?.state, (await burst[2].info())?.state], ["running", "delayed"]);
  gate.open();
  assertEquals(await running.result(), 0);
  await gate.admitted();
  gate.open();
  assertEquals(await burst[2].result(), 3);
});

Deno.test("unique: refuse names the task that has the key, in a run, a submission and a procedure", async () => {
  await using pair = await startPair();
  const { client } = pair;
  using gate = new Gate();
  const refusing = visitors(client, gate, { key: "one", onConflict: "refuse" });
  const first = await refusing.submit(fixture.visit, gate.address, 1);
  await gate.admitted();
  for (
    const refused of [
      () => refusing.submit(fixture.visit, gate.address, 2),
      () => refusing.run(fixture.visit, gate.address, 2),
      () => refusing.run(fixture.visit, gate.address, 2),
      () => refusing.runProcedure(task(fixture.visit, gate.address, 2)),
    ]
  ) {
    const error = await assertRejects(refused, DuplicateKey, `task ${first.id} has the unique key "one"`);
    assertEquals([error.code, error.key, error.taskId], ["DUPLICATE_KEY", "one", first.id]);
  }
  gate.open();
  assertEquals(await first.result(), 1);
  assertEquals(
    await client.with({ unique: { key: "one", onConflict: "refuse" } }).run(fixture.numbered, 3).then(({ value }) =>
      value
    ),
    3,
  );
});

Deno.test("unique: for a time a task has its key though it has ended; tasks below one share keys of their own", async () => {
  await using pair = await startPair();
  const { client } = pair;
  const [a, b] = [await client.runProcedure(defined(1)), await client.runProcedure(defined(2))];
  assertEquals([a.data, b.data?.value], [b.data, 1]);
  assertEquals(await client.run(fixture.twice), 1);
  assertEquals((await client.with({ unique: { key: "sub" } }).run(fixture.numbered, 2)).value, 2);
  assertEquals(await client.run(fixture.outer), "DUPLICATE_KEY loop");
});

Deno.test("unique: lost connections change nothing of who has joined whom", async () => {
  await using server = await Server.start({
    address: "127.0.0.1:0",
    authkey: AUTHKEY,
    logLevel: "none",
    isolation: "module",
  });
  await using proxy = new TcpProxy(server.address);
  await using client = await Client.connect({ address: proxy.address, authkey: AUTHKEY });
  const random = new Random(42);
  proxy.cutTimes(6, () => random.int(100, 3000));
  const numbers = Array.from({ length: 40 }, (_, n) => n);
  const keyed = (n: number) => client.with({ unique: { key: `key ${n % 4}`, during: 600_000 } });
  const ran = numbers.map((n) => keyed(n).run(fixture.numbered, n));
  const submitted = await Promise.all(numbers.map((n) => keyed(n).submit(fixture.numbered, n)));
  const results = await Promise.all([...ran, ...submitted.map((handle) => handle.result())]);
  assertEquals(proxy.cuts, 6);
  for (const key of [0, 1, 2, 3]) {
    const ofKey = results.filter((_, at) => at % 4 === key);
    assertEquals([ofKey.length, new Set(ofKey.map(({ run }) => run)).size], [20, 1]);
  }
  assertEquals(server.status().totals.submitted, 80);
});

Deno.test("unique: what cannot be used is refused, with the value and what to do instead", async () => {
  await using pair = await startPair();
  const { client } = pair;
  const refused = (unique: unknown) => assertThrows(() => client.with({ unique: unique as UniqueOptions }));
  const messages = [
    "report",
    {},
    { key: "" },
    { key: "x".repeat(201) },
    { key: "k", during: 0 },
    { key: "k", during: 604_800_001 },
    { key: "k", during: "ever" },
    { key: "k", onConflict: "wait" },
    { key: "k", ttl: 1 },
  ].map((unique) => {
    const { name, message } = refused(unique) as Error;
    return `${name}: ${message.replace(/^Cannot use (the )?/, "")}`;
  });
  assertEquals(messages, [
    'TypeError: unique: it must be an object with a key, such as { key: "report 7" }: current value is "report"',
    'TypeError: unique.key: it must be a text of 1 to 200 characters, such as "report 7": current value is undefined',
    'RangeError: unique.key: it must be a text of 1 to 200 characters, such as "report 7": current value is ""',
    'RangeError: unique.key: it must be a text of 1 to 200 characters, such as "report 7": current value is a text of 201 characters',
    'RangeError: unique.during: it must be "waiting", "unfinished" or milliseconds above 0, at most 604800000, such as 60_000: current value is 0',
    'RangeError: unique.during: it must be "waiting", "unfinished" or milliseconds above 0, at most 604800000, such as 60_000: current value is 604800001',
    'RangeError: unique.during: it must be "waiting", "unfinished" or milliseconds above 0, at most 604800000, such as 60_000: current value is "ever"',
    'RangeError: unique.onConflict: it must be "join", "replace" or "refuse": current value is "wait"',
    'TypeError: part of unique "ttl": known are key, during, onConflict',
  ]);
  const unique = client.with({ unique: { key: "k" } });
  const single = "Cannot use unique: it is for single tasks";
  const own = task(fixture.numbered, 1).with({ unique: { key: "k" } });
  await assertRejects(
    () => unique.map(fixture.numbered, [1]),
    RangeError,
    `${single}: give each task of a map its own`,
  );
  await assertRejects(() => unique.open(fixture.numbered, 1), RangeError, `${single}: a stream has one reader`);
  await assertRejects(() => Array.fromAsync(client.execute([own])), RangeError, `${single}: what a queue`);
  await assertRejects(
    () => client.schedules.set("s", { everyMs: 60_000 }, own),
    RangeError,
    `${single}: runs of a schedule`,
  );
  await using inline = new InlineDispatcher();
  await assertRejects(() => inline.execute([own]).next(), TaskError, "Cannot use unique");
});
