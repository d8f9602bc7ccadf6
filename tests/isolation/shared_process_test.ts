import { assert, assertEquals, assertNotEquals, assertRejects, assertThrows } from "@std/assert";
import { Client, remote, task, TaskCrashed, TaskTimeout } from "../../mod.ts";
import { profileOf } from "../../client/profile.ts";
import { uuidv7 } from "../../core/uuid.ts";
import { decode, encode } from "../../wire/codec.ts";
import type { WireResult } from "../../wire/message.ts";
import { rawPeer, startPair } from "../fixtures/pair.ts";
import { Server, type ServerOptions } from "../../server.ts";
import type { Left } from "../fixtures/shared.ts";

const shared = remote<typeof import("../fixtures/shared.ts")>(import.meta.resolve("../fixtures/shared.ts"));
const hostile = remote<typeof import("../fixtures/hostile.ts")>(import.meta.resolve("../fixtures/hostile.ts"));
const range = (n: number) => Array.from({ length: n }, (_, i) => i);

async function connect(options: ServerOptions = {}) {
  const server = await Server.start({
    address: "127.0.0.1:0",
    authkey: "key",
    logLevel: "none",
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

// -- isolation: "module" --

Deno.test('run() with isolation "module" goes on in the same process, with the module\'s state', async () => {
  await using here = await connect();
  const client = here.client.with({ isolation: "module" });
  const first = await client.run(shared.whereAmI);
  const second = await client.run(shared.whereAmI);
  assertEquals(second, { pid: first.pid, calls: first.calls + 1 });
});

Deno.test('run() with isolation "task", the default, never goes on in a process that ran a task', async () => {
  await using here = await connect();
  const pids = [];
  for (let i = 0; i < 4; i++) {
    const { pid, calls } = await here.client.run(shared.whereAmI);
    pids.push(pid);
    assertEquals(calls, 1);
  }
  assertEquals(new Set(pids).size, 4);
});

Deno.test("tasks of other permissions, limits, modules or clients get a process of their own", async () => {
  // As many processes are kept as there are slots.
  await using here = await connect({ numWorkers: 5 });
  await using other = await Client.connect({ address: here.server.address, authkey: "key" });
  const base = here.client.with({ isolation: "module" });
  const { pid } = await base.run(shared.whereAmI);
  assertNotEquals((await base.with({ permissions: { env: ["HOME"] } }).run(shared.whereAmI)).pid, pid);
  assertNotEquals((await base.with({ memoryMb: 64 }).run(shared.whereAmI)).pid, pid);
  assertNotEquals((await other.with({ isolation: "module" }).run(shared.whereAmI)).pid, pid);
  assertNotEquals(await base.run(() => Deno.pid), pid);
  assertEquals((await base.run(shared.whereAmI)).pid, pid);
});

Deno.test("items of one map with other permissions get a process of their own, whatever the client says of their map", async () => {
  await using pair = await startPair({ numWorkers: 1, spares: 0 });
  const pids: unknown[] = [];
  const { promise: arrived, resolve } = Promise.withResolvers<void>();
  await using peer = await rawPeer(pair.server, (topic, body) => {
    if (topic !== "results") return;
    for (const result of body as WireResult[]) pids.push(decode(result[3]!));
    if (pids.length === 4) resolve();
  });
  const group = [uuidv7(), 10] as const;
  for (const permissions of [null, { env: ["HOME"] }]) {
    const profile = profileOf(["source", "() => Deno.pid", "pid"], {});
    const tasks = [0, 1].map(() => [uuidv7(), encode([])] as const);
    const how = { await: true, bound: true, followup: false, waitForRoom: true, group };
    await peer.call("submit", { profile: { ...profile, permissions }, tasks, ...how });
  }
  await arrived;
  assertEquals([pids[0] === pids[1], pids[2] === pids[3], pids[0] === pids[2]], [true, true, false], `${pids}`);
});

Deno.test("maxTasksPerWorker replaces a shared process after that many tasks", async () => {
  await using here = await connect({ numWorkers: 1, maxTasksPerWorker: 3 });
  const client = here.client.with({ isolation: "module" });
  const pids: number[] = [];
  for (let i = 0; i < 7; i++) pids.push((await client.run(shared.whereAmI)).pid);
  assertEquals(pids.map((pid) => pids.indexOf(pid)), [0, 0, 0, 3, 3, 3, 6]);
});

Deno.test("a task that leaves a timer, a socket or a changed global behind ends its shared process", async (t) => {
  await using here = await connect({ numWorkers: 1 });
  const client = here.client.with({ isolation: "module", permissions: { net: ["127.0.0.1"] } });
  const all: Left[] = ["timer", "listener", "new global", "other global", "removed global"];
  for (const what of [...all, "other getter", "getter that throws"] as const) {
    await t.step(what, async () => {
      const pid = await client.run(shared.leave, what);
      assertNotEquals(await client.run(shared.leave, "nothing"), pid);
    });
  }
  const pid = await client.run(shared.leave, "nothing");
  assertEquals(await client.run(shared.leave, "nothing"), pid);
});

Deno.test("what comes on the heels of a task that left something behind runs elsewhere, for the first time", async () => {
  await using here = await connect({ numWorkers: 1 });
  const client = here.client.with({ isolation: "module" });
  const place = task(shared.whereAmI);
  for (let round = 0; round < 20; round++) {
    // The process says that it is ready, and looks behind itself then: some of these are on their way already.
    const pid = await client.run(shared.leave, "timer");
    for (const { id } of await client.submit([place, place])) {
      const result = await client.queryResult<{ pid: number }>(id, { waitMs: -1 });
      assertNotEquals(result!.data!.pid, pid);
      assertEquals(result!.attempt, 1);
    }
  }
});

Deno.test("what was dropped behind a task that left something behind goes where any other goes", async () => {
  await using here = await connect({ numWorkers: 1, spares: 0 });
  const client = here.client.with({ isolation: "module" });
  // So that the server knows them for quick ones, and gives several at once.
  await Promise.all(Array.from({ length: 50 }, () => client.run(hostile.sayLeak, false)));
  const tasks = Array.from({ length: 20 }, (_, i) => task(hostile.sayLeak, i === 0));
  const handles = await client.submit(tasks);
  const results = [];
  for (const { id } of handles.slice(1)) results.push(await client.queryResult<number>(id, { waitMs: -1 }));
  assertEquals(await handles[0].result(), 1);
  assertEquals(new Set(results.map((result) => result!.attempt)), new Set([1]));
  assertEquals(new Set(results.map((result) => result!.data)).size, 1);
});

Deno.test("items that were dropped behind one that left something behind are no second attempts", async () => {
  await using here = await connect({ numWorkers: 1, spares: 0 });
  const client = here.client.with({ isolation: "module" });
  await client.map(hostile.sayLeakOfItem, Array(50).fill(false));
  const items = Array.from({ length: 20 }, (_, i) => i === 0);
  const [first, ...others] = await client.map(hostile.sayLeakOfItem, items, { settled: true });
  assertEquals(first.data, 1);
  assertEquals(new Set(others.map(({ attempt }) => attempt)), new Set([1]));
  assertEquals(new Set(others.map(({ data }) => data)).size, 1);
});

Deno.test("a process that says that it dropped the first task of all that it was given fails that task", async () => {
  await using here = await connect({ numWorkers: 1, spares: 0 });
  const client = here.client.with({ isolation: "module" });
  await assertRejects(() => client.run(hostile.dropItself), TaskCrashed);
  assertEquals(await client.run((x: number) => x + 1, 1), 2);
});

Deno.test("a module that has changed on disk is not run by a process that has loaded the old one", async () => {
  const folder = await Deno.makeTempDir();
  const write = (text: string, mtime: number) => {
    Deno.writeTextFileSync(`${folder}/m.ts`, `export const f = () => "${text}";`);
    Deno.utimeSync(`${folder}/m.ts`, mtime, mtime);
  };
  write("old", 1000);
  {
    await using here = await connect();
    const client = here.client.with({ isolation: "module" });
    const module = remote<{ f(): string }>(`file://${folder}/m.ts`);
    assertEquals(await client.run(module.f), "old");
    write("new", 2000);
    // The server looks at files at most every so often; tasks that come later than that see the new one.
    const seen = new Set<string>();
    for (let i = 0; i < 5000 && !seen.has("new"); i++) seen.add(await client.run(module.f));
    assert(seen.has("new"));
    assertEquals(await client.run(module.f), "new");
  }
  await Deno.remove(folder, { recursive: true });
});

Deno.test("nested tasks of shared processes never deadlock with one worker", async () => {
  await using here = await connect({ numWorkers: 1 });
  const client = here.client.with({ isolation: "module" });
  assertEquals(await client.run(shared.nest, 12), 12);
  assertEquals(await client.map(shared.nest, [3, 1, 4, 1, 5]), [3, 1, 4, 1, 5]);
});

Deno.test("log lines of tasks in one process keep their own task's id", async () => {
  await using here = await connect({ numWorkers: 1 });
  const client = here.client;
  const lines = client.logs();
  const words = range(40).map(String);
  const first = lines.next();
  const handles = await client.with({ isolation: "module" }).submit(words.map((word) => task(shared.talk, word)));
  const expected = new Map(handles.map(({ id }, i) => [id, words[i]]));
  const seen = [(await first).value!];
  while (seen.length < words.length) seen.push((await lines.next()).value!);
  for (const { taskId, text } of seen) assertEquals(text, expected.get(taskId));
  await lines.return(undefined);
});

// -- map() in chunks --

Deno.test("map() shares processes between its items by default, and with no other map", async () => {
  await using here = await connect({ numWorkers: 1 });
  const first = await here.client.map(shared.whereAmI, range(50));
  const second = await here.client.map(shared.whereAmI, range(50));
  const pids = (places: { pid: number }[]) => new Set(places.map(({ pid }) => pid));
  assertEquals(pids(first).size, 1);
  assertEquals(pids(second).size, 1);
  assertEquals(pids([...first, ...second]).size, 2);
});

Deno.test("map() with chunkSize 1 gives each item a process of its own, with 4 four items each", async () => {
  await using here = await connect();
  const alone = await here.client.map(shared.whereAmI, range(6), { chunkSize: 1 });
  assertEquals(new Set(alone.map(({ pid }) => pid)).size, 6);
  const fours = await here.client.map(shared.whereAmI, range(12), { chunkSize: 4 });
  const counts = Map.groupBy(fours, ({ pid }) => pid).values().map((items) => items.length);
  assertEquals([...counts], [4, 4, 4]);
});

Deno.test("an item that ends its process costs only itself; the rest of its chunk runs elsewhere", async () => {
  await using here = await connect({ numWorkers: 2 });
  const items = range(40).map((n) => ({ n, doomed: n % 13 === 5 }));
  const results = await here.client.map(shared.pidUnlessDoomed, items, { settled: true, chunkSize: 10 });
  for (const [n, { isSuccessful, data, error, attempt }] of results.entries()) {
    assertEquals(isSuccessful, !items[n].doomed);
    // Those that were under way with a doomed one ran once more, told of one by one; a doomed one then again, alone.
    assert(isSuccessful ? attempt <= 2 : attempt <= 3, `${attempt}`);
    if (isSuccessful) assertEquals(data?.n, n);
    else assert(error instanceof TaskCrashed && error.exitCode === 3);
  }
});

Deno.test("each item of a chunk has its own outcome and its own time limit", async () => {
  await using here = await connect({ numWorkers: 1, graceMs: 50 });
  const client = here.client.with({ timeoutMs: 1500 });
  const results = await client.map(shared.mixed, range(20), { settled: true, chunkSize: 20 });
  for (const [n, { data, error }] of results.entries()) {
    if (n === 7) assert(error instanceof RangeError && error.message === "seven");
    else if (n === 13) assert(error instanceof TaskTimeout);
    else assertEquals(data, n);
  }
});

Deno.test("map() raises the first failure and cancels the items that have not run", async () => {
  await using here = await connect({ numWorkers: 1 });
  const failure = await here.client.map(shared.mixed, [1, 7, ...range(5000).map(() => 1)]).catch((error) => error);
  assert(failure instanceof RangeError);
  // Behind this call's answer are the cancels that were sent before it.
  await here.client.status();
  await here.server.stop();
  const { totals } = here.server.status();
  assertEquals(totals.succeeded + totals.failed + totals.cancelled, totals.submitted);
  assert(totals.cancelled > 0);
});

Deno.test("cancelling an item behind others on its process takes it back before it runs", async () => {
  await using here = await connect({ numWorkers: 1 });
  const client = here.client.with({ isolation: "module" });
  await client.map(shared.square, range(100)); // quick: the next ones are given many at a time
  const handles = await client.submit(range(200).map((n) => task(shared.square, n)));
  const cancelled = await Promise.all(handles.map((handle, i) => i % 2 === 0 ? false : handle.cancel()));
  for (const [i, handle] of handles.entries()) {
    const outcome = await handle.result().catch((error) => error.name);
    assert(outcome === i * i || (cancelled[i] && outcome === "TaskCancelled"), `${i}: ${outcome}`);
  }
});

// -- the door --

Deno.test("isolation, chunkSize and maxTasksPerWorker are checked at the door", async () => {
  await using here = await connect();
  assertThrows(() => here.client.with({ isolation: "thread" as never }), RangeError, "isolation");
  for (const chunkSize of [0, -1, 1.5, NaN, "all", null]) {
    const map = () => here.client.map(shared.square, [1], { chunkSize: chunkSize as never });
    await assertRejects(map, chunkSize === null ? TypeError : RangeError, "chunkSize");
  }
  for (const options of [{ maxTasksPerWorker: 0 }, { spares: -1 }, { isolation: "none" as never }]) {
    const refused = await Server.start({ address: "127.0.0.1:0", authkey: "key", ...options }).catch((error) => error);
    assert(refused instanceof RangeError);
  }
});
