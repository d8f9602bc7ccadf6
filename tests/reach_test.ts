import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { Client, remote, task, TaskCancelled, TaskError, type TaskFilter, type TaskInfo, WaitTimeout } from "../mod.ts";
import { connectTo, ended, later, lineLike, rawPeer, startPair } from "./fixtures/pair.ts";
import { connectTo as connectSuccessor, startServer } from "./stopping/successors.ts";
import { LeaveTwo } from "./fixtures/reach.ts";

const reach = remote<typeof import("./fixtures/reach.ts")>(import.meta.resolve("./fixtures/reach.ts"));
const END = { done: true, value: undefined } as const;
const UNKNOWN = "01a22335-a415-77ea-9b0d-c4c2deadbeef";

async function listed(client: Client, filter?: TaskFilter): Promise<TaskInfo[]> {
  const tasks = await Array.fromAsync(client.tasks(filter));
  return tasks.toSorted((a, b) => a.id < b.id ? -1 : 1);
}

Deno.test("U1: a task is waited for, followed and ended by its id, by another client than the one that submitted it", async () => {
  await using pair = await startPair({ numWorkers: 1 });
  await using other = await connectTo(pair.server);
  const runs = lineLike(other, /lingers/);
  const { id } = await pair.client.with({ priority: 3 }).submit(reach.linger);
  await runs;
  const handle = other.handle<never>(id);
  const { state, name, priority, attempt, progress, parent, startedAt, submittedAt, finishedAt, items } =
    (await handle.info())!;
  assertEquals([handle.id, state, name, priority, attempt], [id, "running", "linger", 3, 1]);
  assertEquals([progress, parent, finishedAt, items], [{ taskId: id, done: 1, total: 3 }, null, null, null]);
  assert(startedAt! >= submittedAt);
  const result = later(handle.result());
  assertEquals(await handle.cancel(), true);
  await assertRejects(() => result, TaskCancelled);
  assertEquals([await handle.cancel(), await Array.fromAsync(handle.progress)], [false, []]);
  // What it had said is kept as long as its result.
  assertEquals(await Array.fromAsync(other.handle(id).logs, ({ text }) => text), ["lingers"]);
});

Deno.test("U1: info() takes nothing of a result, and knows nothing of what is taken or never was", async () => {
  await using pair = await startPair({ numWorkers: 1 });
  const { id } = await pair.client.submit(reach.double, 4);
  await ended(pair.client, id);
  const handle = pair.client.handle<number>(id);
  for (let times = 0; times < 2; times++) {
    const { state, finishedAt, startedAt, progress } = (await handle.info())!;
    assertEquals([state, progress, finishedAt! >= startedAt!], ["succeeded", null, true]);
  }
  assertEquals([await handle.result(), await handle.info(), await handle.result()], [8, null, 8]);
  const nobody = pair.client.handle(UNKNOWN);
  assertEquals([await nobody.info(), await nobody.cancel()], [null, false]);
  assertEquals((await assertRejects(() => nobody.result(), TaskError)).code, "UNKNOWN_TASK");
  assertThrows(() => pair.client.handle(7 as never), TypeError, "current value is 7");
});

Deno.test("U1: what a task has left behind is found by state and name, and ended", async () => {
  await using pair = await startPair({ numWorkers: 2 });
  const runs = lineLike(pair.client, /lingers/);
  const result = await pair.client.runProcedure(new LeaveTwo());
  await runs;
  const [left, ...more] = await listed(pair.client, { state: ["ready", "running"], name: "linger" });
  assertEquals([left.state, left.parent, more], ["running", result.taskId, []]);
  assertEquals(left.client, (await listed(pair.client)).at(-1)!.client);
  const [followup] = result.followupTaskIds;
  assertEquals([followup, await pair.client.handle(followup).result()], [result.data, 42]);
  const over = ended(pair.client, left.id);
  assertEquals(await pair.client.cancel([left.id, followup, UNKNOWN]), 1);
  await over;
  assertEquals((await listed(pair.client, { state: "cancelled" })).map(({ id }) => id), [left.id]);
  assertEquals(await listed(pair.client, { name: "linger", state: "running" }), []);
});

Deno.test("U1: a task reaches by id what it has submitted, and nothing else", async () => {
  // A task that only follows another has its slot meanwhile.
  await using pair = await startPair({ numWorkers: 2 });
  const stranger = await pair.client.submit(reach.double, 1);
  const said = await pair.client.run(reach.steer, stranger.id);
  assertEquals(said, ["still here", ["running", "keepSaying", true], 1, false, null, true, "UNKNOWN_TASK"]);
  assertEquals(await stranger.result(), 2);
});

Deno.test("U1: tasks() gives the client's tasks of a full server each once, in pages that the server makes quickly", async () => {
  await using pair = await startPair({ numWorkers: 1, spares: 0 });
  const runs = lineLike(pair.client, /lingers/);
  await pair.client.submit(reach.linger);
  await runs;
  const since = Date.now();
  const tasks = Array.from({ length: 25_000 }, (_, n) => task(reach.double, n));
  const ids = new Set((await pair.client.with({ name: "one of many" }).submit(tasks)).map(({ id }) => id));
  const found = await listed(pair.client, { state: "ready", since: new Date(since) });
  assertEquals([found.length, new Set(found.map(({ id }) => id)).size], [25_000, 25_000]);
  assert(found.every(({ id, name }) => ids.has(id) && name === "one of many"));
  // Where none is meant that there is the client asks on, and is done in a moment.
  assertEquals(await listed(pair.client, { state: "failed" }), []);
  assertEquals(await pair.client.cancel(ids), 25_000);
});

