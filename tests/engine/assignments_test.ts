import { assert, assertEquals } from "@std/assert";
import type { Scenario, Work } from "./simulation/scenario.ts";
import { World } from "./simulation/world.ts";

/** How many tasks were given at a time, by a server with one worker to which this was submitted. */
async function givenSizes(what: Partial<Work>, items: number, ms: number, numWorkers = 1): Promise<number[]> {
  const scenario: Scenario = {
    numWorkers,
    maxProcesses: 4,
    maxTasksPerWorker: 1000,
    maxSpares: 0,
    queueCapacity: 10_000,
    queueCapacityBytes: 10_000,
    maxDepth: 1,
    graceMs: 0,
    failedStarts: 0,
    startMs: 1,
    latencyMs: 0.01,
    seed: 1,
    steps: [],
    finish: "drain",
  };
  const script = { ops: [{ op: "compute" as const, ms, isBusy: true }], end: "return" as const };
  const work: Work = {
    scripts: Array.from({ length: items }, () => script),
    chunkSize: null,
    module: 0,
    isolation: "module",
    kind: "plain",
    priority: 0,
    timeoutMs: 100_000,
    bytes: 0,
    lane: "",
    await: true,
    bound: true,
    followup: false,
    waitForRoom: true,
    ...what,
  };
  const world = new World(scenario);
  const sizes: number[] = [];
  const onGive = world.onGive.bind(world);
  world.onGive = (worker, runs) => {
    sizes.push(runs.length);
    onGive(worker, runs);
  };
  world.act({ act: "submit", client: 0, what: work, afterMs: 0 });
  while (world.unsettled > 0) {
    for (let n = 0; n < 8; n++) await null;
    world.agenda.step();
  }
  assertEquals([world.violations, sizes.reduce((sum, size) => sum + size, 0)], [[], items]);
  return sizes;
}

Deno.test("Assignments give a worker as many items of a map as its chunks have", async () => {
  assertEquals(await givenSizes({ isolation: "task", chunkSize: 5 }, 12, 50), [5, 5, 2]);
});

Deno.test("Assignments give quick tasks together once they are known to be quick, and others one by one", async () => {
  const quick = await givenSizes({}, 100, 0.1);
  assertEquals(quick[0], 1);
  assert(quick.length < 30, `${quick}`);
  assertEquals(await givenSizes({}, 10, 20), Array(10).fill(1));
  // What a process may run is no matter of chunks where it may run all.
  assertEquals(await givenSizes({ chunkSize: 5 }, 10, 20), Array(10).fill(1));
});

Deno.test("Assignments give a stream by itself, and each strict task", async () => {
  assertEquals(await givenSizes({ kind: "stream" }, 4, 0), [1, 1, 1, 1]);
  assertEquals(await givenSizes({ isolation: "task" }, 3, 0), [1, 1, 1]);
});
