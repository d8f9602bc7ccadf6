import { assertEquals } from "@std/assert";
import { scenarioOf, scriptOf, workOf } from "./simulation/samples.ts";
import type { Work } from "./simulation/scenario.ts";
import { World } from "./simulation/world.ts";

const LONG = scriptOf({ op: "compute", ms: 1000, isBusy: false });

/** A server with one worker, to which these were submitted. */
function setUp(...works: Partial<Work>[]) {
  const world = new World(scenarioOf({ maxDepth: 1 }));
  for (const what of works) world.act({ act: "submit", client: 0, what: workOf(what), afterMs: 0 });
  const states = () => [...world.fates.keys()].map(({ state }) => state);
  const ids = [...world.fates.keys()].map(({ id }) => id);
  const settle = async () => {
    while (world.unsettled > 0) {
      for (let n = 0; n < 8; n++) await null;
      world.agenda.step();
    }
    assertEquals(world.violations, []);
  };
  return { world, ids, states, settle };
}

Deno.test("Dispatcher.terminate() ends a worker that waits at once, and nothing else", async () => {
  const { world, ids, states, settle } = setUp({ scripts: [LONG] }, { kind: "worker", scripts: [LONG] });
  world.terminatedIds.add(ids[1]);
  assertEquals([ids[0], "unknown", ids[1]].map((id) => world.dispatcher.terminate(id, "abort")), [false, false, true]);
  assertEquals(states(), ["ready", "failed"]);
  await settle();
});

Deno.test("Dispatcher.cancel() says how many of the tasks were not final", async () => {
  const { world, ids, states, settle } = setUp({ scripts: [LONG, LONG, LONG] });
  for (const id of ids) world.cancelledIds.add(id);
  assertEquals(world.dispatcher.cancel([ids[2], ids[1], "unknown"], false), 2);
  assertEquals(world.dispatcher.cancel([ids[2]], true), 0);
  assertEquals(states(), ["ready", "cancelled", "cancelled"]);
  assertEquals([world.store.peek(ids[1])?.status, world.store.peek(ids[2])], ["cancelled", undefined]);
  await settle();
});
