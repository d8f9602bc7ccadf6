/** E2, E5, E6: workers and pools of every kind end when they are told to, whatever they are at. */
import { assert, assertEquals, assertInstanceOf, assertRejects, assertThrows } from "@std/assert";
import { remote, TaskError, TaskTimeout, WorkerTerminated } from "../../mod.ts";
import { activeWorkers, PersistentWorker, Pool, Worker, workerScope } from "../../workers/mod.ts";
import { TempTree } from "../helpers/temp_tree.ts";
import { later } from "../fixtures/pair.ts";
import { hostFor, KINDS, signalled, targets } from "../workers/kinds.ts";

/** A module that is not loaded before this is disposed of; another each time. */
class Endless implements Disposable {
  static #count = 0;
  readonly square = remote<typeof import("../fixtures/never_loaded.ts")>(
    `${import.meta.resolve("../fixtures/never_loaded.ts")}?${++Endless.#count}`,
  ).square;

  /** In this thread what loads it would go on waiting. */
  [Symbol.dispose](): void {
    const held = globalThis as { heldModules?: (() => void)[] };
    for (const release of held.heldModules ?? []) release();
    held.heldModules = [];
  }
}

const stuck = remote<typeof import("../fixtures/stuck.ts")>(import.meta.resolve("../fixtures/stuck.ts"));

