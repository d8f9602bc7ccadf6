/** Several runs of a pool at once, and how many workers it has. */
import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { remote, TaskError } from "../../mod.ts";
import { activeWorkers, PersistentWorker, Pool, type PoolWorker } from "../../workers/mod.ts";
import { hostFor, KINDS, range, signalled, targets } from "./kinds.ts";

const stuck = remote<typeof import("../fixtures/stuck.ts")>(import.meta.resolve("../fixtures/stuck.ts"));
const squares = (n: number) => range(n).map((x) => x * x);

/** The workers whose death was told, as they are told. */
function deaths(): { onWorkerDeath(worker: PoolWorker, error: Error | null): void; next(): Promise<Error | null> } {
  const told: (Error | null)[] = [];
  const waiting: ((error: Error | null) => void)[] = [];
  return {
    onWorkerDeath(_worker, error) {
      const resolve = waiting.shift();
      if (resolve === undefined) told.push(error);
      else resolve(error);
    },
    next: () => told.length > 0 ? Promise.resolve(told.shift()!) : new Promise((resolve) => waiting.push(resolve)),
  };
}

for (const kind of KINDS) {
  Deno.test(`U9: runs of a pool of kind ${kind} go on at once and take turns`, async () => {
    await using host = await hostFor(kind);
    await using pool = new Pool(targets.slowSquare, { inFlight: 1 });
    await pool.addWorker(kind, { client: host.client });
    let done = 0;
    const long = pool.run(range(300)).then((results) => [results, done++]);
    const short = pool.run(range(10)).then((results) => [results, done++]);
    const streamed = Array.fromAsync(pool.stream(range(10), { ordered: false }));
    assertEquals(await short, [squares(10), 0]);
    assertEquals(await streamed, squares(10));
    assertEquals(await long, [squares(300), 1]);
  });

  Deno.test(`U9: a pool of kind ${kind} grows while items wait, and shrinks when it has nothing to do`, async () => {
    await using host = await hostFor(kind);
    const { onWorkerDeath, next } = deaths();
    const worker = { client: host.client };
    await using pool = new Pool(stuck.waits, { kind, min: 1, max: 3, idleMs: 50, inFlight: 1, worker, onWorkerDeath });
    assertEquals(pool.workers.length, 0);
    await pool.start();
    assertEquals(pool.workers.map((worker) => worker.kind), [kind]);
    let most = 0;
    // Items for as long as workers start, and more when there are as many as may be.
    const items = function* () {
      for (let left = 12; left > 0; left -= most < 3 ? 0 : 1) {
        most = Math.max(most, pool.workers.length);
        yield 20;
      }
    };
    for await (const ms of pool.stream(items())) assertEquals(ms, 20);
    assertEquals(most, 3);
    while (activeWorkers().length > 1) assertEquals(await next(), null);
    assertEquals(pool.workers.length, 1);
    assertEquals(await pool.run([1]), [1]);
  });
}

Deno.test("U9: a failed run, or one that was left, takes nothing from the others", async () => {
  await using pool = new Pool(targets.failAt3);
  for (const _ of range(2)) await pool.addWorker("inline");
  const controller = new AbortController();
  const aborted = pool.run(range(100_000).map(() => 1), { signal: controller.signal });
  const stream = pool.stream(range(100_000).map(() => 2));
  assertEquals((await stream.next()).value, 2);
  const failing = pool.run([1, 2, 3, 4]);
  const going = pool.run([5, 6, 7]);
  controller.abort(new RangeError("enough"));
  await stream.return(undefined);
  await assertRejects(() => failing, RangeError, "x = 3");
  await assertRejects(() => aborted, RangeError, "enough");
  assertEquals(await going, [5, 6, 7]);
});

