/** One suite for all kinds of workers: what each does, and where a kind cannot, that it says so. */
import { assert, assertEquals, assertInstanceOf, assertNotEquals, assertRejects } from "@std/assert";
import { Client, NotSendable, TaskCrashed, TaskError, WaitTimeout, WorkerTerminated } from "../../mod.ts";
import { activeWorkers, PersistentWorker, Worker, type WorkerKind } from "../../workers/mod.ts";
import { isDead } from "../fixtures/procfs.ts";
import { type Host, hostFor, KINDS, range, signalled, targets } from "./kinds.ts";

/** Whether force ends a target that waits and pays no attention. */
const CAN_FORCE: Record<WorkerKind, boolean> = { process: true, thread: true, inline: false, remote: true };
const isProcess = (kind: WorkerKind) => kind === "process" || kind === "remote";

function conform(name: string, test: (kind: WorkerKind, client: Host["client"]) => Promise<void>, kinds = KINDS) {
  for (const kind of kinds) {
    Deno.test(`A worker of kind ${kind} ${name}`, async () => {
      await using host = await hostFor(kind);
      await test(kind, host.client);
      assertEquals(activeWorkers(), [], "none is left");
    });
  }
}

// -- Once --

conform("runs its target once and has its result", async (kind, client) => {
  await using worker = await Worker.create({ kind, client, target: targets.square, args: [4] });
  assert(await worker.wait());
  if (isProcess(kind)) assert(isDead(worker.pid), "dead means that nothing of it is left");
  assertEquals([worker.result, worker.error, worker.hasError, worker.isAlive], [16, null, false, false]);
  assert(await worker.wait({ timeoutMs: 0 }));
  assert(await worker.terminate());
});

conform("takes a function sent as source, a procedure, a generator", async (kind, client) => {
  await using source = await Worker.create({ kind, client, target: (x: number) => x + 1, args: [1] });
  await using procedure = await Worker.create({ kind, client, target: new (await fixture()).Halve(5) });
  await using generator = await Worker.create({ kind, client, target: targets.upTo, args: [3] });
  await Promise.all([source.wait(), procedure.wait(), generator.wait()]);
  assertEquals([source.result, procedure.result, generator.result], [2, 2.5, [0, 1, 2]]);
  assertEquals(procedure.userState, "halved");
});

conform("has the error that its target raised", async (kind, client) => {
  await using worker = await Worker.create({ kind, client, target: targets.fail, args: [2] });
  assert(await worker.wait());
  assertInstanceOf(worker.error, RangeError);
  assertEquals([worker.error.message, worker.result, worker.hasError], ["x = 2", null, true]);
});

conform("names a result, and a state, that cannot be sent", async (kind, client) => {
  await using result = await Worker.create({ kind, client, target: targets.unsendable });
  await using state = await Worker.create({ kind, client, target: targets.unsendableState });
  await Promise.all([result.wait(), state.wait()]);
  for (const { error, hasError } of [result, state]) {
    assertInstanceOf(error, NotSendable);
    assert(hasError);
  }
});

conform("cannot be made of what cannot run, or on what cannot be sent, and leaves nothing", async (kind, client) => {
  const target = targets.square;
  const codeOf = async (options: object) =>
    (await assertRejects(() => Worker.create({ kind, client, target, ...options }), TaskError)).code;
  assertEquals(await codeOf({ target: 5 }), "NOT_CALLABLE");
  assertEquals(await codeOf({ target: Math.max }), "NOT_CALLABLE");
  assertEquals(await codeOf({ target: { ...target, name: "nobody" } }), "EXPORT_NOT_FOUND");
  const missing = await codeOf({ target: { ...target, module: `${target.module}.missing.ts` } });
  assertEquals(missing, isProcess(kind) ? "MODULE_NOT_FOUND" : "MODULE_LOAD_FAILED");
  assertEquals(await codeOf({ args: [() => {}] }), "NOT_SENDABLE");
  assertEquals(await codeOf({ userId: Symbol() }), "NOT_SENDABLE");
  assertEquals(await codeOf({ initState: () => {} }), "NOT_SENDABLE");
});

// -- Waiting and ending --