for (const kind of KINDS) {
  // -- E2 --

  Deno.test(`E2: results() of a worker of kind ${kind} can be left while a read waits, and nothing is lost`, async () => {
    await using host = await hostFor(kind);
    await using worker = await PersistentWorker.create({ kind, target: targets.square, client: host.client });
    const left = worker.results();
    const waiting = [left.next(), left.next()];
    assertEquals(await left.return(undefined), { done: true, value: undefined });
    assertEquals((await Promise.all(waiting)).map(({ done }) => done), [true, true]);
    const second = worker.results({ maxItems: 2 });
    const first = second.next();
    for (const x of [2, 3, 4]) await worker.enqueue(x);
    assertEquals([(await first).value, (await second.next()).value, (await second.next()).done], [4, 9, true]);
    assertEquals(await worker.nextResult(), 16);
  });

  Deno.test(`E2: stream() of a pool of kind ${kind} can be left while a read waits`, async () => {
    await using host = await hostFor(kind);
    await using pool = new Pool(stuck.hangsAt1);
    await pool.addWorker(kind, { client: host.client });
    const stream = pool.stream([0, 1]);
    assertEquals((await stream.next()).value, 0);
    const waiting = stream.next();
    await stream.return(undefined);
    assertEquals((await waiting).done, true);
    assertEquals(await pool.run([5]), [5]);
    await pool.terminate({ timeoutMs: 0 });
  });

  // -- E5 --

  Deno.test(`E5: a worker of kind ${kind} whose module is never loaded: timeoutMs and signal end its start`, async () => {
    await using host = await hostFor(kind);
    using endless = new Endless();
    const options = { kind, target: endless.square, client: host.client };
    const makers: ((limits: object) => Promise<unknown>)[] = [
      (limits) => Worker.create({ ...options, args: [1], ...limits }),
      (limits) => PersistentWorker.create({ ...options, ...limits }),
    ];
    for (const make of makers) {
      const timeout = await assertRejects(() => make({ timeoutMs: 100 }), TaskTimeout, "had not started after 100 ms");
      assertEquals(timeout.timeoutMs, 100);
      await assertRejects(() => make({ signal: AbortSignal.abort(new RangeError("before")) }), RangeError, "before");
      const controller = new AbortController();
      const starting = later(make({ signal: controller.signal }));
      controller.abort(new RangeError("enough"));
      await assertRejects(() => starting, RangeError, "enough");
      await assertRejects(() => make({ timeoutMs: -1 }), RangeError, "timeoutMs");
      await assertRejects(() => make({ signal: 5 }), TypeError, "AbortSignal");
    }
    assertEquals(activeWorkers(), []);
  });

  Deno.test(`E5: a scope ends the start of a worker of kind ${kind} that would never end`, async () => {
    await using host = await hostFor(kind);
    using endless = new Endless();
    let starting: Promise<unknown>[];
    {
      await using _scope = workerScope();
      starting = [
        later(Worker.create({ kind, target: endless.square, args: [1], client: host.client })),
        later(PersistentWorker.create({ kind, target: endless.square, client: host.client })),
      ];
    }
    for (const start of starting) await assertRejects(() => start, WorkerTerminated, "while it started");
    assertEquals(activeWorkers(), []);
  });

  Deno.test(`E5: a pool gives up the start of a worker of kind ${kind} that would never end`, async () => {
    await using host = await hostFor(kind);
    using endless = new Endless();
    await using pool = new Pool(endless.square, { kind, min: 1, worker: { client: host.client } });
    const add = (limits: object) => pool.addWorker(kind, { client: host.client, ...limits });
    await assertRejects(() => add({ timeoutMs: 50 }), TaskTimeout);
    await assertRejects(() => pool.start({ timeoutMs: 50 }), TaskTimeout);
    const controller = new AbortController();
    const starting = [later(add({ signal: controller.signal })), later(pool.start({ signal: controller.signal }))];
    controller.abort(new RangeError("enough"));
    for (const start of starting) await assertRejects(() => start, RangeError, "enough");
    // With limits of its own, and without.
    const added = [{}, { timeoutMs: 600_000 }, { signal: new AbortController().signal }].map((own) => later(add(own)));
    assertEquals(await pool.close({ timeoutMs: 0 }), true);
    for (const start of added) assertEquals((await assertRejects(() => start, TaskError)).code, "WORKER_CLOSED");
    assertEquals(activeWorkers(), []);
  });

  // -- E6 --

  Deno.test(`E6: itemTimeoutMs gives a worker of kind ${kind} back that is stuck, with all its other calls`, async () => {
    await using host = await hostFor(kind);
    const common = { kind, client: host.client, itemTimeoutMs: 300 };
    await using worker = await PersistentWorker.create({ ...common, target: stuck.hangsAt1, initState: "as begun" });
    assertEquals(await worker.call(5), 5);
    const { id } = worker;
    for (const x of [0, 1, 2, 3]) await worker.enqueue(x);
    const behind = later(worker.call(4));
    assertEquals(await worker.nextResult(), 0);
    const error = await assertRejects(() => worker.nextResult(), TaskTimeout, "300 ms");
    assertEquals([error.timeoutMs, worker.isOpen, worker.isAlive], [300, true, true]);
    assertEquals([await worker.nextResult(), await worker.nextResult(), await behind], [2, 3, 4]);
    assert(worker.id !== id);
    assertEquals(await worker.wait(), true);
    assertEquals(worker.hasError, false);
  });

  Deno.test(`E6: a worker of kind ${kind} that is closed or ended while it is being replaced is dead then`, async () => {
    await using host = await hostFor(kind);
    for (const end of ["close", "terminate"] as const) {
      const worker = await PersistentWorker.create({
        kind,
        target: stuck.hangsAt1,
        client: host.client,
        itemTimeoutMs: 50,
      });
      const stuckCall = worker.call(1);
      const behind = later(worker.call(2));
      await assertRejects(() => stuckCall, TaskTimeout);
      if (end === "close") {
        await worker.close();
        assertEquals([await behind, await worker.wait()], [2, true]);
      } else {
        assertEquals(await worker.terminate(), true);
        assertInstanceOf(await behind.catch((error) => error), Error);
      }
      assertEquals([worker.isAlive, worker.isOpen, activeWorkers()], [false, false, []]);
    }
  });

  Deno.test(`E6: a pool of kind ${kind} goes on behind items that are stuck`, async () => {
    await using host = await hostFor(kind);
    const events: string[] = [];
    await using pool = new Pool(stuck.hangsAt1, {
      itemTimeoutMs: 200,
      onWorkerStart: () => void events.push("start"),
      onWorkerDeath: (_, error) => void events.push(`death: ${error?.name}`),
    });
    await pool.addWorker(kind, { client: host.client });
    const outcomes = await pool.run([0, 1, 2, 1, 3], { settled: true });
    assertEquals(
      outcomes.map((outcome) => outcome.status === "fulfilled" ? outcome.value : outcome.reason.name),
      [0, "TaskTimeout", 2, "TaskTimeout", 3],
    );
    assertEquals(events, ["start", ...Array(2).fill(["death: WorkerTerminated", "start"]).flat()]);
    await assertRejects(() => pool.run([1]), TaskTimeout);
    assertEquals(await pool.run([4]), [4]);
  });

  Deno.test(`E6: what a run of a pool of kind ${kind} gave up and is stuck does not hold up the next`, async () => {
    await using host = await hostFor(kind);
    const { seen, onProgress } = signalled();
    await using pool = new Pool(stuck.saysAndHangsAt1);
    await pool.addWorker(kind, { client: host.client, onProgress });
    const controller = new AbortController();
    const given = later(pool.run([1, 2, 3], { signal: controller.signal }));
    await seen;
    controller.abort(new RangeError("enough"));
    await assertRejects(() => given, RangeError, "enough");
    assertEquals(await pool.run([5, 6]), [5, 6]);
    assertEquals(pool.workers.map(({ isAlive }) => isAlive), [true]);
  });

  // -- U10 --

  Deno.test(`U10: concurrency lets calls of a worker of kind ${kind} wait together, in order`, async () => {
    await using host = await hostFor(kind);
    const common = { kind, client: host.client, concurrency: 4 };
    await using worker = await PersistentWorker.create({ ...common, target: stuck.waits });
    // The later ones are done first.
    for (const ms of [60, 40, 20, 0, 1]) await worker.enqueue(ms);
    const direct = worker.call(2);
    await worker.close();
    assertEquals(await Array.fromAsync(worker.results()), [60, 40, 20, 0, 1]);
    assertEquals(await direct, 2);
    await worker.wait();
    assertEquals(worker.result, 6);
    await using pool = new Pool(stuck.together, { concurrency: 3 });
    await pool.addWorker(kind, { client: host.client });
    assertEquals(Math.max(...await pool.run([20, 20, 20, 20, 20])), 3);
  });

  Deno.test(`U10: a call that raises, or is stuck, leaves the calls beside it alone; kind ${kind}`, async () => {
    await using host = await hostFor(kind);
    const common = { kind, client: host.client, concurrency: 2 };
    await using worker = await PersistentWorker.create({ ...common, target: stuck.hangsAt1, itemTimeoutMs: 200 });
    const calls = [1, 2, 1, 3, 4].map((x) => later(worker.call(x)));
    const outcomes = await Promise.allSettled(calls);
    assertEquals(outcomes.map(({ status }) => status === "fulfilled"), [false, true, false, true, true]);
    await using failing = await PersistentWorker.create({ ...common, target: targets.failAt3, endsOnError: true });
    await failing.enqueue(3);
    await failing.wait();
    assertInstanceOf(failing.error, RangeError);
  });
}

