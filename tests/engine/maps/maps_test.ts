/**
 * Maps on servers in memory: `deno test -A tests/engine/maps -- --seed=N --runs=N --path=P` runs a schedule again.
 */

import { parseArgs } from "@std/cli";
import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { type Act, MapWorld } from "./map_world.ts";

const args = parseArgs(Deno.args, { string: ["seed", "runs", "path"] });
// The same each time in the gate: what another finds is somebody's task, and nobody else's wait.
const seed = Number(args.seed ?? 5);
const numRuns = Number(args.runs ?? 400);

const client = fc.nat(1);
const which = fc.nat(1000);
const acts: fc.Arbitrary<Act> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      act: fc.constant("submit" as const),
      client,
      count: fc.oneof(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: 120 })),
      chunkSize: fc.constantFrom(null, null, 1, 4),
      kind: fc.nat(9),
    }),
  },
  { weight: 6, arbitrary: fc.record({ act: fc.constant("connect" as const), which }) },
  {
    weight: 10,
    arbitrary: fc.record({ act: fc.constant("answer" as const), which, count: fc.integer({ min: 1, max: 40 }) }),
  },
  { weight: 4, arbitrary: fc.record({ act: fc.constant("hand back" as const), which }) },
  { weight: 1, arbitrary: fc.record({ act: fc.constant("kill" as const), which }) },
  { weight: 4, arbitrary: fc.record({ act: fc.constant("read" as const), client }) },
  { weight: 3, arbitrary: fc.record({ act: fc.constant("come back" as const), client }) },
  {
    weight: 2,
    arbitrary: fc.record({
      act: fc.constant("leave" as const),
      client,
      how: fc.constantFrom("lost" as const, "lost" as const, "silent" as const, "bye" as const),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      act: fc.constantFrom("cancel" as const, "look up" as const, "await" as const),
      client,
      which,
    }),
  },
  { weight: 1, arbitrary: fc.record({ act: fc.constant("give up" as const), client, which }) },
  {
    weight: 3,
    arbitrary: fc.record({ act: fc.constant("wait" as const), ms: fc.constantFrom(1, 6, 50, 1000, 31_000) }),
  },
);

const schedules = fc.tuple(
  fc.integer({ min: 1, max: 3 }),
  fc.array(acts, { maxLength: 100, size: "max" }),
  fc.boolean(),
);

Deno.test("Each item of a map ends once, whatever clients and processes do, and nothing is left of it", async () => {
  let [runs, events, together, below, expired, retried, heldBack] = [0, 0, 0, 0, 0, 0, 0];
  await fc.assert(
    fc.asyncProperty(schedules, async ([numWorkers, schedule, isDrained]) => {
      const world = new MapWorld(numWorkers);
      for (const act of schedule) {
        await world.act(act);
        if (world.violations.length > 0) throw new Error(world.violations[0]);
      }
      await (isDrained ? world.drain() : world.finish());
      if (world.violations.length > 0) throw new Error(world.violations[0]);
      runs++;
      events += schedule.length;
      together += world.together;
      below += world.below;
      expired += world.expired;
      retried += world.retried;
      heldBack += world.heldBack;
    }),
    { seed, numRuns, path: args.path, endOnFailure: args.path !== undefined },
  );
  console.log(
    `seed ${seed}: ${runs} schedules, ${events} acts, ${together} items that went together, ${below} maps of tasks, ${expired} given up as late, ${retried} attempts that were not the first and failed, ${heldBack} acts behind which items waited for a key`,
  );
});

Deno.test("A map whose client is away twice, never for long, is not given up", async () => {
  const world = new MapWorld(1);
  await world.act({ act: "submit", client: 0, count: 50, chunkSize: null, kind: 0 });
  await world.act({ act: "connect", which: 0 });
  for (const [how, ms] of [["leave", 10_000], ["come back", 15_000], ["leave", 10_000], ["come back", 0]] as const) {
    await world.act(how === "leave" ? { act: how, client: 0, how: "lost" } : { act: how, client: 0 });
    await world.act({ act: "wait", ms });
    assertEquals(world.dispatcher.left.unfinished, 50);
  }
  await world.finish();
  assertEquals(world.violations, []);
});

Deno.test("A map whose client has left for good is given up, and one that it submits again runs anew", async () => {
  const world = new MapWorld(1);
  await world.act({ act: "submit", client: 0, count: 50, chunkSize: null, kind: 0 });
  await world.act({ act: "connect", which: 0 });
  await world.act({ act: "answer", which: 0, count: 10 });
  await world.act({ act: "leave", client: 0, how: "lost" });
  await world.act({ act: "wait", ms: 31_000 });
  await world.act({ act: "wait", ms: 31_000 });
  assertEquals(world.dispatcher.left, { unfinished: 0, keptItems: 0 });
  await world.finish();
  assertEquals(world.violations, []);
});

Deno.test("An item whose result another has taken while its client was away begins anew, and counts as submitted again", async () => {
  const world = new MapWorld(1);
  await world.act({ act: "submit", client: 0, count: 2, chunkSize: null, kind: 0 });
  await world.act({ act: "leave", client: 0, how: "lost" });
  await world.act({ act: "await", client: 0, which: 0 });
  await world.act({ act: "connect", which: 0 });
  await world.act({ act: "answer", which: 0, count: 1 });
  await world.act({ act: "read", client: 1 });
  await world.act({ act: "come back", client: 0 });
  assertEquals(world.dispatcher.totals.submitted, 3);
  await world.drain();
  assertEquals(world.violations, []);
});

Deno.test("A task that is cancelled takes its map with it at once, though its process has a grace", async () => {
  const world = new MapWorld(1);
  // The fifth maps over six.
  await world.act({ act: "submit", client: 0, count: 5, chunkSize: null, kind: 0 });
  for (let n = 0; n < 3; n++) {
    await world.act({ act: "connect", which: 0 });
    await world.act({ act: "answer", which: 0, count: 5 });
  }
  assertEquals([world.below, world.dispatcher.left.unfinished, world.slots.lent], [1, 7, 1]);
  await world.act({ act: "cancel", client: 0, which: 4 });
  const ends = [...world.dispatcher.workers].map(({ current }) => current?.verdict?.status);
  assertEquals(ends, ["cancelled", "cancelled"]);
  await world.finish();
  assertEquals(world.violations, []);
});

Deno.test("The slot that a task lends for its map goes to that map, and not to what waits behind the task", async () => {
  const world = new MapWorld(1);
  await world.act({ act: "submit", client: 0, count: 16, chunkSize: 1, kind: 0 });
  // The fifth maps.
  for (let n = 0; n < 100 && world.below === 0; n++) {
    await world.act({ act: "connect", which: 0 });
    await world.act({ act: "answer", which: 0, count: 1 });
  }
  const depths = [...world.dispatcher.workers].flatMap(({ current }) => current?.task.origin.depth ?? []);
  assertEquals([depths, world.queue.length > 10], [[0, 1], true]);
  await world.finish();
  assertEquals(world.violations, []);
});