conform("is waited for as long as is said, and goes on", async (kind, client) => {
  await using worker = await Worker.create({ kind, client, target: targets.untilAborted });
  assertEquals(await worker.wait({ timeoutMs: 0 }), false);
  assertEquals(await worker.wait({ timeoutMs: 5 }), false);
  assertEquals([worker.isAlive, worker.hasError, worker.result, worker.error], [true, null, null, null]);
  assertEquals(activeWorkers().length, 1);
});

conform("is told to end, cleans up, and leaves its state", async (kind, client) => {
  const running = signalled();
  await using worker = await Worker.create({
    kind,
    client,
    target: targets.untilAborted,
    onProgress: running.onProgress,
  });
  await running.seen;
  assert(await worker.terminate({ timeoutMs: 10_000, force: false }));
  assertInstanceOf(worker.error, WorkerTerminated);
  assertEquals([worker.error.signal, worker.result, worker.isAlive], [null, null, false]);
  assertEquals(worker.userState, "aborted: true");
});

conform("may give a result although it was told to end", async (kind, client) => {
  await using worker = await Worker.create({ kind, client, target: targets.survive });
  assert(await worker.terminate({ timeoutMs: 10_000, force: false }));
  assertEquals([worker.result, worker.hasError], ["survived", false]);
});

conform("lives on when it pays no attention and no force is wanted", async (kind, client) => {
  const running = signalled();
  await using worker = await Worker.create({ kind, client, target: targets.ignore, onProgress: running.onProgress });
  await running.seen;
  assertEquals(await worker.terminate({ timeoutMs: 0, force: false }), false);
  assertEquals(await worker.terminate({ timeoutMs: 20, force: false }), false);
  assertEquals([worker.isAlive, worker.hasError], [true, null]);
}, KINDS.filter((kind) => CAN_FORCE[kind]));

conform("is ended by force, and is dead then", async (kind, client) => {
  const running = signalled();
  await using worker = await Worker.create({
    kind,
    client,
    target: targets.ignore,
    initState: 7,
    onProgress: running.onProgress,
  });
  await running.seen;
  const { pid } = worker;
  assert(await worker.terminate({ timeoutMs: 20 }));
  if (isProcess(kind)) assert(isDead(pid));
  assertInstanceOf(worker.error, WorkerTerminated);
  assertEquals([worker.error.signal !== null, worker.hasError, worker.userState], [isProcess(kind), true, 7]);
}, KINDS.filter((kind) => CAN_FORCE[kind]));

conform("is ended by force while it cleans up", async (kind, client) => {
  const cleaning = signalled();
  await using worker = await Worker.create({
    kind,
    client,
    target: targets.cleanUpForEver,
    onProgress: cleaning.onProgress,
  });
  assertEquals(await worker.terminate({ timeoutMs: 0, force: false }), false);
  await cleaning.seen;
  const [first, second] = await Promise.all([worker.terminate({ timeoutMs: 10 }), worker.terminate({ timeoutMs: 10 })]);
  assertEquals([first, second, worker.isAlive], [true, true, false]);
}, KINDS.filter((kind) => CAN_FORCE[kind]));

conform("is ended by SIGKILL when it pays no attention to SIGTERM either", async (kind, client) => {
  const running = signalled();
  const { onProgress } = running;
  await using worker = await Worker.create({ kind, client, target: targets.ignoreSignals, onProgress });
  await running.seen;
  const { pid } = worker;
  assert(await worker.terminate({ timeoutMs: 20 }));
  assert(isDead(pid));
  assertInstanceOf(worker.error, WorkerTerminated);
  assertEquals([worker.error.signal, (worker.error.cause as TaskCrashed).signal], ["SIGKILL", "SIGKILL"]);
}, ["process", "remote"]);

conform("is ended by force although it is busy", async (kind, client) => {
  await using worker = await Worker.create({ kind, client, target: targets.spin });
  const { pid } = worker;
  assert(await worker.terminate({ timeoutMs: 20 }));
  assert(isDead(pid));
  assertEquals(worker.hasError, true);
}, ["process", "remote"]);

Deno.test("A worker of kind thread that is busy is not said to be dead before it is", async () => {
  const cell = await Deno.makeTempFile();
  await Deno.remove(cell);
  try {
    await using worker = await Worker.create({ kind: "thread", target: targets.spinUntil, args: [cell] });
    assertEquals(await worker.terminate({ timeoutMs: 10 }), false);
    assertEquals([worker.isAlive, worker.hasError], [true, null]);
    await Deno.writeTextFile(cell, "");
    assert(await worker.wait());
    assertEquals(worker.result ?? worker.error?.name, worker.hasError ? "WorkerTerminated" : "came to an end");
  } finally {
    await Deno.remove(cell).catch(() => {});
  }
});

