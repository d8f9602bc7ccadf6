/** What a client executes goes to its server in groups: what matters of its tasks alone still does. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { insideOf } from "../client/base_caller.ts";
import {
  Client,
  NotSendable,
  QueueFull,
  remote,
  type Task,
  task,
  TaskCancelled,
  TaskCrashed,
  TaskTimeout,
} from "../mod.ts";
import { AUTHKEY, lineLike, startPair } from "./fixtures/pair.ts";
import { Random } from "./helpers/random.ts";
import { TcpProxy } from "./helpers/tcp_proxy.ts";

const maps = remote<typeof import("./fixtures/maps.ts")>(import.meta.resolve("./fixtures/maps.ts"));
const range = (count: number) => Array.from({ length: count }, (_, i) => i);
const doubles = (count: number) => range(count).map((x) => task(maps.double, x));

/** What a client submits from now on: how many items, and how many tasks. */
function submissionsOf(client: Client): { items: number[]; tasks: number } {
  const { link } = insideOf(client);
  const seen = { items: [] as number[], tasks: 0 };
  const call = link.call.bind(link);
  link.call = ((command: string, body: { items?: [number, [Uint8Array, Uint8Array]]; tasks: unknown[] }) => {
    if (command === "submit" && body.items !== undefined) seen.items.push(body.items[1][0].length / 4);
    else if (command === "submit") seen.tasks += body.tasks.length;
    return call(command as never, body as never);
  }) as typeof link.call;
  return seen;
}

Deno.test("execute() of thousands of quick tasks sends them as items, and gives each its own, in order and as they come", async () => {
  await using pair = await startPair({ isolation: "module" });
  const seen = submissionsOf(pair.client);
  const expected = range(10_000).map((x) => 2 * x);
  assertEquals(await Array.fromAsync(pair.client.execute(doubles(10_000), { ordered: true })), expected);
  const results = await Array.fromAsync(pair.client.execute(doubles(10_000)));
  assertEquals(results.sort((a, b) => a - b), expected);
  assertEquals([seen.tasks, seen.items.reduce((sum, count) => sum + count, 0)], [0, 20_000]);
  assert(seen.items.length < 1000, `${seen.items.length} submissions`);
  const { totals, taskQueueSize, resultCacheSize } = await pair.client.status();
  assertEquals([totals.submitted, totals.succeeded, taskQueueSize, resultCacheSize], [20_000, 20_000, 0, 0]);
});

Deno.test("execute() gives each task a process of its own where its isolation says so, chunks one together", async () => {
  await using pair = await startPair();
  const pid = () => Deno.pid;
  const alone = await Array.fromAsync(pair.client.execute(range(6).map(() => task(pid))));
  assertEquals(new Set(alone).size, 6);
  const chunks = pair.client.execute(range(6).map(() => task(pid)), { chunkSize: 3, ordered: true });
  assertEquals(new Set(await Array.fromAsync(chunks)).size, 2);
});

Deno.test("execute() in which a task ends its process: it fails, and no other", async () => {
  await using pair = await startPair({ isolation: "module" });
  const results = pair.client.execute(range(2000).map((x) => task(maps.exitAt, [x, 1234])), { ordered: true });
  for (const x of range(2000)) {
    if (x !== 1234) assertEquals((await results.next()).value, x);
    else assertEquals((await assertRejects(() => results.next(), TaskCrashed)).exitCode, 3);
  }
  assert((await results.next()).done);
});

Deno.test("execute() in which a quick task never yields: its time is over, and no other's", async () => {
  await using pair = await startPair({ numWorkers: 1, isolation: "module" });
  const client = pair.client.with({ timeoutMs: 1000 });
  const results = client.execute(range(500).map((x) => task(maps.hangAt, [x, 333])), { ordered: true });
  for (const x of range(500)) {
    if (x === 333) await assertRejects(() => results.next(), TaskTimeout);
    else assertEquals((await results.next()).value, x);
  }
});

