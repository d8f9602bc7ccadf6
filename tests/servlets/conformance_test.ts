/** Random nestings of servlets do what a plain evaluation of the same tree does. */
import { assert, assertEquals } from "@std/assert";
import { systemClock } from "../../core/clock.ts";
import type { PipelineCaller } from "../../procedures/servlet.ts";
import { Pipeline } from "../../servlets/mod.ts";
import { startPipeline } from "../../servlets/pipeline.ts";
import { stagesOf } from "../../servlets/servlet.ts";
import { startPair } from "../fixtures/pair.ts";
import { InlineHost } from "../helpers/inline_stages.ts";
import { Random } from "../helpers/random.ts";
import { type Expected, randomTree } from "./random_trees.ts";

const INPUTS = Array.from({ length: 60 }, (_, i) => (i * 37) % 211);

function assertAsExpected(x: number, outcome: unknown, expected: Expected, hint: string): void {
  if ("value" in expected) return assertEquals(outcome, expected.value, `${hint}: ${x}: ${outcome}`);
  assert(outcome instanceof Error, `${hint}: ${x} gave ${Deno.inspect(outcome)}`);
  const { message, stage = "" } = outcome as Error & { stage?: string };
  const isOneOf = expected.errors.some((error) => message.startsWith(error.message) && stage === error.stage);
  assert(isOneOf, `${hint}: ${x}: ${stage}: ${message}; expected ${Deno.inspect(expected.errors)}`);
}

type Evaluate = (x: number) => Expected;

async function assertConforms(pipeline: PipelineCaller<number, number>, evaluate: Evaluate, hint: string) {
  const called = await Promise.all(INPUTS.map((x) => pipeline.call(x).catch((error) => error)));
  called.forEach((outcome, i) => assertAsExpected(INPUTS[i], outcome, evaluate(INPUTS[i]), `${hint} call`));

  const pairs = await Array.fromAsync(pipeline.stream(INPUTS, { returnInput: true, returnErrors: true }));
  assertEquals(pairs.map(([x]) => x), INPUTS, `${hint}: the order of the inputs is kept`);
  for (const [x, outcome] of pairs) assertAsExpected(x, outcome, evaluate(x), `${hint} stream`);

  const options = { returnInput: true, returnErrors: true, ordered: false } as const;
  const unordered = await Array.fromAsync(pipeline.stream(INPUTS, options));
  assertEquals(unordered.map(([x]) => x).sort(), [...INPUTS].sort());
  for (const [x, outcome] of unordered) assertAsExpected(x, outcome, evaluate(x), `${hint} unordered`);

  const firstBad = INPUTS.findIndex((x) => "errors" in evaluate(x));
  const before: number[] = [];
  const error = await (async () => {
    for await (const y of pipeline.stream(INPUTS)) before.push(y);
    return null;
  })().catch((error) => error);
  assertEquals(before.length, firstBad < 0 ? INPUTS.length : firstBad, `${hint}: what comes before the first error`);
  if (firstBad >= 0) assertAsExpected(INPUTS[firstBad], error, evaluate(INPUTS[firstBad]), `${hint} raised`);
}

Deno.test("120 random trees conform, with workers that die at random in half of them", async () => {
  for (let seed = 1; seed <= 120; seed++) {
    const random = new Random(seed);
    const tree = randomTree({ random, depth: random.int(0, 4), maxAttempts: 50 });
    const host = new InlineHost(seed % 2 === 0 ? { random, deathRate: 0.05 } : null);
    const params = { capacity: random.pick([1, 3, 16, 100]), clock: systemClock, hire: host.hire };
    await using pipeline = await startPipeline(tree.servlet, params);
    await assertConforms(pipeline, tree.evaluate, `seed ${seed}`);
    const deathsBefore = host.deaths;
    await pipeline.stop();
    const { backlog, waiting, stages } = pipeline.snapshot();
    assertEquals([backlog, waiting], [0, 0]);
    // One that dies of what nobody wants any more, while the pipeline ends, is not replaced.
    const restarts = stages.reduce((sum, stage) => sum + stage.restarts, 0);
    assert(deathsBefore <= restarts && restarts <= host.deaths, `${restarts} of ${deathsBefore} to ${host.deaths}`);
    if (seed % 2 === 1) assertEquals(host.deaths, 0);
  }
});

Deno.test("random trees over processes and threads conform, here and served", async () => {
  let tried = 0;
  for (let seed = 1000; tried < 2; seed++) {
    const tree = randomTree({ random: new Random(seed), depth: 3, maxAttempts: 2 });
    const workers = stagesOf(tree.servlet).reduce((sum, { workers }) => sum + workers.length, 0);
    if (workers < 4 || workers > 7) continue;
    tried++;
    await using pipeline = await Pipeline.start(tree.servlet, { capacity: 16 });
    await assertConforms(pipeline, tree.evaluate, `seed ${seed}`);
    if (tried > 1) continue;
    await using pair = await startPair();
    await pair.server.serve("tree", tree.servlet);
    await assertConforms(pair.client.pipeline<typeof tree.servlet>("tree"), tree.evaluate, `seed ${seed} served`);
  }
});