Deno.test("A worker of kind inline cannot be ended by force, and says so", async () => {
  const worker = await Worker.create({ kind: "inline", target: targets.survive });
  assert(await worker.terminate({ timeoutMs: 1000 }));
  const stubborn = await Worker.create({ kind: "inline", target: cleanUpOnce, args: [] });
  assertEquals(await stubborn.terminate({ timeoutMs: 0 }), false);
  assert(stubborn.isAlive);
  assert(await stubborn.wait(), "it comes to an end by itself");
});

/** Takes two turns after it was told to end. */
async function cleanUpOnce(): Promise<void> {
  const key = Symbol.for("palpable.messenger");
  const { signal } = (globalThis as unknown as Record<symbol, { signal: AbortSignal }>)[key];
  await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve()));
  await new Promise((resolve) => setTimeout(resolve, 20));
}

conform("that was killed from outside says by what", async (kind, client) => {
  await using worker = await Worker.create({ kind, client, target: targets.ignore });
  Deno.kill(worker.pid, "SIGKILL");
  assert(await worker.wait());
  assertInstanceOf(worker.error, TaskCrashed);
  assertEquals([worker.error.signal, worker.error.exitCode, worker.hasError], ["SIGKILL", null, true]);
}, ["process", "remote"]);

conform("whose target exits says with what", async (kind, client) => {
  const worker = await Worker.create({ kind, client, target: targets.exit, args: [3] }).catch((error) => error);
  // What a process says last may be lost with it: then it could not begin.
  const error = worker instanceof Worker ? await worker.wait().then(() => worker.error) : worker;
  assertInstanceOf(error, TaskCrashed);
  if (isProcess(kind)) assertEquals(error.exitCode, 3);
}, ["process", "thread", "remote"]);

// -- Identity, state, logs --

conform("knows where it runs, and its target knows the same", async (kind, client) => {
  const options = { kind, client, target: targets.whoAmI, name: "explorer", userId: { n: 1 } };
  await using worker = await Worker.create(options);
  await worker.wait();
  const { id, parentId, host, pid, tid, name, userId } = worker;
  assertEquals(worker.result, { id, parentId, host, pid, tid, name, userId });
  assertEquals([name, userId, worker.kind], ["explorer", { n: 1 }, kind]);
  assertEquals(pid === Deno.pid, !isProcess(kind));
  assertEquals(tid === pid, kind !== "thread");
  await worker.restart();
  assertNotEquals(worker.id, id);
  await worker.wait();
});

conform("starts with a state, gives its last, and carries it over a restart", async (kind, client) => {
  await using worker = await Worker.create({ kind, client, target: targets.count, initState: 5 });
  await worker.wait();
  assertEquals([worker.result, worker.userState], [6, 6]);
  await worker.restart();
  await worker.wait();
  assertEquals([worker.result, worker.userState], [7, 7]);
  await using failing = await Worker.create({ kind, client, target: targets.countAndFail });
  await failing.wait();
  assertEquals([failing.error?.message, failing.userState], ["counted", 1]);
});

conform("passes on what it logs, prints and reports", async (kind, client) => {
  const lines: string[] = [];
  const progress: unknown[] = [];
  const { promise: complete, resolve } = Promise.withResolvers<void>();
  const check = (_: unknown) => lines.length >= 2 && progress.length > 0 && resolve();
  await using worker = await Worker.create({
    kind,
    client,
    target: targets.talk,
    onLog: ({ level, text }) => check(lines.push(`${level} ${text}`)),
    onProgress: (done, total) => check(progress.push([done, total])),
  });
  await worker.wait();
  await complete;
  assertEquals(lines, ["info printed { a: 1 }", "warning warned"]);
  assertEquals(progress, [[1, 2]]);
});

conform("without a server refuses to run other tasks", async (kind, client) => {
  await using worker = await Worker.create({ kind, client, target: targets.submitTask });
  await worker.wait();
  if (kind === "remote") assertEquals(worker.result, 8);
  else assertEquals((worker.error as TaskError).code, "NOT_ALLOWED");
});

// -- Again and again --

