import { assert, assertEquals, assertInstanceOf, assertNotEquals, assertRejects, assertThrows } from "@std/assert";
import { NotSendable, TaskError, WorkerTerminated } from "../../mod.ts";
import {
  activeWorkers,
  PersistentWorker,
  Pool,
  PoolFailed,
  type PoolWorker,
  Worker,
  type WorkerKind,
  workerScope,
} from "../../workers/mod.ts";
import { hostFor, KINDS, range, targets } from "./kinds.ts";

const squares = (n: number) => range(n).map((x) => x * x);

async function codeOf(work: () => Promise<unknown>): Promise<string> {
  return (await assertRejects(work, TaskError)).code;
}

// -- Items --

Deno.test("Pool.run() gives results in the items' order, again and again, over workers of all kinds", async () => {
  await using host = await hostFor("remote");
  await using pool = new Pool(targets.square, { name: "mixed" });
  for (const kind of KINDS) await pool.addWorker(kind, { client: host.client });
  assertEquals(pool.workers.map(({ userId, name }) => [userId, name]), range(4).map((i) => [i, `mixed worker ${i}`]));
  for (let round = 0; round < 3; round++) assertEquals(await pool.run(range(3000)), squares(3000));
  assertEquals(await pool.run([]), []);
  assert(pool.workers.every((worker) => worker.isAlive));
  assert(await pool.close());
  const calls = pool.workers.map(({ result }) => result!);
  assertEquals(calls.reduce((sum, count) => sum + count), 9000);
  assert(calls.every((count) => count > 0), "each took part");
});

Deno.test("Pool takes iterables, generators, asynchronous ones, and a function of the worker", async () => {
  await using pool = new Pool(targets.add, { args: [0, 100] });
  const workers = [await pool.addWorker("inline"), await pool.addWorker("inline")];
  assertEquals(await pool.run(new Set([1, 2, 3])), [101, 102, 103]);
  assertEquals(await pool.run(range(3).values()), [100, 101, 102]);
  async function* later() {
    for (const x of range(3)) yield await Promise.resolve(x);
  }
  assertEquals(await pool.run(later()), [100, 101, 102]);
  let left = 6;
  const seen = new Set<PoolWorker>();
  const sums = await pool.run((worker) => {
    seen.add(worker);
    return left-- > 0 ? [left, 1] : null;
  });
  assertEquals(sums, [6, 5, 4, 3, 2, 1]);
  assertEquals(seen, new Set(workers));
  await assertRejects(() => pool.run(5 as never), TypeError, "no source");
  await assertRejects(() => pool.run((() => 5) as never), TypeError, "list of arguments");
  assertEquals(await pool.run([1]), [101], "a run that failed leaves nothing behind");
});

Deno.test("Pool.stream() gives results while it goes on, ordered or as they come, and waits for a slow reader", async () => {
  await using pool = new Pool(targets.square);
  for (const kind of ["process", "thread"] as const) await pool.addWorker(kind);
  assertEquals(await Array.fromAsync(pool.stream(range(5000))), squares(5000));
  const unordered = await Array.fromAsync(pool.stream(range(5000), { ordered: false }));
  assertEquals(unordered.sort((a, b) => a - b), squares(5000));
  let pulled = 0;
  function* endless() {
    for (;;) yield pulled++;
  }
  for await (const square of pool.stream(endless())) if (square === 9) break;
  assert(pulled <= 1100, `${pulled} were pulled for a reader that took 4`);
  assertEquals(await pool.run(range(10)), squares(10));
});

Deno.test("Pool.run() raises the first failure, or gives how each item ended", async () => {
  await using pool = new Pool(targets.failAt3);
  await pool.addWorker("process");
  await pool.addWorker("inline");
  await assertRejects(() => pool.run(range(1000)), RangeError, "x = 3");
  const outcomes = await pool.run(range(5), { settled: true });
  assertEquals(outcomes.map(({ status }) => status === "fulfilled"), [true, true, true, false, true]);
  assertInstanceOf((outcomes[3] as PromiseRejectedResult).reason, RangeError);
  const [bad] = await pool.run([() => {}] as never[], { settled: true });
  assertInstanceOf((bad as PromiseRejectedResult).reason, NotSendable);
  assertEquals(await pool.run([1, 2]), [1, 2], "nothing of the failed runs is left");
});