Deno.test("execute() of tasks that differ in function, options and signal gives each its own", async () => {
  await using pair = await startPair({ isolation: "module" });
  const seen = submissionsOf(pair.client);
  const controller = new AbortController();
  const urgent = { priority: 5, name: "urgent" };
  const withOptions = (task: Task<number>, options: object) => Object.assign(task, { options });
  const tasks = range(60).map((x): Task<unknown> => {
    if (x % 4 === 0) return task((x: number) => -x, x);
    if (x % 4 === 1) return withOptions(task(maps.double, x), urgent);
    if (x % 4 === 2) return withOptions(task(maps.double, x), { signal: controller.signal });
    return task(maps.unsendable, x);
  });
  tasks.push(task(maps.double, (() => {}) as unknown as number), task(maps.wait, 1));
  tasks[tasks.length - 1] = withOptions(tasks.at(-1) as Task<number>, { signal: controller.signal });
  const results = pair.client.execute(tasks, { ordered: true });
  const isWaiting = lineLike(pair.client, /waits$/);
  for (const x of range(60)) {
    if (x === 3) await assertRejects(() => results.next(), NotSendable);
    else assertEquals((await results.next()).value, x % 4 === 0 ? -x : x % 4 === 3 ? x : 2 * x);
  }
  assertEquals((await assertRejects(() => results.next(), NotSendable)).path, "$[0]");
  await isWaiting;
  controller.abort(new RangeError("enough"));
  await assertRejects(() => results.next(), TaskCancelled);
  assertEquals([seen.tasks, seen.items.reduce((sum, count) => sum + count, 0)], [16, 45]);
});

Deno.test("execute() that is left, aborted or whose client is closed gives up what it has at the server", async () => {
  await using pair = await startPair({ numWorkers: 1 });
  const controller = new AbortController();
  const waits = () => range(3000).map((x) => task(maps.wait, x));
  let begun = lineLike(pair.client, /waits$/);
  const left = pair.client.execute(waits());
  await begun;
  await left.return();
  begun = lineLike(pair.client, /waits$/);
  const aborted = pair.client.execute(waits(), { signal: controller.signal });
  await begun;
  controller.abort(new RangeError("enough"));
  await assertRejects(() => aborted.next(), RangeError, "enough");
  const gone = await Client.connect({ address: pair.server.address, authkey: AUTHKEY });
  begun = lineLike(pair.client, /waits$/);
  const closed = gone.execute(waits());
  const next = assertRejects(() => closed.next());
  await begun;
  await gone.close();
  await next;
  assertEquals(await pair.client.run(maps.double, 4), 8);
  const { totals, taskQueueSize, resultCacheSize } = await pair.client.status();
  assertEquals([totals.cancelled, totals.succeeded, taskQueueSize, resultCacheSize], [3000, 1, 0, 0]);
});

Deno.test("execute() leaves the loop early: the source ends, and the server forgets what was not taken", async () => {
  await using pair = await startPair({ isolation: "module" });
  let isEnded = false;
  function* source() {
    try {
      for (let x = 0;; x++) yield task(maps.double, x);
    } finally {
      isEnded = true;
    }
  }
  let count = 0;
  for await (const _ of pair.client.execute(source())) if (++count === 2500) break;
  assert(isEnded);
  assertEquals(await pair.client.run(maps.double, 1), 2);
  const { taskQueueSize, resultCacheSize } = await pair.client.status();
  assertEquals([taskQueueSize, resultCacheSize], [0, 0]);
});

Deno.test("execute() of a stream without an end keeps no more than its window, on both sides", async () => {
  await using pair = await startPair({ isolation: "module" });
  let pulled = 0;
  async function* slowly() {
    for (;; pulled++) yield await task(maps.double, pulled);
  }
  function* quickly() {
    for (;; pulled++) yield task(maps.double, pulled);
  }
  const { groups } = insideOf(pair.client).link;
  for (const source of [quickly, slowly]) {
    pulled = 0;
    let taken = 0;
    for await (const value of pair.client.execute<number>(source(), { queueSize: 300, ordered: true })) {
      assertEquals(value, 2 * taken++);
      // One is pulled ahead, and one may be on its way.
      assert(pulled - taken <= 302, `${pulled} pulled, ${taken} taken`);
      const parts = [...groups!.all].flatMap((group) => [...group.missing()]);
      const kept = parts.reduce((sum, { inputs }) => sum + inputs.ends.length, 0);
      assert(kept <= 600, `${kept} are kept when ${taken} were taken`);
      if (taken === 20_000) break;
    }
  }
});

Deno.test("execute() with one slow task among quick ones goes on around it", async () => {
  await using pair = await startPair({ isolation: "module" });
  const first = Object.assign(task(maps.late, 0), { options: { timeoutMs: 10_000 } });
  const tasks = [first, ...range(5000).map((x): Task<unknown> => task(maps.double, x))];
  const results = await Array.fromAsync(pair.client.execute<unknown>(tasks, { queueSize: 200 }));
  assertEquals(results.length, 5001);
});

