/** Defects L19 to L22 and L28 of the original: what becomes of results. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { remote, TaskCancelled, TaskCrashed, TaskError } from "../../mod.ts";
import { uuidv7 } from "../../core/uuid.ts";
import { encode } from "../../wire/codec.ts";
import type { WireResult } from "../../wire/message.ts";
import { ended, later, lineLike, linesLike, type Pair, rawPeer, startPair } from "../fixtures/pair.ts";

const defects = remote<typeof import("../fixtures/defects.ts")>(import.meta.resolve("../fixtures/defects.ts"));

Deno.test("L19: a result whose reply got lost is still there for the next query", async () => {
  await using pair = await startPair({ numWorkers: 1 });
  const { id } = await pair.client.submit(defects.square, 5);
  await ended(pair.client, id);
  const lost = await rawPeer(pair.server);
  const [reply] = await lost.call("query", { ids: [id] }) as WireResult[];
  assertEquals(reply[1], "succeeded");
  // It goes without having acknowledged.
  lost.abort(new TaskError("CONNECTION_CLOSED", "for the test"));
  await hasNoticed(pair);
  assertEquals((await pair.client.queryResult(id))?.data, 25);
  // Acknowledged now, and so taken.
  assertEquals(await pair.client.queryResult(id), null);
});

Deno.test("L19: a result that was pushed to a client that is lost is there for another", async () => {
  await using pair = await startPair({ numWorkers: 1, resultRetentionCapacity: 1 });
  const { promise: pushed, resolve } = Promise.withResolvers<unknown>();
  const lost = await rawPeer(pair.server, (topic, body) => resolve([topic, (body as WireResult[])[0][0]]));
  const id = uuidv7();
  await lost.call("submit", submit([[id, 5]], { await: true }));
  assertEquals(await pushed, ["results", id]);
  lost.abort(new TaskError("CONNECTION_CLOSED", "for the test"));
  await hasNoticed(pair);
  assertEquals((await pair.client.queryResult(id))?.data, 25);
});

Deno.test("L20: map() gives all results when it has more items than results are kept, and for how long they are", async () => {
  await using pair = await startPair({ resultRetentionCapacity: 5, resultRetentionMs: 1 });
  const items = Array.from({ length: 60 }, (_, i) => i);
  assertEquals(await pair.client.map(defects.square, items), items.map((i) => i * i));
});

Deno.test("L20: map() in a task gives all results when the task is slow to take them", async () => {
  await using pair = await startPair({ resultRetentionCapacity: 2, resultRetentionMs: 1 });
  const squares = await pair.client.run(defects.mapAndLookAway, 12, 800);
  assertEquals(squares, Array.from({ length: 12 }, (_, i) => i * i));
});

Deno.test("L21: a task submitted twice runs once, and another one of its id is refused", async () => {
  await using pair = await startPair({ numWorkers: 1 });
  await using peer = await rawPeer(pair.server);
  const isRunning = lineLike(pair.client, /idle runs/);
  const busy = await pair.client.submit(defects.idle);
  await isRunning;
  const id = uuidv7();
  const other = uuidv7();
  for (let i = 0; i < 3; i++) assertEquals(await peer.call("submit", submit([[id, 5]])), 1);
  // Twice in one submission as well.
  assertEquals(await peer.call("submit", submit([[id, 5], [id, 5]])), 2);
  const duplicate = await assertRejects(() => peer.call("submit", submit([[other, 1], [id, 6]])), TaskError);
  assertEquals(duplicate.code, "DUPLICATE_TASK");
  assertEquals(pair.server.status().taskQueueSize, 1);
  // None of a refused submission was accepted.
  assertEquals(await pair.client.queryResult(other), null);
  const over = ended(pair.client, id);
  await busy.cancel();
  await over;
  // Finished and not taken yet, it still counts as known.
  assertEquals(await peer.call("submit", submit([[id, 5]])), 1);
  const late = await assertRejects(() => peer.call("submit", submit([[id, 6]])), TaskError);
  assertEquals(late.code, "DUPLICATE_TASK");
  assertEquals((await pair.client.queryResult(id))?.data, 25);
  const { submitted, succeeded, cancelled } = pair.server.status().totals;
  assertEquals([submitted, succeeded, cancelled], [2, 1, 1]);
  assertEquals(await pair.client.run(defects.square, 3), 9);
});

Deno.test("L22: with a capacity of 0 what is awaited arrives, and what is not is gone with a clear error", async () => {
  await using pair = await startPair({ numWorkers: 1, resultRetentionCapacity: 0 });
  const { client } = pair;
  assertEquals(await client.run(defects.square, 5), 25);
  assertEquals(await client.map(defects.square, [1, 2, 3]), [1, 4, 9]);
  const handle = await client.submit(defects.square, 7);
  await ended(client, handle.id);
  assertEquals(await client.queryResult(handle.id), null);
  const error = await assertRejects(() => handle.result(), TaskError);
  assertEquals(error.code, "UNKNOWN_TASK");
});

Deno.test("L22: nothing is kept for tasks that were lost, cancelled or given up", async () => {
  await using pair = await startPair({ numWorkers: 2 });
  const { client, server } = pair;
  const areRunning = linesLike(client, /idle runs/, 2);
  const abort = new AbortController();
  const crashing = later(assertRejects(() => client.run(defects.idle), TaskCrashed));
  const givenUp = later(assertRejects(() => client.with({ signal: abort.signal }).run(defects.idle), Error, "enough"));
  const queued = await client.submit(defects.square, 1);
  await areRunning;
  assertEquals(await queued.cancel(), true);
  await assertRejects(() => queued.result(), TaskCancelled);
  for (const { pid } of server.status().workers) Deno.kill(pid!, "SIGKILL");
  abort.abort(new Error("enough"));
  await Promise.all([crashing, givenUp]);
  // A round trip, so that the acknowledgements are there; draining, so that the last process is gone.
  await client.status();
  await server.stop({ mode: "drain" });
  const { resultCacheSize, taskQueueSize, workers, slots } = server.status();
  assertEquals([resultCacheSize, taskQueueSize, workers, slots.taken], [0, 0, [], 0]);
});

Deno.test("L28: map() cancels the other items when one fails, and leaves no results behind", async () => {
  await using pair = await startPair({ numWorkers: 3 });
  const items = Array.from({ length: 20 }, (_, i) => i);
  await assertRejects(() => pair.client.map(defects.failOrIdle, items), RangeError, "the first item fails");
  // A round trip: the cancellation is there, and finds those that wait too.
  await pair.client.status();
  // The others never end by themselves: draining would not end either.
  await pair.server.stop({ mode: "drain" });
  const { totals, resultCacheSize } = pair.server.status();
  assertEquals([totals.failed, totals.cancelled, resultCacheSize], [1, 19, 0]);
});

Deno.test("L28: map() asks for each result once: what it sends grows with its items and not with its time", async () => {
  await using pair = await startPair({ numWorkers: 1 });
  const sent: unknown[] = [];
  const { link } = pair.client as unknown as { link: { call(command: string, body: unknown): Promise<unknown> } };
  const call = link.call.bind(link);
  link.call = (command, body) => {
    sent.push(command);
    return call(command, body);
  };
  assertEquals(await pair.client.map(defects.square, [1, 2, 3, 4, 5, 6]), [1, 4, 9, 16, 25, 36]);
  assertEquals(sent, ["submit"]);
  assert(pair.server.status().totals.succeeded === 6);
});

/** Asks until the server knows that no client but this one is left. */
async function hasNoticed({ client }: Pair): Promise<void> {
  while ((await client.status()).clients > 1);
}

function submit(tasks: [id: string, argument: unknown][], { await: isAwaited = false } = {}) {
  return {
    profile: { target: ["export", defects.square.module, "square"], permissions: null, priority: 0 },
    tasks: tasks.map(([id, argument]) => [id, encode([argument])]),
    await: isAwaited,
    bound: false,
    followup: false,
    waitForRoom: true,
  };
}