Deno.test("E6: a process, or a thread, that never yields is replaced; the thread goes on unheard", async () => {
  await using folder = new TempTree();
  const cell = folder.path("cell");
  for (const kind of ["process", "thread"] as const) {
    const options = { kind, target: targets.spinUntil, itemTimeoutMs: 200 };
    const rights = kind === "process" ? { permissions: { read: [folder.root] } } : {};
    await using worker = await PersistentWorker.create({ ...options, ...rights });
    const [first, second] = [later(worker.call(cell)), worker.call(folder.root)];
    await assertRejects(() => first, TaskTimeout);
    assertEquals(await second, "came to an end");
  }
  // The thread that goes on comes to its end too.
  folder.write("cell", "");
});

Deno.test("E6: itemTimeoutMs and concurrency are checked", async () => {
  for (const options of [{ itemTimeoutMs: 0 }, { itemTimeoutMs: NaN }, { concurrency: 0 }, { concurrency: 1.5 }]) {
    const [name] = Object.keys(options);
    const target = targets.square;
    await assertRejects(() => PersistentWorker.create({ kind: "inline", target, ...options }), RangeError, name);
    assertThrows(() => new Pool(target, options), RangeError, name);
    await assertRejects(() => Worker.create({ kind: "inline", target, ...options } as never), TypeError, name);
  }
});
