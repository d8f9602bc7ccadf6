import { assert, assertEquals } from "@std/assert";
import { remote } from "../../mod.ts";
import { findDenoDir } from "../helpers/hands.ts";
import { Bystander } from "../bad_input/bystander.ts";
import type { Attempt } from "../fixtures/sandbox_probes.ts";
import { copyProbes, withProject } from "./project.ts";

type Probes = Awaited<ReturnType<typeof copyProbes>>;

const probes: Probes = remote<typeof import("../fixtures/sandbox_probes.ts")>(
  import.meta.resolve("../fixtures/sandbox_probes.ts"),
);

const STORES = ["localStorage", "sessionStorage", "caches", "kv"] as const;

/** Writes in one task and looks in another, in every way there is; nothing may be found. */
async function assertNothingIsCarried(bystander: Bystander, probes: Probes): Promise<void> {
  const key = crypto.randomUUID();
  for (const store of STORES) {
    const attempts: Attempt[] = [];
    for (let round = 0; round < 2; round++) {
      attempts.push(await bystander.client.run(probes.probe, store, key));
      for (const kind of ["data", "blob"] as const) {
        attempts.push(await bystander.client.run(probes.probeInWorker, store, key, kind));
      }
    }
    for (const attempt of attempts) {
      assert("refused" in attempt || attempt.allowed === null, `${store} ${Deno.inspect(attempt)}`);
    }
  }
}

/** Where Deno would store. It must be what it was: a file that no folder can be made of. */
async function assertNothingIsStored(): Promise<void> {
  const location = await Deno.lstat(`${await findDenoDir()}/palpable/location_data`);
  assertEquals([location.isFile, location.size], [true, 0]);
}

Deno.test("localStorage, sessionStorage, caches and Deno.openKv() carry nothing from task to task and leave nothing", async () => {
  await using bystander = await Bystander.start();
  await assertNothingIsCarried(bystander, probes);
  await assertNothingIsStored();
});

Deno.test("Storage that a project switches on carries nothing either", async () => {
  await using bystander = await Bystander.start();
  await withProject({ "deno.json": { unstable: ["kv", "broadcast-channel", "worker-options"] } }, async (project) => {
    await assertNothingIsCarried(bystander, await copyProbes(project));
    await assertNothingIsStored();
    assertEquals((await Array.fromAsync(Deno.readDir(project.root), ({ name }) => name)).sort(), [
      "deno.json",
      "sandbox_probes.ts",
    ]);
  });
});

Deno.test("localStorage fails within a task, so that no task relies on it", async () => {
  await using bystander = await Bystander.start();
  for (const store of ["localStorage", "caches"] as const) {
    assert("refused" in await bystander.client.run(probes.probe, store, "key"), store);
  }
});

Deno.test("BroadcastChannel does not reach from task to task", async () => {
  await using bystander = await Bystander.start({ numWorkers: 3 });
  const heard = await Promise.all(
    ["one", "two"].map((word) => bystander.client.run(probes.broadcast, "a channel", word)),
  );
  assertEquals(heard, [[], []]);
});

Deno.test("Globals, environment and module state end with the task", async () => {
  await using bystander = await Bystander.start({ numWorkers: 1 });
  const leave = () => {
    const had = [(globalThis as { left?: number }).left, (Array.prototype as unknown as { left?: number }).left];
    (globalThis as { left?: number }).left = 1;
    (Array.prototype as unknown as { left?: number }).left = 1;
    return had;
  };
  for (let round = 0; round < 3; round++) assertEquals(await bystander.client.run(leave), [undefined, undefined]);
});
