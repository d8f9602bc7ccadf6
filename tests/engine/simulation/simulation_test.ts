/**
 * Whole servers in memory: `deno test -A tests/engine/simulation -- --seed=N --runs=N --path=P` runs a schedule again.
 */

import fc from "fast-check";
import { parseArgs } from "@std/cli";
import { scenarios } from "./arbitraries.ts";
import { simulate } from "./simulate.ts";

const args = parseArgs(Deno.args, { string: ["seed", "runs", "path"], boolean: ["no-shrink"] });
// The same each time in the gate: what another finds is somebody's task, and nobody else's wait.
const seed = Number(args.seed ?? 3);
const numRuns = Number(args.runs ?? 600);

Deno.test("The engine keeps its rules after each event, whatever clients, tasks and processes do", async () => {
  const began = performance.now();
  let [events, tasks, runs] = [0, 0, 0];
  await fc.assert(
    fc.asyncProperty(scenarios, async (scenario) => {
      const simulated = await simulate(scenario);
      events += simulated.events;
      tasks += simulated.tasks;
      runs++;
    }),
    { seed, numRuns, path: args.path, endOnFailure: args.path !== undefined || args["no-shrink"] },
  );
  const seconds = ((performance.now() - began) / 1000).toFixed(1);
  console.log(`seed ${seed}: ${runs} schedules, ${tasks} tasks, ${events} events in ${seconds} s`);
});
