/** E4: what a callback does that a user gave is its own affair: it is told on the console by name, and harms nothing. */
import { assertEquals } from "@std/assert";
import { remote } from "../../mod.ts";
import { PersistentWorker, Pool, Worker } from "../../workers/mod.ts";
import { hostFor, KINDS, targets } from "../workers/kinds.ts";

const chatty = remote<typeof import("../fixtures/chatty.ts")>(import.meta.resolve("../fixtures/chatty.ts"));

/** What a callback may do. */
const DEEDS: Record<string, () => unknown> = {
  "throws": () => {
    throw new RangeError("the callback's own");
  },
  "rejects": () => Promise.reject(new RangeError("the callback's own")),
  "throws what cannot be shown": () => {
    throw new Proxy({}, {
      get() {
        throw new Error("no");
      },
    });
  },
  "never settles": () => new Promise(() => {}),
};

/** Runs with the console's warnings caught; gives them. */
async function warningsOf(work: () => Promise<unknown>): Promise<string[]> {
  const warnings: string[] = [];
  const { warn } = console;
  console.warn = (message: string) => void warnings.push(message);
  try {
    await work();
    // A rejection is told in a turn of its own.
    await new Promise((resolve) => setTimeout(resolve, 0));
  } finally {
    console.warn = warn;
  }
  return warnings;
}

function assertTold(warnings: readonly string[], name: string, deed: string): void {
  const expected = deed === "never settles" ? [] : [true];
  assertEquals([...new Set(warnings.map((text) => text.startsWith(`The callback ${name} failed`)))], expected, deed);
}

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