Deno.test("Pool tells of workers, results, errors and deaths; what a callback throws ends the run only", async () => {
  const events: string[] = [];
  let fails = false;
  await using pool = new Pool(targets.failAt3, {
    onWorkerStart: ({ userId }) => void events.push(`start ${userId}`),
    onResult(result, item) {
      if (fails) throw new Error("the callback failed");
      events.push(`${item} gave ${result}`);
    },
    onError: (error, item) => void events.push(`${item} failed: ${(error as Error).message}`),
    onWorkerDeath: (_, error) => void events.push(`dead ${error}`),
  });
  await pool.addWorker("inline");
  await pool.run([2, 3], { settled: true });
  fails = true;
  await assertRejects(() => pool.run([4, 5, 6]), Error, "the callback failed");
  fails = false;
  await pool.run([7]);
  await pool.close();
  assertEquals(events, ["start 0", "2 gave 2", "3 failed: x = 3", "7 gave 7", "dead null"]);
});

Deno.test("Pool.run() ends with the reason of its signal, and the pool goes on", async () => {
  await using pool = new Pool(targets.slowSquare);
  await pool.addWorker("inline");
  const controller = new AbortController();
  const running = pool.run(range(100_000), { signal: controller.signal });
  controller.abort(new Error("enough"));
  await assertRejects(() => running, Error, "enough");
  assertEquals(await pool.run([3]), [9]);
});

// -- Workers that die --

for (const kind of ["process", "remote"] as const satisfies WorkerKind[]) {
  Deno.test(`Pool gives up an item that worker after worker of kind ${kind} dies of, and names it`, async () => {
    await using host = await hostFor(kind);
    let deaths = 0;
    await using pool = new Pool(targets.dieAt13, { onWorkerDeath: (_, error) => void (error && deaths++) });
    for (const _ of range(2)) await pool.addWorker(kind, { client: host.client });
    const error = await assertRejects(() => pool.run(range(50)), PoolFailed, "item 13");
    assertEquals([error.code, error.index, error.item, error.name], ["ITEM_LOST", 13, 13, "PoolFailed"]);
    assertEquals((error.cause as { exitCode: number }).exitCode, 3);
    assertEquals(error.partialResults[12] ?? 12, 12);
    assert(deaths === 3 || deaths === 4, `alone three times, and perhaps once among others: ${deaths}`);
    // The others are done all the same, each once, where failures do not end the run.
    const outcomes = await pool.run(range(50), { settled: true });
    assertEquals(outcomes.flatMap((outcome) => outcome.status === "fulfilled" ? [outcome.value] : []), [
      ...range(13),
      ...range(50).slice(14),
    ]);
    assertInstanceOf((outcomes[13] as PromiseRejectedResult).reason, PoolFailed);
  });
}

Deno.test("Pool without restart loses nothing while a worker is left, and says when none is", async () => {
  await using pool = new Pool(targets.square, { restart: false });
  const [first, second] = [await pool.addWorker("process"), await pool.addWorker("process")];
  Deno.kill(first.pid, "SIGKILL");
  assertEquals(await pool.run(range(1000)), squares(1000));
  assertEquals([first.isAlive, second.isAlive], [false, true]);
  Deno.kill(second.pid, "SIGKILL");
  await second.wait();
  const error = await assertRejects(() => pool.run(range(10)), PoolFailed);
  assertEquals([error.code, (error.cause as { signal: string }).signal], ["NO_WORKERS", "SIGKILL"]);
  await pool.restartWorkers();
  assertEquals(await pool.run(range(10)), squares(10));
});

Deno.test("Pool.run() raises what is left when the last worker dies in the middle, with what was done", async () => {
  await using pool = new Pool(targets.dieAt13, { restart: false, inFlight: 1 });
  await pool.addWorker("process");
  const error = await assertRejects(() => pool.run(range(50)), PoolFailed);
  assertEquals([error.code, error.partialResults], ["NO_WORKERS", range(13)]);
});

Deno.test("Pool.restartWorkers() waits for one that the pool itself is starting anew", async () => {
  await using pool = new Pool(targets.square);
  const dead = await pool.addWorker("process");
  await pool.addWorker("thread");
  await dead.terminate({ timeoutMs: 0, force: true });
  // The run starts the dead one anew, and is over before that is there.
  assertEquals(await pool.run([3]), [9]);
  await pool.restartWorkers();
  assertEquals(pool.workers.map(({ isAlive }) => isAlive), [true, true]);
  assertEquals(await pool.run([1, 2, 3]), [1, 4, 9]);
});

Deno.test("Pool.restartWorkers() starts dead ones too, and each counts anew", async () => {
  await using pool = new Pool(targets.square);
  const worker = await pool.addWorker("thread");
  await pool.run(range(10));
  const { id } = worker;
  await pool.restartWorkers();
  assertNotEquals(worker.id, id);
  await worker.terminate();
  assertInstanceOf(worker.error, WorkerTerminated);
  await pool.restartWorkers();
  await pool.run(range(7));
  await pool.close();
  assertEquals(worker.result, 7);
});

