/**
 * Defects L1 to L7 of the original: how tasks end. What cannot be as it was, by construction:
 *
 * | defect | part | why not here |
 * |---|---|---|
 * | L3 | the result cache is written without its lock | one thread; a task is settled in one synchronous act |
 * | L7 | monitor threads that outlive the server | there are none; the sanitizers of each test see what is left open |
 */
import { assert, assertEquals, assertInstanceOf, assertRejects, assertStringIncludes } from "@std/assert";
import {
  registerError,
  remote,
  TaskCancelled,
  TaskCrashed,
  TaskError,
  TaskKilledByQuitSignal,
  TaskTimeout,
} from "../../mod.ts";
import { Brittle } from "../fixtures/defects.ts";
import { connectTo, later, lineLike, linesLike, startPair } from "../fixtures/pair.ts";
import { childrenOf, processState, survivors } from "../fixtures/procfs.ts";

const defects = remote<typeof import("../fixtures/defects.ts")>(import.meta.resolve("../fixtures/defects.ts"));
const broken = remote<typeof import("../fixtures/broken_at_load.ts")>(
  import.meta.resolve("../fixtures/broken_at_load.ts"),
);
const missing = remote<{ nothing(): void }>(import.meta.resolve("../fixtures/there_is_no_such_file.ts"));
const wrong = remote<{ cube(): number }>(import.meta.resolve("../fixtures/defects.ts"));
const isLinux = Deno.build.os === "linux";

Deno.test("L1: a task that sends nothing ends with TaskTimeout when its time is over", async () => {
  await using pair = await startPair({ numWorkers: 1, graceMs: 0 });
  await assertRejects(() => pair.client.with({ timeoutMs: 500 }).run(defects.spin), TaskTimeout);
  // The abort signal is no message of the task's either: with a grace it is sent, not answered, and killed after.
  await assertRejects(() => pair.client.with({ timeoutMs: 500 }).run(defects.idle), TaskTimeout);
  assertEquals(await pair.client.run(defects.square, 3), 9);
});

Deno.test("L1: a task that sends nothing ends with TaskKilledByQuitSignal when the server stops", async () => {
  await using pair = await startPair({ numWorkers: 1 });
  const isRunning = lineLike(pair.client, /spin runs/);
  const spinning = later(assertRejects(() => pair.client.run(defects.spin), TaskKilledByQuitSignal));
  await isRunning;
  await pair.server.stop({ mode: "now" });
  await spinning;
});

Deno.test("L2: a task whose process exits by itself is TaskCrashed and its slot is free", async () => {
  await using pair = await startPair({ numWorkers: 1 });
  for (const code of [0, 3]) {
    const error = await assertRejects(() => pair.client.run(defects.exit, code), TaskCrashed);
    assertEquals([error.exitCode, error.signal], [code, null]);
  }
  assertEquals(await pair.client.run(defects.square, 3), 9);
});

Deno.test("L2: a task whose process is killed from outside is TaskCrashed and its slot is free", async () => {
  await using pair = await startPair({ numWorkers: 1 });
  const isRunning = lineLike(pair.client, /idle runs/);
  const running = later(assertRejects(() => pair.client.run(defects.idle), TaskCrashed));
  await isRunning;
  Deno.kill(pair.server.status().workers[0].pid!, "SIGKILL");
  const error = await running;
  assertEquals([error.exitCode, error.signal], [null, "SIGKILL"]);
  assertEquals(await pair.client.run(defects.square, 3), 9);
});

Deno.test("L2: a task that runs out of memory is TaskCrashed with MEMORY_LIMIT and its slot is free", async () => {
  await using pair = await startPair({ numWorkers: 1 });
  const error = await assertRejects(() => pair.client.with({ memoryMb: 32 }).run(defects.hog), TaskCrashed);
  assertEquals(error.code, "MEMORY_LIMIT");
  assertEquals(await pair.client.run(defects.square, 3), 9);
});

Deno.test("L2: a task whose code cannot be loaded fails with the reason and its slot is free", async () => {
  await using pair = await startPair({ numWorkers: 1 });
  const atLoad = await assertRejects(() => pair.client.run(broken.never), TaskError);
  assertEquals(atLoad.code, "MODULE_LOAD_FAILED");
  assertStringIncludes(atLoad.message, "broken at load");
  const notThere = await assertRejects(() => pair.client.run(missing.nothing), TaskError);
  assertEquals(notThere.code, "MODULE_NOT_FOUND");
  const noExport = await assertRejects(() => pair.client.run(wrong.cube), TaskError);
  assertEquals(noExport.code, "EXPORT_NOT_FOUND");
  assertEquals(await pair.client.run(defects.square, 3), 9);
  await pair.server.stop({ mode: "drain" });
  assertEquals(pair.server.status().slots, { total: 1, taken: 0, lent: 0 });
});

