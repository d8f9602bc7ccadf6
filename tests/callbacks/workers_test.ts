/** E4: what a callback does that a user gave is its own affair: it is told on the console by name, and harms nothing. */
import { assertEquals } from "@std/assert";
import { remote } from "../../mod.ts";
import { PersistentWorker, Pool, Worker } from "../../workers/mod.ts";
import { hostFor, KINDS, targets } from "../workers/kinds.ts";
import { assertTold, DEEDS, warningsOf } from "./deeds.ts";

const chatty = remote<typeof import("../fixtures/chatty.ts")>(import.meta.resolve("../fixtures/chatty.ts"));

for (const kind of KINDS) {
  Deno.test(`E4: onLog and onProgress of a worker of kind ${kind} harm nothing else`, async () => {
    await using host = await hostFor(kind);
    for (const name of ["onLog", "onProgress"] as const) {
      for (const [deed, act] of Object.entries(DEEDS)) {
        const told = Promise.withResolvers<void>();
        const callback = () => {
          told.resolve();
          return act();
        };
        const options = { kind, client: host.client, [name]: callback as () => void };
        const warnings = await warningsOf(async () => {
          await using worker = await PersistentWorker.create({ ...options, target: chatty.speak });
          assertEquals([await worker.call(1), await worker.call(2)], [1, 2]);
          await worker.wait();
          await told.promise;
          assertEquals([worker.result, worker.error], [2, null]);
          await using once = await Worker.create({ ...options, target: chatty.speak, args: [3] });
          await once.wait();
          assertEquals([once.result, once.error], [3, null]);
        });
        assertTold(warnings, name, deed);
      }
    }
  });

  Deno.test(`E4: onWorkerStart and onWorkerDeath of a pool of kind ${kind} harm nothing else`, async () => {
    await using host = await hostFor(kind);
    for (const name of ["onWorkerStart", "onWorkerDeath"] as const) {
      for (const [deed, act] of Object.entries(DEEDS)) {
        const warnings = await warningsOf(async () => {
          const pool = new Pool(targets.failAt3, { [name]: act as () => void });
          const worker = await pool.addWorker(kind, { client: host.client });
          assertEquals(pool.workers, [worker]);
          assertEquals(await pool.run([1, 2]), [1, 2]);
          await worker.terminate();
          assertEquals(await pool.run([4]), [4]);
          assertEquals(await pool.close(), true);
        });
        assertTold(warnings, name, deed);
      }
    }
  });
}

Deno.test("E4: what onResult and onError of a pool raise ends the run, and the pool goes on", async () => {
  for (const name of ["onResult", "onError"] as const) {
    for (const [deed, act] of Object.entries(DEEDS)) {
      let isArmed = true;
      await using pool = new Pool(targets.failAt3, { [name]: () => isArmed ? act() as void : undefined });
      await pool.addWorker("inline");
      const warnings = await warningsOf(async () => {
        const outcome = await pool.run([3, 1, 2, 1, 2], { settled: true }).then(() => "done", () => "ended");
        assertEquals(outcome === "done", deed === "never settles", `${name} ${deed}`);
      });
      assertEquals(warnings, []);
      isArmed = false;
      assertEquals(await pool.run([1, 2]), [1, 2]);
    }
  }
});

Deno.test("E4: a function that feeds a pool ends its run by what it raises, and the pool goes on", async () => {
  const raised: Record<string, string> = { "throws": "RangeError", "throws what cannot be shown": "unshown" };
  for (const [deed, act] of Object.entries(DEEDS)) {
    await using pool = new Pool(targets.square);
    await pool.addWorker("inline");
    const fed = () => {
      let count = 0;
      return () => ++count < 3 ? [count] : act() as unknown[];
    };
    const runs = [() => pool.run(fed()), () => Array.fromAsync(pool.stream(fed()))];
    for (const run of runs) {
      const name = await run().then(() => "none", (error) => error instanceof Error ? error.name : "unshown");
      assertEquals(name, raised[deed] ?? "TypeError", deed);
      assertEquals(await pool.run([3]), [9]);
    }
  }
});
