/**
 * Defects L10, L11, L12, L31 and L37 of the original: who runs when, and below whom. What cannot be as it was, by
 * construction:
 *
 * | defect | part | why not here |
 * |---|---|---|
 * | L11 | a process id as the link to the parent | a task's parent is the task of the connection that submitted it |
 * | L37 | one reply channel for all calls | calls are numbered; each reply finds its own |
 */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { remote, ServerOffline, TaskCancelled, TaskError } from "../../mod.ts";
import { uuidv7 } from "../../core/uuid.ts";
import { encode } from "../../wire/codec.ts";
import { connectTo, ended, later, lineLike, linesLike, rawPeer, startPair } from "../fixtures/pair.ts";
import { seededRandom } from "../fixtures/random.ts";

const defects = remote<typeof import("../fixtures/defects.ts")>(import.meta.resolve("../fixtures/defects.ts"));

Deno.test("L10: a task that submits a subtask and then waits for another gets both done by one worker", async () => {
  await using pair = await startPair({ numWorkers: 1 });
  const { later, now } = await pair.client.run(defects.submitThenRun, 5, 7);
  assertEquals(now, 49);
  await ended(pair.client, later);
  assertEquals((await pair.client.queryResult(later))?.data, 25);
});

Deno.test("L11: a client cannot claim to be a task's child to get past a busy server", async () => {
  await using pair = await startPair({ numWorkers: 1 });
  await using peer = await rawPeer(pair.server);
  const isRunning = lineLike(pair.client, /idle runs/);
  const busy = await pair.client.submit(defects.idle);
  await isRunning;
  const { pid } = pair.server.status().workers[0];
  const id = uuidv7();
  const forged = { parent: busy.id, parentId: busy.id, sourcePid: pid, source_pid: pid, depth: 60, state: "running" };
  await peer.call("submit", { ...forged, ...submit([[id, "forged"]]), ...forged, run: busy.id });
  const { taskQueueSize, workers } = pair.server.status();
  assertEquals([taskQueueSize, workers.length], [1, 1]);
  // Not below the other task either: that one's end does not end it, and it runs at depth 0.
  const runs = lineLike(pair.client, /forged runs/);
  await busy.cancel();
  assertEquals((await runs).taskId, id);
  assertEquals(pair.server.status().workers.map(({ taskId, depth }) => [taskId, depth]), [[id, 0]]);
});

Deno.test("L12: a recursion 60 deep completes when there is one worker", async () => {
  await using pair = await startPair({ numWorkers: 1 });
  assertEquals(await pair.client.run(defects.recurse, 60), 60);
  assertEquals(pair.server.status().totals.peakProcesses, 61);
});

for (const numWorkers of [1, 2]) {
  Deno.test(`L12: a merge sort by blocking halves holds few processes when numWorkers is ${numWorkers}`, async () => {
    await using pair = await startPair({ numWorkers });
    const numbers = Array.from({ length: 200 }, seededRandom(12));
    assertEquals(await pair.client.run(defects.sortByHalves, numbers), numbers.toSorted((a, b) => a - b));
    const { submitted, peakProcesses } = pair.server.status().totals;
    assertEquals(submitted, 399);
    const depth = Math.ceil(Math.log2(numbers.length));
    assert(peakProcesses <= numWorkers * depth + numWorkers, `${peakProcesses} processes at once`);
  });
}

Deno.test("L12: a recursion deeper than maxDepth, or wider than maxProcesses, ends with a clear error", async () => {
  await using pair = await startPair({ numWorkers: 1, maxDepth: 3, maxProcesses: 3 });
  assertEquals(await pair.client.run(defects.recurse, 2), 2);
  const tooMany = await assertRejects(() => pair.client.run(defects.recurse, 3), TaskError);
  assertEquals(tooMany.code, "PROCESS_LIMIT");
  await using shallow = await startPair({ numWorkers: 1, maxDepth: 3 });
  assertEquals(await shallow.client.run(defects.recurse, 3), 3);
  const tooDeep = await assertRejects(() => shallow.client.run(defects.recurse, 4), TaskError);
  assertEquals(tooDeep.code, "DEPTH_EXCEEDED");
});

Deno.test("L31: tasks run in the order of their arrival whatever their ids say, and by priority before that", async () => {
  await using pair = await startPair({ numWorkers: 1 });
  await using peer = await rawPeer(pair.server);
  const isRunning = lineLike(pair.client, /idle runs/);
  const busy = await pair.client.submit(defects.idle);
  await isRunning;
  const backDated = `00000000-0001-7${uuidv7().slice(15)}`;
  const squares = (x: number, id: string, priority = 0) =>
    peer.call("submit", submit([[id, x]], { name: "squareAloud", priority }));
  await squares(1, uuidv7());
  await squares(2, backDated);
  await squares(3, uuidv7(), 1);
  await squares(4, uuidv7(), -1);
  const lines = linesLike(pair.client, /squaring/, 4);
  await busy.cancel();
  assertEquals((await lines).map(({ text }) => text), ["squaring 3", "squaring 1", "squaring 2", "squaring 4"]);
});

Deno.test("L37: many calls of one task at the same time each get their own answer", async () => {
  await using pair = await startPair({ numWorkers: 2 });
  const { values, ids, known } = await pair.client.run(defects.talkAllAtOnce, 20);
  assertEquals(values, Array.from({ length: 20 }, (_, i) => i * i));
  assertEquals([ids, known], [20, 20]);
});

Deno.test("L37: calls that are pending when the other side goes away are settled with the reason", async () => {
  await using pair = await startPair({ numWorkers: 1 });
  await using second = await connectTo(pair.server);
  const isRunning = lineLike(pair.client, /idle below runs/);
  const running = later(assertRejects(() => pair.client.run(defects.waitForIdle), TaskError));
  await isRunning;
  const handle = await second.submit(defects.square, 3);
  const closed = later(assertRejects(() => handle.result(), TaskError));
  await second.close();
  assertEquals((await closed).code, "CONNECTION_CLOSED");
  await pair.server.stop({ mode: "now" });
  assertEquals((await running).code, "TASK_KILLED_BY_QUIT");
  await assertRejects(() => pair.client.run(defects.square, 3), ServerOffline);
});

Deno.test("L37: a task's waiting call ends when what it waits for is cancelled by somebody else", async () => {
  await using pair = await startPair({ numWorkers: 1 });
  const isRunning = lineLike(pair.client, /idle below runs/);
  const running = later(assertRejects(() => pair.client.run(defects.waitForIdle), TaskCancelled));
  const { taskId } = await isRunning;
  await using peer = await rawPeer(pair.server);
  assertEquals(await peer.call("cancel", { ids: [taskId], discard: false }), 1);
  await running;
});

function submit(tasks: [id: string, argument: unknown][], { name = "idle", priority = 0 } = {}) {
  return {
    profile: { target: ["export", defects.idle.module, name], permissions: null, priority },
    tasks: tasks.map(([id, argument]) => [id, encode([argument])]),
    await: false,
    bound: false,
    followup: false,
    waitForRoom: true,
  };
}
