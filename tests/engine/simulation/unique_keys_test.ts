/**
 * Schedules whose tasks have keys of which there is to be one at a time, at whole servers in memory. A schedule runs again
 * as those of `simulation_test.ts` do.
 */

import { assert } from "@std/assert";
import fc from "fast-check";
import { parseArgs } from "@std/cli";
import type { Unique } from "../../../core/unique.ts";
import { scenarios } from "./arbitraries.ts";
import type { Op, Scenario, Script, Work } from "./scenario.ts";
import { simulate } from "./simulate.ts";

const args = parseArgs(Deno.args, { string: ["seed", "runs", "path"], boolean: ["no-shrink"] });
const seed = Number(args.seed ?? 5);
const numRuns = Number(args.runs ?? 300);

/** How long a key is held goes with the key. */
const key = fc.constantFrom<Pick<Unique, "key" | "during">>(
  { key: "a", during: "unfinished" },
  { key: "b", during: "unfinished" },
  { key: "c", during: "waiting" },
  { key: "d", during: 40 },
  { key: "e", during: 20_000 },
);
const unique = fc.tuple(key, fc.constantFrom("join" as const, "replace" as const, "refuse" as const))
  .map(([key, onConflict]): Unique => ({ ...key, onConflict }));

/** Most tasks have one. */
const keys = fc.array(fc.option(unique, { freq: 5 }), { minLength: 1, maxLength: 12 });

/** The same scenario, whose single tasks have keys, one after the other. */
function withKeys(scenario: Scenario, keys: readonly (Unique | null)[]): Scenario {
  let at = 0;
  const ofWork = (work: Work): Work => {
    const isSingle = work.kind === "plain" && work.chunkSize === null && work.scripts.length === 1;
    const unique = isSingle ? keys[at++ % keys.length] : null;
    return { ...work, unique, scripts: work.scripts.map(ofScript) };
  };
  const ofOp = (op: Op): Op => op.op === "submit" ? { ...op, what: ofWork(op.what) } : op;
  const ofScript = (script: Script): Script => ({ ...script, ops: script.ops.map(ofOp) });
  const steps = scenario.steps.map((step) => step.act === "submit" ? { ...step, what: ofWork(step.what) } : step);
  return { ...scenario, steps };
}

Deno.test("A key is held by one task at a time, and every task ends, whatever is submitted, cancelled and lost", async () => {
  const began = performance.now();
  let [events, tasks, runs] = [0, 0, 0];
  await fc.assert(
    fc.asyncProperty(scenarios, keys, async (scenario, keys) => {
      const simulated = await simulate(withKeys(scenario, keys));
      events += simulated.events;
      tasks += simulated.tasks;
      runs++;
    }),
    { seed, numRuns, path: args.path, endOnFailure: args.path !== undefined || args["no-shrink"] },
  );
  assert(tasks > numRuns, `there were ${tasks} tasks`);
  const seconds = ((performance.now() - began) / 1000).toFixed(1);
  console.log(`seed ${seed}: ${runs} schedules, ${tasks} tasks, ${events} events in ${seconds} s`);
});
