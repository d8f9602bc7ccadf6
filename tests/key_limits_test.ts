/** Tasks with `limit`, at a server. */
import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { type Client, defineTask, remote, task, TaskCancelled, TaskCrashed, TaskError, TaskExpired } from "../mod.ts";
import { InlineDispatcher } from "../dispatchers/inline_dispatcher.ts";
import { later, type Pair, startPair } from "./fixtures/pair.ts";
import { defined } from "./fixtures/limited.ts";
import { TempTree } from "./helpers/temp_tree.ts";

const limited = remote<typeof import("./fixtures/limited.ts")>(import.meta.resolve("./fixtures/limited.ts"));

/** A pair, and a file in which tasks tell of themselves. */
async function setUp(options: Parameters<typeof startPair>[0] = {}) {
  const stack = new AsyncDisposableStack();
  const folder = stack.use(new TempTree({ told: "" }));
  const pair: Pair = stack.use(await startPair({ numWorkers: 4, isolation: "module", ...options }));
  const client = pair.client.with({ permissions: { read: [folder.root], write: [folder.root] } });
  const file = folder.path("told");
  const told = () => Deno.readTextFileSync(file).trim().split("\n");
  /** Tasks that hold go on from now on. */
  const open = (gate: string) => folder.write(gate, "open");
  return {
    ...{ pair, server: pair.server, client, file, told, open, gate: folder.path("gate") },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

/** What tasks tell that run one after the other, in this order. */
const oneByOne = (numbers: Iterable<number>) => [...numbers].flatMap((n) => [`begin ${n}`, `end ${n}`]);

/** Once so many tasks wait for keys. */
async function untilWaiting(client: Client, count: number): Promise<void> {
  for (;;) {
    const { keyLimits: { tasks } } = await client.status();
    if (tasks >= count) return;
    // What is answered behind it shows the next state.
    await client.run(limited.square, 1);
  }
}

Deno.test("concurrency 1 is the order of submission, however tasks are submitted", async () => {
  await using world = await setUp();
  const { client, file, told, pair } = world;
  const serial = client.with({ limit: { key: "serial", concurrency: 1 } });
  const numbers = [1, 2, 3, 4, 5, 6];
  const runs = numbers.map((n) => serial.run(limited.turn, file, n));
  assertEquals(await Promise.all(runs), numbers);
  assertEquals(told(), oneByOne(numbers));
  // A low priority comes before a high one that was submitted later.
  const tasks = numbers.map((n) =>
    task(limited.turn, file, 10 * n).with({ limit: { key: "serial", concurrency: 1 }, priority: n })
  );
  const handles = await client.submit(tasks);
  for (const handle of handles) await handle.result();
  assertEquals(told().slice(12), oneByOne(numbers.map((n) => 10 * n)));
  const granted = { permissions: { read: [file], write: [file] } };
  const made = numbers.map((n) => defined(file, 100 * n).with(granted));
  assertEquals(await Array.fromAsync(pair.client.execute(made, { ordered: true })), numbers.map((n) => 100 * n));
  assertEquals(told().slice(24), oneByOne(numbers.map((n) => 100 * n)));
});

Deno.test("items of a map count one by one, and never more of them run than may", async () => {
  await using world = await setUp();
  const { client, pair } = world;
  const map = (concurrency: number, chunkSize: number | "auto") =>
    client.with({ limit: { key: "map", concurrency } }).map(limited.square, Array.from({ length: 300 }, (_, n) => n), {
      chunkSize,
    });
  const squares = Array.from({ length: 300 }, (_, n) => n * n);
  assertEquals(await map(1, "auto"), squares);
  assertEquals(await map(2, 7), squares);
  // A process of a map goes on to the next of its items, though that waits for its key meanwhile.
  const { totals: { processesStarted } } = await pair.client.status();
  const ofTheirOwn = client.with({ limit: { key: "map", concurrency: 1 }, isolation: "task" });
  assertEquals(await ofTheirOwn.map(limited.square, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]).then(({ length }) => length), 10);
  const { totals, keyLimits, taskQueueSize } = await pair.client.status();
  assertEquals([totals.succeeded, keyLimits, taskQueueSize], [610, { keys: 0, tasks: 0, first: [] }, 0]);
  assert(totals.processesStarted - processesStarted <= 4, `${totals.processesStarted - processesStarted} processes`);
});

Deno.test("what waits for a key has no slot and no process, is in nobody's way, and shows in the status", async () => {
  await using world = await setUp({ numWorkers: 2 });
  const { client, file, gate, told, open, pair } = world;
  const one = client.with({ limit: { key: "a.example", concurrency: 1 } });
  const first = await one.submit(limited.hold, file, gate, 0);
  for await (const _begun of first.logs) break;
  const others = Array.from({ length: 30 }, (_, n) => later(one.run(limited.turn, file, n + 1)));
  await untilWaiting(pair.client, 30);
  // Others pass, also one of the same client that is submitted behind them.
  assertEquals(await client.run(limited.turn, file, 99), 99);
  const { keyLimits, slots, workers, taskQueueSize } = await pair.client.status();
  const key = { key: "a.example", waiting: 30, held: 1, concurrency: 1, perSecond: null, nextAt: null };
  assertEquals(keyLimits, { keys: 1, tasks: 30, first: [key] });
  assertEquals([slots.taken, taskQueueSize, workers.filter(({ taskId }) => taskId !== null).length], [1, 30, 1]);
  assertEquals(told(), ["begin 0", "begin 99", "end 99"]);
  open("gate");
  assertEquals(await first.result(), 0);
  await Promise.all(others);
  assertEquals(told().slice(3), ["end 0", ...oneByOne(Array.from({ length: 30 }, (_, n) => n + 1))]);
});

Deno.test("a task below one that holds the key passes, at any remove, with one worker", async () => {
  await using world = await setUp({ numWorkers: 1 });
  const { client, pair } = world;
  const holding = client.with({ limit: { key: "nested", concurrency: 1 } });
  assertEquals(await Promise.all([holding.run(limited.nest, 2, "nested"), holding.run(limited.nest, 1, "nested")]), [
    10,
    4,
  ]);
  // The same where starts are counted.
  const rated = client.with({ limit: { key: "rated", concurrency: 1, perSecond: 100 } });
  assertEquals(await rated.run(limited.nest, 1, "rated"), 4);
  assertEquals(pair.server.status().keyLimits.tasks, 0);
});

Deno.test("perSecond spaces starts, and burst lets some come at once", async () => {
  await using world = await setUp();
  const { client } = world;
  const began = performance.now();
  const rated = client.with({ limit: { key: "rate", perSecond: 20, burst: 3 } });
  assertEquals(await rated.map(limited.square, [1, 2, 3, 4, 5, 6, 7]), [1, 4, 9, 16, 25, 36, 49]);
  // Three at once, then four that are 50 ms apart: timers are early by a millisecond at most.
  const ms = performance.now() - began;
  assert(ms >= 190, `seven starts took ${ms} ms`);
});

Deno.test("a unit comes back however its task ends: raised, crashed, retried, cancelled, given up", async () => {
  await using world = await setUp();
  const { client, file, gate, open, pair } = world;
  const one = (more = {}) => client.with({ limit: { key: "ends", concurrency: 1 }, ...more });
  await assertRejects(() => one().run(limited.failOnce, file, 1), Error, "not yet");
  await assertRejects(() => one().run(limited.die), TaskCrashed);
  const retried = later(one({ retry: { attempts: 2, delayMs: 30 } }).run(limited.failOnce, file, 2));
  // While the first waits for its next attempt others have the key.
  const between = one().run(limited.turn, file, 3);
  assertEquals([await between, await retried], [3, 2]);
  const held = await one().submit(limited.hold, file, gate, 4);
  const late = later(one({ startBeforeMs: 20 }).run(limited.turn, file, 5));
  const waiting = await one().submit(limited.turn, file, 6);
  const map = later(one().map(limited.square, [1, 2, 3]));
  await assertRejects(() => late, TaskExpired);
  assertEquals(await waiting.cancel(), true);
  await assertRejects(() => waiting.result(), TaskCancelled);
  await untilWaiting(pair.client, 3);
  const [group] = (await Array.fromAsync(pair.client.tasks({ name: "square", state: "ready" }))).map(({ id }) => id);
  assertEquals(await pair.client.cancel(group), 3);
  await assertRejects(() => map, TaskCancelled);
  assertEquals(pair.server.status().keyLimits.tasks, 0);
  open("gate");
  assertEquals(await held.result(), 4);
  assertEquals(await one().run(limited.turn, file, 7), 7);
});

Deno.test("runs of a schedule wait for the key of their task", async () => {
  await using world = await setUp();
  const { file, gate, open, pair, told } = world;
  const permissions = { read: [file.replace("/told", "")], write: [file] };
  const limit = { key: "schedule", concurrency: 1 };
  await pair.client.schedules.set(
    "often",
    { everyMs: 3_600_000, overlap: "allow" },
    task(limited.hold, file, gate, 1).with({ permissions, limit }),
  );
  const handles = [await pair.client.schedules.trigger("often"), await pair.client.schedules.trigger("often")];
  await untilWaiting(pair.client, 1);
  open("gate");
  assertEquals(await Promise.all(handles.map((handle) => handle.result())), [1, 1]);
  assertEquals(told(), ["begin 1", "end 1", "begin 1", "end 1"]);
});

Deno.test("the figures of the latest submission hold, also for those that wait", async () => {
  await using world = await setUp();
  const { client, file, gate, open, pair } = world;
  const held = (n: number, concurrency: number) =>
    later(client.with({ limit: { key: "figures", concurrency } }).run(limited.hold, file, gate, n));
  const all = [held(1, 1), held(2, 1), held(3, 1)];
  await untilWaiting(pair.client, 2);
  all.push(held(4, 3));
  await untilWaiting(pair.client, 1);
  const [{ waiting, concurrency }] = (await pair.client.status()).keyLimits.first;
  assertEquals([waiting, concurrency], [1, 3]);
  open("gate");
  assertEquals(await Promise.all(all), [1, 2, 3, 4]);
});

Deno.test("a server that stops hands back what waits for a key, and a drain ends", async () => {
  await using world = await setUp();
  const { client, file, gate, open, pair } = world;
  const one = client.with({ limit: { key: "stopping", concurrency: 1 } });
  const held = later(one.run(limited.hold, file, gate, 1));
  const waiting = [2, 3].map((n) => later(one.run(limited.turn, file, n)));
  await untilWaiting(pair.client, 2);
  const stopped = pair.server.stop({ mode: "drain" });
  open("gate");
  assertEquals(await held, 1);
  await stopped;
  assertEquals(pair.server.status().totals.handedBack, 2);
  for (const task of waiting) await assertRejects(() => task, TaskError);
});

Deno.test("a limit that makes no sense is refused at the door, with what was given and an example", async () => {
  await using pair = await startPair();
  const refused = (limit: unknown, type: typeof RangeError | typeof TypeError, message: string) => {
    const options = { limit: limit as { key: string } };
    assertThrows(() => pair.client.with(options), type, message);
    assertThrows(() => task(limited.square, 1).with(options), type, message);
    assertThrows(() => defineTask({ module: import.meta.url, name: "x", ...options }, () => 1), type, message);
  };
  const example = `such as { key: "example.org", concurrency: 2 }`;
  refused(
    "example.org",
    TypeError,
    `Cannot use limit: it must be an object, ${example}: current value is "example.org"`,
  );
  refused({ key: "x" }, TypeError, `Cannot use limit: it must have concurrency or perSecond, ${example}`);
  const key = `Cannot use limit.key: it must be a text of 1 to 200 characters, such as "example.org": current value is`;
  refused({ key: "", concurrency: 1 }, RangeError, `${key} ""`);
  refused({ key: 7, concurrency: 1 }, TypeError, `${key} 7`);
  refused({ concurrency: 1 }, TypeError, `${key} undefined`);
  refused({ key: "x".repeat(201), concurrency: 1 }, RangeError, "of 201 characters");
  const count = "it must be a whole number from 1 to 1000000, such as 2: current value is";
  refused({ key: "x", concurrency: 0 }, RangeError, `Cannot use limit.concurrency: ${count} 0`);
  refused({ key: "x", concurrency: 1.5 }, RangeError, `Cannot use limit.concurrency: ${count} 1.5`);
  refused({ key: "x", concurrency: "2" }, TypeError, `Cannot use limit.concurrency: ${count} "2"`);
  const rate = "Cannot use limit.perSecond: it must be a number from 0.00001 to 1000000, such as 0.5: current value is";
  refused({ key: "x", perSecond: 0 }, RangeError, `${rate} 0`);
  refused({ key: "x", perSecond: -1 }, RangeError, `${rate} -1`);
  refused({ key: "x", perSecond: Infinity }, RangeError, `${rate} Infinity`);
  refused({ key: "x", perSecond: NaN }, RangeError, `${rate} NaN`);
  refused({ key: "x", perSecond: 1, burst: 0 }, RangeError, `Cannot use limit.burst: ${count} 0`);
  refused({ key: "x", concurrency: 1, burst: 2 }, TypeError, "Cannot use limit.burst: it is for perSecond");
  refused({ key: "x", concurrency: 1, rate: 2 }, TypeError, 'Cannot use the part of limit "rate"');
});

Deno.test("without a server there is no limit, and who asks for one is told what to do", async () => {
  await using dispatcher = new InlineDispatcher();
  const limit = { key: "x", concurrency: 1 };
  const outcomes = dispatcher.execute([task(limited.square, 1).with({ limit })]);
  const remedy = "in a task that runs without a server: use a ProcessDispatcher or a Client";
  await assertRejects(() => outcomes.next(), TaskError, `Cannot use limit ${remedy}`);
});
