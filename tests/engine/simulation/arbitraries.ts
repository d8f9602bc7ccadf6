/**
 * Makes scenarios.
 *
 * @module
 */

import fc from "fast-check";
import { LIMITS } from "./key_rules.ts";
import type { Op, Scenario, Script, Step, Work } from "./scenario.ts";

const rarely = fc.integer({ min: 0, max: 9 }).map((n) => n === 9);
const mostly = fc.integer({ min: 0, max: 9 }).map((n) => n !== 9);

const compute = fc.record({
  op: fc.constant("compute" as const),
  ms: fc.constantFrom(0, 0, 0.1, 0.5, 1, 4, 8, 30, 200),
  isBusy: fc.boolean(),
});

const end = fc.oneof(
  { weight: 20, arbitrary: fc.constant("return" as const) },
  { weight: 6, arbitrary: fc.constantFrom("fail" as const, "crash" as const, "leak" as const, "hang" as const) },
  { weight: 3, arbitrary: fc.constantFrom("flaky" as const, "ask" as const, "give up" as const) },
);

const quick = fc.record({ ops: fc.array(compute, { maxLength: 1 }), end });

/** What all kinds of work have besides their scripts. */
const terms = {
  module: fc.integer({ min: 0, max: 1 }),
  isolation: fc.constantFrom("task" as const, "module" as const),
  kind: fc.oneof(
    { weight: 8, arbitrary: fc.constant("plain" as const) },
    { weight: 2, arbitrary: fc.constantFrom("stream" as const, "worker" as const) },
  ),
  priority: fc.constantFrom(0, 0, 0, 0, 1, -1),
  // What hangs is ended by this at the latest.
  timeoutMs: fc.constantFrom(20, 300, 5000, 100_000, 100_000),
  // Also less than a process takes to start, and than a message is on its way.
  startBeforeMs: fc.constantFrom(null, null, null, null, null, 0, 0.5, 10, 100, 1000),
  delayMs: fc.constantFrom(null, null, null, null, null, null, 0, 3, 50, 2000),
  retry: fc.option(
    fc.record({
      attempts: fc.constantFrom(2, 3, 5),
      delayMs: fc.constantFrom(0, 2, 40, 1000),
      factor: fc.constantFrom(1, 2),
      maxDelayMs: fc.constant(3000),
      jitter: fc.constantFrom(0, 0.5),
      on: fc.subarray(["error", "timeout", "crash", "lost"] as const, { minLength: 1 }),
    }),
    { freq: 3 },
  ),
  limit: fc.option(fc.constantFrom(...LIMITS), { freq: 3 }),
  bytes: fc.constantFrom(0, 0, 10, 60),
  lane: fc.constantFrom("", "", "a", "b"),
  await: mostly,
  bound: fc.boolean(),
  followup: rarely,
  waitForRoom: mostly,
};

const mapTerms = { ...terms, kind: fc.constant("plain" as const) };

const { tree } = fc.letrec<{ tree: Script; op: Op; work: Work }>((tie) => ({
  tree: fc.record({ ops: fc.array(tie("op"), { maxLength: 5 }), end }),
  op: fc.oneof(
    { maxDepth: 3, depthIdentifier: "tree" },
    { weight: 4, arbitrary: compute },
    { weight: 4, arbitrary: fc.record({ op: fc.constant("submit" as const), what: tie("work") }) },
    { weight: 4, arbitrary: fc.constant({ op: "join" as const }) },
    { weight: 1, arbitrary: fc.constant({ op: "pause" as const }) },
    { weight: 1, arbitrary: fc.constant({ op: "unawait" as const }) },
    { weight: 1, arbitrary: fc.record({ op: fc.constant("cancel" as const), discard: fc.boolean() }) },
  ),
  work: fc.oneof(
    { depthIdentifier: "tree" },
    fc.record({
      ...terms,
      scripts: fc.array(tie("tree"), { minLength: 1, maxLength: 2 }),
      chunkSize: fc.constant(null),
    }),
    fc.record({
      ...mapTerms,
      scripts: fc.array(quick, { minLength: 1, maxLength: 5 }),
      chunkSize: fc.constantFrom("auto" as const, 1, 2, 5),
    }),
  ),
}));

