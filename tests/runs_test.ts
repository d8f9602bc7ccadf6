/** Runs that are alike are told of in two parts, and nothing of that is to be seen. */
import { assert, assertEquals, assertInstanceOf, assertRejects } from "@std/assert";
import { uuidv7 } from "../core/uuid.ts";
import { Client, PermissionCeilingExceeded, QueueFull, remote, TaskTimeout } from "../mod.ts";
import { decode, encode } from "../wire/codec.ts";
import type { WireResult } from "../wire/message.ts";
import { AUTHKEY, connectTo, startPair } from "./fixtures/pair.ts";
import { Bystander } from "./bad_input/bystander.ts";
import { SUBMISSION } from "./helpers/scripted_server.ts";

const functions = remote<typeof import("./fixtures/functions.ts")>(import.meta.resolve("./fixtures/functions.ts"));
const range = (count: number) => Array.from({ length: count }, (_, i) => i);

Deno.test("run() gives each caller its own result, one by one, many at once, and of many kinds", async () => {
  await using pair = await startPair();
  const client = pair.client.with({ isolation: "module" });
  for (const n of range(20)) assertEquals(await client.run(functions.square, n), n * n);
  assertEquals(
    await Promise.all(range(3000).map((n) => client.run(functions.square, n))),
    range(3000).map((n) => n * n),
  );
  // More kinds than have numbers at a time, in turn.
  const callers = range(100).map((n) => client.with({ name: `kind ${n}` }));
  for (let round = 0; round < 3; round++) {
    assertEquals(
      await Promise.all(callers.map((caller, n) => caller.run((x: number) => x + 1, n))),
      range(100).map((n) => n + 1),
    );
  }
  const { totals, taskQueueSize, resultCacheSize } = await pair.client.status();
  assertEquals([totals.submitted, totals.succeeded, taskQueueSize, resultCacheSize], [3320, 3320, 0, 0]);
});

Deno.test("run() is refused each time for the same reason, however often it is made", async () => {
  await using pair = await startPair({ permissionCeiling: { read: ["/srv"] } });
  const asker = pair.client.with({ permissions: { read: ["/etc"] } });
  for (let n = 0; n < 3; n++) await assertRejects(() => asker.run(functions.square, n), PermissionCeilingExceeded);
  const hasty = pair.client.with({ whenFull: "refuse", isolation: "module" });
  assertEquals(await hasty.run(functions.square, 3), 9);
});

Deno.test("run() at a full queue: who waits gets in, who does not is told", async () => {
  await using pair = await startPair({ numWorkers: 1, queueCapacity: 4 });
  const client = pair.client.with({ isolation: "module" });
  assertEquals(await client.run(functions.square, 1), 1);
  const hasty = client.with({ whenFull: "refuse" });
  assertEquals(await hasty.run(functions.square, 1), 1);
  const all = await Promise.allSettled(range(200).map((n) => hasty.run(functions.square, n)));
  const refused = all.filter(({ status }) => status === "rejected") as PromiseRejectedResult[];
  assert(refused.length > 0);
  for (const { reason } of refused) assertInstanceOf(reason, QueueFull);
  // More than may wait by pushes: the others come by calls.
  const squares = range(2500).map((n) => client.run(functions.square, n));
  assertEquals(await Promise.all(squares), range(2500).map((n) => n * n));
});

Deno.test("run() ends with its signal, its time, and its server's: it is made again at the next", async () => {
  await using pair = await startPair();
  const client = pair.client.with({ isolation: "module" });
  await client.run(functions.square, 1);
  const controller = new AbortController();
  const cancellable = client.with({ signal: controller.signal });
  await cancellable.run(functions.square, 1);
  const running = cancellable.run(() => new Promise<void>(() => {}));
  controller.abort(new Error("enough"));
  await assertRejects(() => running, Error, "enough");
  const timed = client.with({ timeoutMs: 50 });
  for (let n = 0; n < 2; n++) await assertRejects(() => timed.run(() => new Promise<void>(() => {})), TaskTimeout);
});