conform("that is persistent calls its target for each input, in order, and counts", async (kind, client) => {
  await using worker = await PersistentWorker.create({ kind, client, target: targets.square });
  for (const x of range(10)) await worker.enqueue(x);
  assertEquals(await worker.nextResult(), 0);
  await worker.close();
  await worker.close();
  assertEquals(await Array.fromAsync(worker.results()), range(10).slice(1).map((x) => x * x));
  assert(await worker.wait());
  assertEquals([worker.result, worker.hasError, worker.pending], [10, false, 0]);
  const error = await assertRejects(() => worker.enqueue(1), TaskError);
  assertEquals(error.code, "WORKER_CLOSED");
  assertEquals((await assertRejects(() => worker.nextResult(), TaskError)).code, "STREAM_ENDED");
});

conform("that is persistent takes far more inputs than may be under way, while nobody reads", async (kind, client) => {
  await using worker = await PersistentWorker.create({ kind, client, target: targets.square });
  for (const x of range(5000)) await worker.enqueue(x);
  assert(await worker.wait());
  assertEquals(await Array.fromAsync(worker.results()), range(5000).map((x) => x * x));
});

conform("that is persistent goes on after a call that raised, or gave what cannot be sent", async (kind, client) => {
  await using worker = await PersistentWorker.create({ kind, client, target: targets.failAt3 });
  for (const x of [2, 3, 4]) await worker.enqueue(x);
  assertEquals(await worker.nextResult(), 2);
  await assertRejects(() => worker.nextResult(), RangeError, "x = 3");
  assertEquals(await worker.nextResult(), 4);
  await assertRejects(() => worker.call(3), RangeError, "x = 3");
  assertEquals(await worker.call(5), 5);
  await assertRejects(() => worker.call((() => {}) as never), NotSendable);
  await using other = await PersistentWorker.create({ kind, client, target: targets.unsendable });
  assertEquals((await assertRejects(() => other.call(), NotSendable)).code, "RESULT_NOT_SENDABLE");
});

conform("W2: that is persistent names a result of too many items, and goes on", async (kind, client) => {
  await using worker = await PersistentWorker.create({ kind, client, target: (n: number) => new Array(n).fill({}) });
  const error = await assertRejects(() => worker.call(66_500_000 / 8), TaskError, "more than 20000000 items");
  assertEquals([error.code, await worker.call(1)], ["RESULT_TOO_LARGE", [{}]]);
});

conform("that is persistent says which outside name its target has used, and goes on", async (kind, client) => {
  const limit = 2;
  const target = (x: number) => x < 0 ? limit : x;
  await using worker = await PersistentWorker.create({ kind, client, target });
  const error = await assertRejects(() => worker.call(-1), TaskError, '"limit", which is defined outside of it');
  assertEquals([error.code, await worker.call(1)], ["OUTSIDE_NAME", 1]);
  await using ends = await PersistentWorker.create({ kind, client, target, endsOnError: true });
  await assertRejects(() => ends.call(-1), TaskError, '"limit"');
  assert(await ends.wait());
  assertEquals((ends.error as TaskError).code, "OUTSIDE_NAME");
});

conform("that is persistent ends with an error where that is asked", async (kind, client) => {
  await using worker = await PersistentWorker.create({ kind, client, target: targets.failAt3, endsOnError: true });
  for (const x of [2, 3, 4]) await worker.enqueue(x);
  assert(await worker.wait());
  assertEquals([worker.hasError, worker.error?.message, worker.result], [true, "x = 3", null]);
  assertEquals(await worker.nextResult(), 2);
  await assertRejects(() => worker.nextResult(), RangeError);
  // What it had not begun is not lost in silence.
  await assertRejects(() => worker.nextResult(), RangeError, "x = 3");
});

conform("that is persistent fills in arguments that a call leaves out, anew for each", async (kind, client) => {
  await using worker = await PersistentWorker.create({ kind, client, target: targets.add, args: [1, 20] });
  assertEquals(await Promise.all([worker.call(), worker.call(2), worker.call(2, 3)]), [21, 22, 5]);
  await using changing = await PersistentWorker.create({ kind, client, target: targets.append, args: [[1]] });
  assertEquals(await Promise.all([changing.call(), changing.call()]), [2, 2]);
});