Deno.test("U1: a map is listed as one, with what is left of it, and its items are ended by its id or their own", async () => {
  await using pair = await startPair({ numWorkers: 1 });
  await using other = await connectTo(pair.server);
  const runs = lineLike(pair.client, /lingers/);
  const results = later(pair.client.map(reach.lingerOn, Array(100).keys(), { settled: true, chunkSize: 1 }));
  const { taskId } = await runs;
  const [map, ...more] = await listed(other);
  assertEquals([map.name, map.state, map.items, map.attempt, more], ["lingerOn", "running", 100, 0, []]);
  assertEquals((await other.handle(map.id).info())!.items, 100);
  assertEquals((await other.handle(taskId).info())!.state, "running");
  const again = lineLike(pair.client, /lingers/);
  assertEquals(await other.cancel(taskId), 1);
  await again;
  assertEquals((await other.handle(map.id).info())!.items, 99);
  assertEquals(await other.cancel([map.id]), 99);
  assertEquals(new Set((await results).map(({ error }) => error?.name)), new Set(["TaskCancelled"]));
  assertEquals([await listed(other), await other.cancel(map.id)], [[], 0]);
});

Deno.test("U1: a map that another client cancels raises TaskCancelled where it is waited for", async () => {
  await using pair = await startPair({ numWorkers: 1 });
  await using other = await connectTo(pair.server);
  const runs = lineLike(pair.client, /lingers/);
  const results = later(pair.client.map(reach.lingerOn, [1, 2, 3]));
  await runs;
  const [{ id }] = await listed(other);
  assertEquals(await other.cancel(id), 3);
  await assertRejects(() => results, TaskCancelled);
});

Deno.test("U1: tasks() and cancel() say what is wrong with what they are given", async () => {
  await using pair = await startPair({ numWorkers: 1 });
  const { client } = pair;
  const wrong: [unknown, string][] = [
    [{ state: "done" }, 'Cannot use state: it must be a state of a task: current value is "done"'],
    [{ name: "" }, "Cannot use name: it must be a text that is not empty"],
    [{ since: "yesterday" }, 'Cannot use since: it must be a Date, or milliseconds since 1970: current value is "yest'],
    [{ since: new Date(NaN) }, "Cannot use since: it is no valid time"],
    [{ id: "x" }, 'Cannot use the part of a filter "id"'],
  ];
  for (const [filter, message] of wrong) {
    await assertRejects(() => client.tasks(filter as never).next(), Error, message);
  }
  await assertRejects(() => client.cancel([{} as never]), TypeError, "one of them is a value of type object");
  assertEquals([await client.cancel([]), await client.cancel(""), await client.cancel("no id")], [0, 0, 0]);
});

Deno.test("U1: the server says what is wrong with a list that it is asked for", async () => {
  await using pair = await startPair({ numWorkers: 1 });
  await using peer = await rawPeer(pair.server);
  const fine = { states: null, name: null, since: null, place: "", most: 10 };
  const page = (place: unknown) => peer.call("list", { ...fine, place }) as Promise<[unknown[], string | null]>;
  // Behind the last task come maps.
  const [none, place] = await page("");
  assertEquals([none, await page(place)], [[], [[], null]]);
  for (
    const body of [{ ...fine, states: ["x"] }, { ...fine, place: 7 }, { ...fine, most: 1001 }, { ...fine, name: 1 }]
  ) {
    assertEquals((await assertRejects(() => peer.call("list", body), TaskError)).code, "INVALID_REQUEST");
  }
  assertEquals(await peer.call("info", { ids: ["x", UNKNOWN] }), [null, null]);
});

Deno.test("U1: what is asked of a server that is away can be left, and waits no longer than it may", async () => {
  const server = await startServer();
  await using client = await connectSuccessor(server);
  await server.stop({ mode: "now" });
  const list = client.tasks();
  const next = list.next();
  assertEquals([await list.return(undefined), await next], [END, END]);
  const limits = { timeoutMs: 50 };
  await assertRejects(() => client.tasks({}, limits).next(), WaitTimeout, "within 50 ms");
  await assertRejects(() => client.cancel(UNKNOWN, limits), WaitTimeout);
  await assertRejects(() => client.handle(UNKNOWN).info(limits), WaitTimeout);
  await assertRejects(() => client.handle(UNKNOWN).cancel(limits), WaitTimeout);
  const signal = AbortSignal.abort(new Error("Nobody waits"));
  await assertRejects(() => client.tasks({}, { signal }).next(), Error, "Nobody waits");
  assertThrows(() => client.tasks({}, { waitMs: 1 } as never), TypeError, "waitMs");
});

Deno.test("A list goes on behind no place that no reply gave", async () => {
  await using pair = await startPair();
  await using peer = await rawPeer(pair.server);
  for (const place of ["t-1", "m-f", "tzz", "m0", "x00", "t00\u{1f600}", `t00${"a".repeat(101)}`, 7]) {
    await assertRejects(() => peer.call("list", { place }), TaskError, "list.place must be one that a reply gave");
  }
  for (const place of ["", "t", "m", "tff", "m00", `t00${crypto.randomUUID()}`]) {
    assertEquals(Array.isArray(await peer.call("list", { place })), true);
  }
});