Deno.test("`runs` of a kind that nobody has told of, or that cannot be used, are named, and the connection goes on", async () => {
  await using bystander = await Bystander.start();
  const pushes: [string, unknown][] = [];
  let heard = Promise.withResolvers<void>();
  const peer = await bystander.openPeer((topic, body) => {
    pushes.push([topic, structuredClone(body)]);
    heard.resolve();
  });
  const next = async () => {
    await heard.promise;
    heard = Promise.withResolvers();
    return pushes.splice(0);
  };
  const { tasks: _, ...common } = { ...SUBMISSION, tasks: [] };
  const run = (number: number) => {
    const id = uuidv7();
    peer.push("runs", [number, [[id, encode([21])]]]);
    return id;
  };
  const unknown = run(7);
  assertEquals(await next(), [["refused", [unknown]]]);
  const unusable: unknown[] = [
    null,
    { ...common, await: false },
    { ...common, group: [uuidv7(), null] },
    { ...common, profile: { ...common.profile, stream: true } },
    { ...common, profile: { ...common.profile, target: ["source", "x".repeat(64 * 1024 + 1), "long"] } },
    { ...common, profile: { ...common.profile, timeoutMs: -1 } },
    { ...common, profile: { ...common.profile, name: "x".repeat(300_000) } },
  ];
  for (const body of unusable) {
    peer.push("kind", [7, body]);
    const id = run(7);
    assertEquals(await next(), [["refused", [id]]]);
  }
  peer.push("kind", [7, common]);
  const id = run(7);
  const [[topic, results]] = await next();
  const [[resultId, status, , payload]] = results as WireResult[];
  assertEquals([topic, resultId, status, decode(payload!)], ["results", id, "succeeded", 21]);
  // One that is known is accepted, one of other arguments is not.
  peer.push("runs", [7, [[id, encode([22])]]]);
  assertEquals(await next(), [["refused", [id]]]);
  await peer.close();
  await bystander.assertGoesOn();
});

Deno.test("run() of more than the smallest message holds, and one that is aborted in the turn in which it is made", async () => {
  const maxFrameBytes = 4096;
  await using pair = await startPair({ maxFrameBytes });
  await using client = await Client.connect({ address: pair.server.address, authkey: AUTHKEY, maxFrameBytes });
  const module = client.with({ isolation: "module" });
  for (let round = 0; round < 3; round++) {
    const all = range(200).map((n) => module.run(functions.square, n));
    assertEquals(await Promise.all(all), range(200).map((n) => n * n));
  }
  // Another's end leaves with the first of a turn: it must not overtake the run.
  const [first, second] = [new AbortController(), new AbortController()];
  const hang = () => new Promise<void>(() => {});
  const [one, other] = [first, second].map(({ signal }) => client.with({ signal }));
  const before = one.run(hang);
  for (let n = 0; n < 2; n++) assertEquals(await other.run(functions.square, 3), 9);
  first.abort(new Error("first"));
  const late = other.run(functions.square, 4);
  second.abort(new Error("second"));
  await assertRejects(() => before, Error, "first");
  await assertRejects(() => late, Error, "second");
  await client.status();
  await pair.server.stop({ mode: "drain" });
  assertEquals(pair.server.status().resultCacheSize, 0);
});

Deno.test("a client that loses its server makes its runs again at the next, which was told of no kind", async () => {
  const pair = await startPair();
  const { address } = pair.server;
  const client = pair.client.with({ isolation: "module" });
  for (let n = 0; n < 3; n++) await client.run(functions.square, n);
  await pair.client.close();
  await pair.server.stop({ mode: "now" });
  await using next = await startPair({ address });
  await using again = await connectTo(next.server);
  const module = again.with({ isolation: "module" });
  for (let n = 0; n < 3; n++) assertEquals(await module.run(functions.square, n), n * n);
});
