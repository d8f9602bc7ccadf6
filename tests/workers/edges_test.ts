import { assertEquals, assertRejects } from "@std/assert";
import { remote, TaskError } from "../../mod.ts";
import { PersistentWorker, Pool } from "../../workers/mod.ts";
import { startPair } from "../fixtures/pair.ts";

const square = (x: number) => x * x;

Deno.test("PersistentWorker.call() waits for room when thousands are called at once, also at a server", async () => {
  await using pair = await startPair();
  await using worker = await PersistentWorker.create({ kind: "remote", client: pair.client, target: square });
  const items = Array.from({ length: 3000 }, (_, i) => i);
  assertEquals(await Promise.all(items.map((x) => worker.call(x))), items.map(square));
  assertEquals(await pair.client.run(square, 3), 9);
});

Deno.test("PersistentWorker in a thread is not harmed by messages that its target posts", async () => {
  const target = (x: number) => {
    for (const message of [null, 1, ["text"], {}]) (self as unknown as Worker).postMessage(message);
    return x + 1;
  };
  await using worker = await PersistentWorker.create({ kind: "thread", target });
  assertEquals([await worker.call(1), await worker.call(2)], [2, 3]);
});

Deno.test("PersistentWorker.enqueue() that waits for room is refused when the worker is ended", async () => {
  const target = (_: number) => new Promise<number>(() => setInterval(() => {}, 1000));
  await using worker = await PersistentWorker.create({ kind: "process", target });
  const filling = (async () => {
    for (let i = 0; i < 3000; i++) await worker.enqueue(i);
  })();
  const refused = assertRejects(() => filling);
  await worker.terminate({ timeoutMs: 50 });
  await refused;
});

Deno.test("Pool.run() is refused when its own items abort it", async () => {
  await using pool = new Pool(square);
  await pool.addWorker("thread");
  const controller = new AbortController();
  function* items() {
    yield 1;
    controller.abort(new RangeError("enough"));
    yield 2;
  }
  await assertRejects(() => pool.run(items(), { signal: controller.signal }), RangeError, "enough");
  assertEquals(await pool.run([3]), [9]);
});

Deno.test("Pool, PersistentWorker: calls refuse options that are none, by name, and do nothing", async () => {
  await using pool = new Pool(square);
  const worker = await pool.addWorker("inline");
  const typo = { timeout: 5 } as never;
  const calls: [() => Promise<unknown>, string][] = [
    [() => pool.run([1], typo), "known are ordered, settled, signal"],
    [() => pool.stream([1], typo).next(), "known are ordered, settled, signal"],
    [() => pool.restartWorkers(typo), "known are timeoutMs, force"],
    [() => pool.terminate(typo), "known are timeoutMs, force"],
    [() => pool.close(typo), "known are timeoutMs, force"],
    [() => worker.terminate(typo), "known are timeoutMs, force"],
    [() => worker.restart(typo), "known are timeoutMs, force"],
    [() => worker.wait(typo), "known is timeoutMs"],
    [() => worker.nextResult(typo), "known is timeoutMs"],
    [() => worker.results(typo).next(), "known is maxItems"],
  ];
  for (const [call, known] of calls) {
    await assertRejects(call, TypeError, `Cannot use the option "timeout": ${known}`);
  }
  await assertRejects(() => pool.run([1], { signal: 5 } as never), TypeError, "it must be an AbortSignal");
  assertEquals(await pool.run([3]), [9]);
});

Deno.test("Pool.run() says which outside name a function has used", async () => {
  const limit = 2;
  await using pool = new Pool((x: number) => x + limit);
  await pool.addWorker("process");
  const error = await assertRejects(() => pool.run([1]), TaskError, '"limit", which is defined outside of it');
  assertEquals(error.code, "OUTSIDE_NAME");
});

Deno.test("Pool.close() does not wait for a worker whose module is never loaded", async () => {
  const { square } = remote<typeof import("../fixtures/endless_module.ts")>(
    import.meta.resolve("../fixtures/endless_module.ts"),
  );
  const pool = new Pool(square);
  const adding = assertRejects(() => pool.addWorker("process"), TaskError);
  assertEquals(await pool.close({ timeoutMs: 100 }), true);
  assertEquals((await adding).code, "WORKER_CLOSED");
});
