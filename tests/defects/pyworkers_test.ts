/**
 * Defects of pyworkers, by the numbers of the inventory: B1 for those told with a feature, B3 for the list of
 * limitations, in its order. What cannot be as it was, by construction, or is tested elsewhere:
 *
 * | defect | part | why not here |
 * |---|---|---|
 * | B1.11 | a thread's state changes under its owner's hands | every kind sends its state once, at its end |
 * | B1.22 | parameters that nothing uses | an unknown option is a TypeError: tests/workers/pool_test.ts |
 * | B1.38 | a context that is unknown hangs the constructor | there are no contexts; a missing export is named |
 * | B3.6 | no authentication, pickle, one client blocks others | the server's own: tests/bad_input |
 * | B3.8 | parameters without effect, no logs, no progress | tests/workers/conformance_test.ts |
 * | B3.9 | tests that depend on timing | here they wait for what happens |
 */
import { assert, assertEquals, assertInstanceOf, assertRejects } from "@std/assert";
import { NotSendable, TaskError, WaitTimeout, WorkerTerminated } from "../../mod.ts";
import { activeWorkers, PersistentWorker, Pool, PoolFailed, Worker } from "../../workers/mod.ts";
import { isDead } from "../fixtures/procfs.ts";
import { hostFor, range, signalled, targets } from "../workers/kinds.ts";

// -- B1, workers --

Deno.test("B1.2: making a worker waits for nothing but its start, and blocks nobody", async () => {
  const making = Worker.create({ kind: "process", target: targets.square, args: [3] });
  const first = await Promise.race([making, Promise.resolve("others go on")]);
  assertEquals(first, "others go on");
  await using worker = await making;
  assert(worker.pid > 0);
});

Deno.test("B1.5, B1.9: a worker that died abruptly has an error that says of what, not none", async () => {
  await using worker = await Worker.create({ kind: "process", target: targets.ignore });
  Deno.kill(worker.pid, "SIGKILL");
  await worker.wait();
  assertEquals([worker.hasError, (worker.error as { signal?: string }).signal], [true, "SIGKILL"]);
  const running = signalled();
  await using killed = await Worker.create({ kind: "process", target: targets.ignore, onProgress: running.onProgress });
  await running.seen;
  await killed.terminate({ timeoutMs: 0 });
  assertInstanceOf(killed.error, WorkerTerminated);
});

Deno.test("B1.7: every kind refuses a negative wait", async () => {
  for (const kind of ["process", "thread", "inline"] as const) {
    await using once = await Worker.create({ kind, target: targets.square, args: [1] });
    await assertRejects(() => once.wait({ timeoutMs: -1 }), RangeError);
    await using persistent = await PersistentWorker.create({ kind, target: targets.square });
    await assertRejects(() => persistent.wait({ timeoutMs: -1 }), RangeError);
    assert(persistent.isOpen, "what is refused changes nothing");
  }
});

Deno.test("B1.13: activeWorkers() has none that is dead", async () => {
  const workers = await Promise.all(
    range(14).map(() => Worker.create({ kind: "inline", target: targets.square, args: [1] })),
  );
  await Promise.all(workers.map((worker) => worker.wait()));
  assertEquals(activeWorkers(), []);
});

Deno.test("B1.15: default arguments work at the first call, and no call finds them changed", async () => {
  await using worker = await PersistentWorker.create({ kind: "thread", target: targets.append, args: [[1, 2]] });
  assertEquals([await worker.call(), await worker.call(), await worker.call([])], [3, 3, 1]);
});

Deno.test("B1.16: a wait for a result of a process ends when it should", async () => {
  await using worker = await PersistentWorker.create({ kind: "process", target: targets.square });
  await assertRejects(() => worker.nextResult({ timeoutMs: 1 }), WaitTimeout);
});

Deno.test("B1.18: call() raises what the target raised, and the worker goes on", async () => {
  await using worker = await PersistentWorker.create({ kind: "process", target: targets.failAt3 });
  await assertRejects(() => worker.call(3), RangeError, "x = 3");
  assertEquals(await worker.call(4), 4);
});

Deno.test("B1.19, B3.1: an error of one input costs no other its result, and what a death loses is said", async () => {
  await using worker = await PersistentWorker.create({ kind: "process", target: targets.failAt3 });
  for (const x of range(6)) await worker.enqueue(x);
  await worker.wait();
  const results = [];
  for (const _ of range(6)) results.push(await worker.nextResult().catch((error) => error.message));
  assertEquals([results, worker.result, worker.hasError], [[0, 1, 2, "x = 3", 4, 5], 6, false]);
  await using dying = await PersistentWorker.create({ kind: "process", target: targets.dieAt13 });
  for (const x of [12, 13, 14]) await dying.enqueue(x);
  await assertRejects(() => Array.fromAsync(dying.results()), TaskError, "exited with code 3");
});

// -- B1, pools --