Deno.test("U9: a pool that makes its workers runs without any, over nothing too, and says why it cannot", async () => {
  await using pool = new Pool(targets.square, { kind: "inline", max: 2 });
  assertEquals([await pool.run([]), pool.workers.length], [[], 0]);
  assertEquals([await pool.run([3]), pool.workers.length], [[9], 1]);
  await using broken = new Pool(remote<{ gone(x: number): number }>(import.meta.url).gone, { kind: "inline", max: 2 });
  const error = await assertRejects(() => broken.run([3]), TaskError);
  assertEquals([error.code, (error.cause as TaskError).code], ["NO_WORKERS", "EXPORT_NOT_FOUND"]);
  await assertRejects(() => broken.start({ timeout: 5 } as never), TypeError, "timeout");
  await broken.start();
  for (const options of [{ min: -1 }, { min: 3, max: 2 }, { max: 0 }, { idleMs: -1 }, { idleMs: NaN }]) {
    assertThrows(() => new Pool(targets.square, options), RangeError);
  }
  assertThrows(() => new Pool(targets.square, { kind: "fiber" as never, max: 1 }), RangeError, '"fiber"');
});

Deno.test("U9: removeWorker() lets a worker do what it has, and gives it no more", async () => {
  await using pool = new Pool(targets.slowSquare);
  const workers = [await pool.addWorker("thread"), await pool.addWorker("inline")];
  const running = pool.run(range(200));
  assertEquals(await pool.removeWorker(workers[0]), true);
  assertEquals([workers[0].isAlive, workers[0].hasError, pool.workers], [false, false, [workers[1]]]);
  assertEquals(await running, squares(200));
  await assertRejects(() => pool.removeWorker(workers[0]), TypeError, "not a worker of the pool");
  await assertRejects(() => pool.removeWorker(workers[1], { timeout: 1 } as never), TypeError, "timeout");
  await pool.removeWorker(workers[1]);
  assertEquals((await assertRejects(() => pool.run([1]), TaskError)).code, "NO_WORKERS");
});

Deno.test("U9: what a worker has that is removed by force goes to others, which do not bear the blame", async () => {
  const { seen, onProgress } = signalled();
  await using pool = new Pool(targets.ignore as unknown as typeof targets.square, { maxAttempts: 1 });
  const worker = await pool.addWorker("process", { onProgress });
  const running = pool.run([1]);
  await seen;
  await pool.addWorker("inline", { target: targets.square });
  assertEquals(await pool.removeWorker(worker, { timeoutMs: 0 }), true);
  assertEquals(await running, [1]);
});

Deno.test("U9: closing a pool ends the idle limit, starts and departures that are under way", async () => {
  const pool = new Pool(stuck.waits, { kind: "process", max: 4, idleMs: 60_000, inFlight: 1 });
  await pool.run([1]);
  const running = assertRejects(() => pool.run(Array(8).fill(50)), TaskError, "closed");
  const leaving = pool.removeWorker(pool.workers[0]);
  assertEquals(await pool.close(), true);
  assertEquals(await leaving, true);
  await running;
  assertEquals(activeWorkers(), []);
});

Deno.test("E10: a pool's stream pulls no more than its slow reader's bytes have room for", async () => {
  const mib = 2 ** 20;
  for (const kind of KINDS) {
    await using host = await hostFor(kind);
    await using pool = new Pool(stuck.bytes, { inFlight: 4 });
    await pool.addWorker(kind, { client: host.client });
    let pulled = 0;
    const source = function* () {
      for (; pulled < 60; pulled++) yield mib;
    };
    const stream = pool.stream(source(), { maxBufferedBytes: 4 * mib });
    await stream.next();
    // Runs take turns: by its end the stream has pulled what it may.
    await pool.run(range(100));
    assert(pulled <= 9, `${kind}: ${pulled} pulled, 1 taken`);
    for (let taken = 2; taken <= 60; taken++) {
      await stream.next();
      assert(pulled - taken <= 8, `${kind}: ${pulled} pulled, ${taken} taken`);
    }
    assertEquals((await stream.next()).done, true);
  }
  await using pool = new Pool(targets.square);
  await assertRejects(() => pool.run([1], { maxBufferedBytes: 0 }), RangeError, "maxBufferedBytes");
});

Deno.test("U9: a worker that was attached is ended by nobody for having nothing to do", async () => {
  await using worker = await PersistentWorker.create({ kind: "inline", target: stuck.waits });
  const { onWorkerDeath, next } = deaths();
  await using pool = new Pool(stuck.waits, { kind: "inline", max: 2, idleMs: 10, inFlight: 1, onWorkerDeath });
  pool.attach(worker);
  await pool.run(Array(10).fill(10));
  await next();
  assertEquals(pool.workers, [worker]);
});