const work: fc.Arbitrary<Work> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ ...terms, scripts: fc.tuple(tree), chunkSize: fc.constant(null) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      ...mapTerms,
      // Few scripts, many items: what a map is.
      scripts: fc.tuple(
        fc.array(fc.oneof(quick, quick, tree), { minLength: 1, maxLength: 3 }),
        fc.integer({ min: 1, max: 30 }),
      )
        .map(([some, count]) => Array.from({ length: count }, (_, n) => some[n % some.length])),
      chunkSize: fc.constantFrom(null, "auto" as const, 1, 2, 5, 50),
    }),
  },
);

const client = fc.integer({ min: 0, max: 3 });
const which = fc.nat(1000);
const afterMs = fc.constantFrom(0, 0, 0, 0.3, 1, 3, 7, 30, 300);

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 12, arbitrary: fc.record({ act: fc.constant("submit" as const), client, what: work, afterMs }) },
  { weight: 2, arbitrary: fc.record({ act: fc.constant("cancel" as const), which, discard: fc.boolean(), afterMs }) },
  {
    weight: 1,
    arbitrary: fc.record({
      act: fc.constant("terminate" as const),
      which,
      how: fc.constantFrom("abort" as const, "SIGTERM" as const),
      afterMs,
    }),
  },
  { weight: 1, arbitrary: fc.record({ act: fc.constant("unawait" as const), client, which, afterMs }) },
  { weight: 1, arbitrary: fc.record({ act: fc.constant("await" as const), client, which, afterMs }) },
  {
    weight: 2,
    arbitrary: fc.record({
      act: fc.constant("leave" as const),
      client,
      how: fc.constantFrom("bye" as const, "lost" as const, "lost" as const, "silent" as const),
      backMs: fc.constantFrom(0, 5, 100, 29_990, 30_000, 40_000),
      afterMs,
    }),
  },
  { weight: 1, arbitrary: fc.record({ act: fc.constant("kill" as const), which, afterMs }) },
  {
    weight: 1,
    arbitrary: fc.record({
      act: fc.constantFrom("retry" as const, "retry" as const, "discard" as const),
      which,
      afterMs,
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ act: fc.constant("hold" as const), forMs: fc.constantFrom(0, 3, 40, 5000), afterMs }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      act: fc.constant("edit" as const),
      module: fc.integer({ min: 0, max: 1 }),
      what: fc.constantFrom("file" as const, "grant" as const),
      afterMs,
    }),
  },
);

/** A long pause now and then: idle processes are tidied up, and clients that are away are given up. */
const steps = fc.array(
  fc.tuple(step, fc.integer({ min: 0, max: 40 }).map((n) => n === 40 ? 31_000 : n === 39 ? 70_000 : 0)).map(
    ([step, more]): Step => ({ ...step, afterMs: step.afterMs + more }),
  ),
  { minLength: 1, maxLength: 60, size: "max" },
);

/** Any scenario. */
export const scenarios: fc.Arbitrary<Scenario> = fc.record({
  numWorkers: fc.integer({ min: 1, max: 4 }),
  spareProcesses: fc.constantFrom(0, 1, 2, 4, 20),
  maxTasksPerWorker: fc.constantFrom(1, 3, 1000),
  maxSpares: fc.integer({ min: 0, max: 2 }),
  queueCapacity: fc.constantFrom(5, 20, 100, 1000),
  queueCapacityBytes: fc.constantFrom(500, 5000, 100_000),
  maxDepth: fc.integer({ min: 0, max: 4 }),
  graceMs: fc.constantFrom(0, 20, 500),
  failedStarts: fc.constantFrom(0, 0, 0.05, 0.3),
  startMs: fc.constantFrom(0.1, 5, 60),
  latencyMs: fc.constantFrom(0.02, 0.02, 1, 20),
  storeMs: fc.constantFrom(0, 0, 0, 0.1, 30),
  seed: fc.nat(),
  steps,
  finish: fc.constantFrom(
    "drain" as const,
    "drain" as const,
    "quiet" as const,
    "kill" as const,
    "kill at once" as const,
  ),
}).map(({ spareProcesses, ...scenario }) => ({ ...scenario, maxProcesses: scenario.numWorkers + spareProcesses }));