Deno.test("B1.23: a thread worker that was made elsewhere works in a pool", async () => {
  await using pool = new Pool(targets.square);
  pool.attach(await PersistentWorker.create({ kind: "thread", target: targets.square }));
  assertEquals(await pool.run([2, 3]), [4, 9]);
});

Deno.test("B1.24: run() takes a plain list, and its results are in its order", async () => {
  await using pool = new Pool(targets.slowSquare, { inFlight: 1 });
  for (const _ of range(3)) await pool.addWorker("inline");
  assertEquals(await pool.run(range(30)), range(30).map((x) => x * x));
});

Deno.test("B1.27: a callback that raises leaves no results behind for the next run", async () => {
  let hasRaised = false;
  await using pool = new Pool(targets.square, {
    onResult() {
      if (hasRaised) return;
      hasRaised = true;
      throw new Error("raised");
    },
  });
  await pool.addWorker("process");
  await assertRejects(() => pool.run(range(100)), Error, "raised");
  assertEquals(await pool.run([7, 8]), [49, 64]);
});

Deno.test("B1.28, B3.1: a poison input ends the run with its name and the workers live on; none is dropped", async () => {
  await using pool = new Pool(targets.dieAt13);
  for (const _ of range(2)) await pool.addWorker("process");
  const error = await assertRejects(() => pool.run([11, 12, 13, 14]), PoolFailed, "item 2");
  assertEquals([error.item, error.index], [13, 2]);
  assertEquals(await pool.run([11, 12, 14]), [11, 12, 14]);
});

Deno.test("B1.29: run() without workers, or with dead ones only, raises", async () => {
  await using pool = new Pool(targets.square, { restart: false });
  await assertRejects(() => pool.run([1]), PoolFailed, "no workers");
  const worker = await pool.addWorker("process");
  await worker.terminate();
  await assertRejects(() => pool.run([1]), PoolFailed, "no worker of the pool is alive");
});

Deno.test("B1.31: close() with a busy worker ends it unless it is told not to, and says whether it is dead", async () => {
  const running = signalled();
  const pool = new Pool(targets.ignore);
  const worker = await pool.addWorker("process", { onProgress: running.onProgress });
  const run = pool.run([undefined]).catch((error) => error.code);
  await running.seen;
  assertEquals(await pool.close({ timeoutMs: 1, force: false }), false);
  assertEquals([await run, worker.isAlive], ["WORKER_CLOSED", true]);
  assertEquals(await pool.terminate({ timeoutMs: 1 }), true);
  assert(isDead(worker.pid));
});

// -- B3 --

Deno.test("B3.2: dead workers come back by themselves", async () => {
  await using pool = new Pool(targets.square);
  const worker = await pool.addWorker("process");
  await worker.terminate();
  assertEquals(await pool.run([5]), [25]);
  assert(worker.isAlive);
});

Deno.test("B3.3: results are streamed, each with its place, and a run can be ended", async () => {
  await using pool = new Pool(targets.square);
  await pool.addWorker("thread");
  let first: number | undefined;
  for await (const square of pool.stream(range(1_000_000))) {
    first = square;
    break;
  }
  assertEquals(first, 0);
  await assertRejects(() => pool.run(range(10), { signal: AbortSignal.abort(new Error("no more")) }), Error, "no more");
});

Deno.test("B3.4: enqueue() waits for a worker that is behind, and wait() never deadlocks on full pipes", async () => {
  const size = 64 * 1024;
  await using worker = await PersistentWorker.create({ kind: "process", target: (bytes: Uint8Array) => bytes.length });
  // Far more than pipes and windows hold; nobody reads meanwhile.
  for (const _ of range(200)) await worker.enqueue(new Uint8Array(size));
  assert(worker.pending < 64, `${worker.pending} were under way`);
  await worker.wait();
  assertEquals(await Array.fromAsync(worker.results()), range(200).map(() => size));
});

Deno.test("B3.5: forcing a thread leaves its program alive; what is blocked is not said to be dead", async () => {
  const running = signalled();
  const { onProgress } = running;
  await using thread = await Worker.create({ kind: "thread", target: targets.ignore, onProgress });
  await running.seen;
  assert(await thread.terminate({ timeoutMs: 1 }));
  assertInstanceOf(thread.error, WorkerTerminated);
});

Deno.test("B3.7: a server that was stopped leaves no worker of its clients, and their end is known at once", async () => {
  await using host = await hostFor("remote");
  const workers = await Promise.all(
    range(2).map(() => Worker.create({ kind: "remote", client: host.client!, target: targets.spin })),
  );
  await host.server!.stop({ mode: "now" });
  await Promise.all(workers.map((worker) => worker.wait()));
  assertEquals(workers.map(({ pid, hasError }) => [isDead(pid), hasError]), [[true, true], [true, true]]);
});

Deno.test("B1.2, B3.7: what cannot be sent is refused before anything starts", async () => {
  await assertRejects(() => Worker.create({ kind: "process", target: () => {}, initState: () => {} }), NotSendable);
  assertEquals(activeWorkers(), []);
});