// -- Bad input --

Deno.test("Pool says what it cannot do", async () => {
  const pool = new Pool(targets.slowSquare, { name: "strict" });
  assertEquals(await codeOf(() => pool.run([1])), "NO_WORKERS");
  await assertRejects(() => pool.addWorker("fiber" as WorkerKind), RangeError, '"fiber"');
  await assertRejects(() => pool.addWorker("remote"), TypeError, "client");
  const worker = await pool.addWorker("inline");
  assertThrows(() => pool.attach(worker), TypeError, "already");
  await using once = await Worker.create({ kind: "inline", target: targets.square, args: [1] });
  assertThrows(() => pool.attach(once as never), TypeError, "persistent");
  const running = pool.run(range(50));
  assertEquals(await codeOf(() => pool.restartWorkers()), "WORKER_BUSY");
  await running;
  const cut = pool.run(range(100_000));
  const failed = codeOf(() => cut);
  await pool.close();
  await pool.close();
  assertEquals(await failed, "WORKER_CLOSED");
  assertEquals(await codeOf(() => pool.run([1])), "WORKER_CLOSED");
  assertEquals(await codeOf(() => pool.addWorker("inline")), "WORKER_CLOSED");
  for (const options of [{ maxAttempts: 0 }, { inFlight: 1.5 }]) {
    assertThrows(() => new Pool(targets.square, options), RangeError);
  }
  assertThrows(() => new Pool(targets.square, { retries: 1 } as never), TypeError, "retries");
});

Deno.test("Workers refuse options that are none", async () => {
  const target = targets.square;
  const make = (options: object) => () => Worker.create({ kind: "inline", target, ...options });
  await assertRejects(make({ kind: "fiber" }), RangeError, '"fiber"');
  await assertRejects(make({ timeout: 1 }), TypeError, "timeout");
  await assertRejects(make({ endsOnError: true }), TypeError, "endsOnError");
  await assertRejects(make({ args: 5 }), TypeError, "args");
  await assertRejects(make({ permissions: {} }), TypeError, "permissions");
  await assertRejects(make({ kind: "remote" }), TypeError, "client");
  await assertRejects(make({ kind: "remote", client: {} }), TypeError, "client");
  const worker = await Worker.create({ kind: "inline", target, args: [1] });
  await assertRejects(() => worker.wait({ timeoutMs: -1 }), RangeError, "-1");
  await assertRejects(() => worker.terminate({ timeoutMs: NaN }), RangeError, "NaN");
  await worker.wait();
  assertThrows(() => Object.assign(worker, { userState: 1 }), TypeError);
});

// -- Attached workers and scopes --

Deno.test("Pool.attach() takes in a worker that others may call meanwhile", async () => {
  await using pool = new Pool(targets.square);
  const worker = await PersistentWorker.create({ kind: "thread", target: targets.square });
  pool.attach(worker);
  const [results, own] = await Promise.all([pool.run(range(500)), worker.call(12)]);
  assertEquals([results, own], [squares(500), 144]);
  await pool.close();
  assertEquals(worker.isAlive, false);
});

Deno.test("workerScope() ends every worker made inside it, those that are just beginning too", async () => {
  let beginning: Promise<Worker>;
  let scoped: PersistentWorker<[number], number>;
  await using outside = await PersistentWorker.create({ kind: "inline", target: targets.square });
  {
    await using scope = workerScope();
    scoped = await PersistentWorker.create({ kind: "process", target: targets.square });
    await scoped.enqueue(3);
    beginning = Worker.create({ kind: "thread", target: targets.untilAborted });
    assertEquals(scope.workers.length, 2);
  }
  const worker = await beginning;
  assertEquals([scoped.isAlive, worker.isAlive, outside.isAlive], [false, false, true]);
  assertEquals([scoped.result, await scoped.nextResult()], [1, 9]);
  assertInstanceOf(worker.error, WorkerTerminated);
  assertEquals(activeWorkers(), [outside]);
});

Deno.test("Pool blames no item for the death that another has caused", async () => {
  await using pool = new Pool(targets.dieAt13, { maxAttempts: 1, inFlight: 20 });
  for (const _ of range(2)) await pool.addWorker("process");
  for (let round = 0; round < 3; round++) {
    // What the process did before it died was not sent yet.
    const outcomes = await pool.run(range(40), { settled: true });
    const lost = outcomes.flatMap(({ status }, i) => status === "rejected" ? [i] : []);
    assertEquals(lost, [13]);
  }
});
