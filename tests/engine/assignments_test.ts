import { assert, assertEquals } from "@std/assert";
import { scenarioOf, scriptOf, workOf } from "./simulation/samples.ts";
import type { Work } from "./simulation/scenario.ts";
import { World } from "./simulation/world.ts";

/** How many tasks were given at a time, by a server with one worker to which this was submitted. */
async function givenSizes(what: Partial<Work>, items: number, ms: number): Promise<number[]> {
  const script = scriptOf({ op: "compute", ms, isBusy: true });
  const scripts = Array.from({ length: items }, () => script);
  const world = new World(scenarioOf());
  const sizes: number[] = [];
  const onGive = world.onGive.bind(world);
  world.onGive = (worker, runs) => {
    sizes.push(runs.length);
    onGive(worker, runs);
  };
  world.act({ act: "submit", client: 0, what: workOf({ isolation: "module", scripts, ...what }), afterMs: 0 });
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