Deno.test("execute() of more tasks than the queue may hold goes through it, or is refused where that is asked for", async () => {
  await using pair = await startPair({ queueCapacity: 50, numWorkers: 1, isolation: "module" });
  assertEquals(
    await Array.fromAsync(pair.client.execute(doubles(1030), { ordered: true })),
    range(1030).map((x) => 2 * x),
  );
  const refusing = pair.client.with({ whenFull: "refuse" });
  const results = refusing.execute(range(60).map((x) => task(maps.double, x)), { ordered: true });
  for (const _ of range(60)) await assertRejects(() => results.next(), QueueFull);
  assert((await results.next()).done);
  assertEquals(await Array.fromAsync(refusing.execute(doubles(50), { ordered: true })), range(50).map((x) => 2 * x));
});

Deno.test("execute() of large arguments and results: what is larger than a message fails, and no other", async () => {
  const maxFrameBytes = 1024 * 1024;
  await using pair = await startPair({ maxFrameBytes, isolation: "module" });
  await using client = await Client.connect({ address: pair.server.address, authkey: AUTHKEY, maxFrameBytes });
  const sizes = [10, 2 * 1024 * 1024, 500_000, 20];
  const results = client.execute(sizes.map((size) => task(maps.large, size)), { ordered: true });
  for (const size of sizes) {
    if (size < 1024 * 1024) assertEquals((await results.next()).value?.length, size);
    else await assertRejects(() => results.next(), Error, "more than");
  }
  const lengths = client.execute(
    sizes.map((size) => task((bytes: Uint8Array) => bytes.length, new Uint8Array(size))),
    { ordered: true },
  );
  for (const size of sizes) {
    if (size < 1024 * 1024) assertEquals((await lengths.next()).value, size);
    else await assertRejects(() => lengths.next(), Error);
  }
});

Deno.test("Two executes of one client take turns, however much one has under way", async () => {
  await using pair = await startPair({ numWorkers: 1, isolation: "module" });
  await pair.client.run(maps.double, 1);
  const many = pair.client.execute(range(1000).map((x) => task(maps.late, x)));
  await many.next();
  const few = await Array.fromAsync(pair.client.execute(range(3).map((x) => task(maps.late, x))));
  assertEquals(few.length, 3);
  await many.return();
  const { totals } = await pair.client.status();
  assert(totals.succeeded < 100, `${totals.succeeded} had to run before three of another`);
});

Deno.test("execute() gives every result once, although its connection is cut again and again", async () => {
  await using pair = await startPair({ isolation: "module" });
  await using proxy = new TcpProxy(pair.server.address);
  await using client = await Client.connect({ address: proxy.address, authkey: AUTHKEY });
  const random = new Random(1);
  proxy.cutTimes(3, () => random.int(5000, 30_000));
  const results = await Array.fromAsync(client.execute(doubles(10_000), { ordered: true, queueSize: 400 }));
  assertEquals(results, range(10_000).map((x) => 2 * x));
  assertEquals(proxy.cuts, 3);
  const { taskQueueSize, resultCacheSize } = await client.status();
  assertEquals([taskQueueSize, resultCacheSize], [0, 0]);
});

Deno.test("execute() goes on with the next server when its own is killed in the middle", async () => {
  const program = new URL("./fixtures/doomed_server.ts", import.meta.url).pathname;
  const start = async (address: string) => {
    const server = new Deno.Command(Deno.execPath(), { args: ["run", "-A", program, address], stdout: "piped" })
      .spawn();
    const reader = server.stdout.getReader();
    const { value } = await reader.read();
    reader.releaseLock();
    return { server, address: new TextDecoder().decode(value).trim() };
  };
  const kill = async (server: Deno.ChildProcess) => {
    server.kill("SIGKILL");
    await server.status;
    await server.stdout.cancel();
  };
  const first = await start("127.0.0.1:0");
  await using client = await Client.connect({ address: first.address, authkey: AUTHKEY });
  const tasks = doubles(20_000);
  const results = client.with({ isolation: "module" }).execute(tasks, { ordered: true });
  for (const x of range(3000)) assertEquals((await results.next()).value, 2 * x);
  await kill(first.server);
  const second = await start(first.address);
  for (let x = 3000; x < 20_000; x++) assertEquals((await results.next()).value, 2 * x);
  assert((await results.next()).done);
  await client.close();
  await kill(second.server);
});