Deno.test("L3: an error whose constructor needs two arguments arrives whole, as itself once registered", async () => {
  await using pair = await startPair({ numWorkers: 1 });
  const unknown = await assertRejects(() => pair.client.run(defects.raiseBrittle), Error);
  assertEquals(unknown.message, "no such thing in line 7");
  registerError(Brittle);
  const known = await assertRejects(() => pair.client.run(defects.raiseBrittle), Brittle);
  assertEquals([known.message, known.where, known.what], [
    "no such thing in line 7",
    { line: 7 },
    { text: "no such thing" },
  ]);
  assertEquals(await pair.client.run(defects.square, 3), 9);
});

Deno.test("L4: log messages do not decide about the time limit", async () => {
  await using pair = await startPair({ numWorkers: 1 });
  await assertRejects(() => pair.client.with({ timeoutMs: 500 }).run(defects.chatter), TaskTimeout);
  // Its last message comes right before its result, which is kept.
  assertEquals(await pair.client.with({ timeoutMs: 60_000 }).run(defects.squareAloud, 4), 16);
});

Deno.test("L5: a result is there when the task returned, whatever the task left running", async () => {
  await using pair = await startPair({ numWorkers: 1 });
  assertEquals(await pair.client.run(defects.leaveBehind, "timer"), "returned");
  assertEquals(await pair.client.run(defects.leaveBehind, "loop"), "returned");
  // What was left was ended, so the slot is free.
  assertEquals(await pair.client.run(defects.square, 3), 9);
});

Deno.test({
  name: "L6: a task that is out of time is reaped, with its subprocesses dead, when TaskTimeout is seen",
  ignore: !isLinux,
  async fn() {
    await using pair = await startPair({ numWorkers: 1 });
    const isRunning = lineLike(pair.client, /^grandchild/);
    const running = later(assertRejects(
      () => pair.client.with({ permissions: { run: ["sleep"] }, timeoutMs: 1500 }).run(defects.withGrandchild),
      TaskTimeout,
    ));
    const grandchild = Number((await isRunning).text.split(" ")[1]);
    const { pid } = pair.server.status().workers[0];
    assertEquals(processState(grandchild)?.parent, pid);
    await running;
    // Not even as a zombie.
    assertEquals(processState(pid!), null);
    assertEquals(await survivors([grandchild], 2000), []);
    assertEquals(childrenOf(Deno.pid).filter((child) => processState(child)?.state === "Z"), []);
  },
});

Deno.test("L6: a task that is out of time takes its subtasks with it", async () => {
  await using pair = await startPair({ numWorkers: 1 });
  const isRunning = lineLike(pair.client, /idle below runs/);
  const running = later(
    assertRejects(() => pair.client.with({ timeoutMs: 1500 }).run(defects.waitForIdle), TaskTimeout),
  );
  await isRunning;
  const [parent, child] = pair.server.status().workers;
  assertEquals([parent.state, child.state], ["waiting", "running"]);
  await running;
  // Draining ends when no task is left: the subtask never ends by itself.
  await pair.server.stop({ mode: "drain" });
  assertEquals(pair.server.status().totals.cancelled, 1);
  assertEquals(processState(child.pid!), null);
});

Deno.test({
  name: "L7: stop() returns when silent tasks are dead and reaped and their callers have been told",
  ignore: !isLinux,
  async fn() {
    await using pair = await startPair({ numWorkers: 2 });
    const areRunning = linesLike(pair.client, /(spin|idle) runs/, 2);
    const outcomes = Promise.allSettled([pair.client.run(defects.spin), pair.client.run(defects.idle)]);
    await pair.client.submit(defects.square, 3);
    await areRunning;
    const pids = pair.server.status().workers.map(({ pid }) => pid!);
    await pair.server.stop({ mode: "now" });
    assertEquals(pids.map(processState), [null, null]);
    for (const outcome of await outcomes) {
      assert(outcome.status === "rejected");
      assertInstanceOf(outcome.reason, TaskKilledByQuitSignal);
    }
    // The one that was still in the queue did not end.
    const { failed, handedBack, lost } = pair.server.status().totals;
    assertEquals([failed, handedBack, lost], [2, 1, 0]);
  },
});

Deno.test("L7: a task that is cancelled while it spins is dead when its result is there", async () => {
  await using pair = await startPair({ numWorkers: 1, graceMs: 50 });
  const isRunning = lineLike(pair.client, /spin runs/);
  const handle = await pair.client.submit(defects.spin);
  await isRunning;
  const { pid } = pair.server.status().workers[0];
  assertEquals(await handle.cancel(), true);
  await assertRejects(() => handle.result(), TaskCancelled);
  assertEquals(processState(pid!), null);
  await using second = await connectTo(pair.server);
  assertEquals(await second.run(defects.square, 3), 9);
});