conform("that is persistent is waited for no longer than is said, and nothing is lost by it", async (kind, client) => {
  await using worker = await PersistentWorker.create({ kind, client, target: targets.square });
  await assertRejects(() => worker.nextResult({ timeoutMs: 0 }), WaitTimeout);
  await assertRejects(() => worker.nextResult({ timeoutMs: 5 }), WaitTimeout);
  const both = [worker.nextResult(), worker.nextResult()];
  await worker.enqueue(2);
  await worker.enqueue(3);
  assertEquals(await Promise.all(both), [4, 9]);
  await assertRejects(() => worker.nextResult({ timeoutMs: -1 }), RangeError);
});

conform("that is persistent ends when it is told to, idle or not", async (kind, client) => {
  await using idle = await PersistentWorker.create({ kind, client, target: targets.square });
  assert(await idle.terminate({ timeoutMs: 10_000, force: false }));
  assertInstanceOf(idle.error, WorkerTerminated);
  const running = signalled();
  await using busy = await PersistentWorker.create({
    kind,
    client,
    target: targets.untilAborted,
    onProgress: running.onProgress,
  });
  await busy.enqueue();
  await busy.enqueue();
  await running.seen;
  assert(await busy.terminate({ timeoutMs: 10_000, force: false }));
  assertInstanceOf(busy.error, WorkerTerminated);
  await assertRejects(() => busy.nextResult(), WorkerTerminated);
  await assertRejects(() => busy.nextResult(), WorkerTerminated);
});

conform("that is persistent starts anew after its death, with its state and an empty count", async (kind, client) => {
  await using worker = await PersistentWorker.create({ kind, client, target: targets.count });
  assertEquals([await worker.call(), await worker.call()], [1, 2]);
  await worker.restart();
  assertEquals(await worker.call(), 3);
  await worker.wait();
  assertEquals([worker.result, worker.userState], [1, 3]);
});

conform("cannot be restarted while it is busy and does not end", async (kind, client) => {
  const cell = await Deno.makeTempFile();
  await Deno.remove(cell);
  await using worker = await PersistentWorker.create({
    kind,
    client,
    target: targets.spinUntil,
    ...(isProcess(kind) ? { permissions: { read: [cell] } } : {}),
  });
  await worker.enqueue(cell);
  const error = await assertRejects(() => worker.restart({ timeoutMs: 10, force: false }), TaskError);
  assertEquals(error.code, "WORKER_BUSY");
  await Deno.writeTextFile(cell, "");
  await worker.wait();
  await Deno.remove(cell);
}, ["process", "thread", "remote"]);

// -- Remote --

Deno.test("Several inline workers at once do not mix up their messengers, and leave none behind", async () => {
  const workers = await Promise.all(
    ["a", "b", "c"].map((tag) => Worker.create({ kind: "inline", target: targets.sameMessenger, args: [tag] })),
  );
  await Promise.all(workers.map((worker) => worker.wait()));
  assertEquals(workers.map(({ result }) => result), [["a", "a"], ["b", "b"], ["c", "c"]]);
  assertEquals(Symbol.for("palpable.messenger") in globalThis, false);
});

Deno.test("A remote worker whose server vanishes has an error", async () => {
  await using host = await hostFor("remote");
  await using worker = await PersistentWorker.create({
    kind: "remote",
    client: host.client!,
    target: targets.square,
  });
  assertEquals(await worker.call(2), 4);
  await host.server!.stop({ mode: "now" });
  await worker.wait();
  assertEquals(worker.hasError, true);
  assertInstanceOf(worker.error, TaskError);
});

Deno.test("A client that leaves ends its workers on the server", async () => {
  await using host = await hostFor("remote");
  const client = await Client.connect({ address: host.server!.address, authkey: "key", reconnectMs: 0 });
  const worker = await Worker.create({ kind: "remote", client, target: targets.ignore });
  await client.close();
  assert(await worker.wait());
  assertEquals(worker.hasError, true);
  await host.server!.stop({ mode: "drain" });
  assert(isDead(worker.pid));
});

Deno.test("A remote worker gets no more than the server's ceiling", async () => {
  await using host = await hostFor("remote", { permissionCeiling: { read: [] } });
  const options = { kind: "remote", client: host.client!, target: targets.square } as const;
  const error = await assertRejects(() => Worker.create({ ...options, permissions: { net: true } }), TaskError);
  assertEquals(error.code, "PERMISSION_CEILING");
});

async function fixture(): Promise<typeof import("../fixtures/workers.ts")> {
  return await import("../fixtures/workers.ts");
}
