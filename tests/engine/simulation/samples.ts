/**
 * Ordinary scenarios and work, for tests that say what matters to them.
 *
 * @module
 */

import type { Op, Scenario, Script, Work } from "./scenario.ts";

/** A server with one worker, on which nothing goes wrong. */
export function scenarioOf(parts: Partial<Scenario> = {}): Scenario {
  return {
    numWorkers: 1,
    maxProcesses: 4,
    maxTasksPerWorker: 1000,
    maxSpares: 0,
    queueCapacity: 10_000,
    queueCapacityBytes: 10_000,
    maxDepth: 4,
    graceMs: 0,
    failedStarts: 0,
    startMs: 1,
    latencyMs: 0.01,
    storeMs: 0,
    seed: 1,
    steps: [],
    finish: "drain",
    ...parts,
  };
}

/** What a client runs, and awaits. */
export function workOf(parts: Partial<Work> = {}): Work {
  return {
    scripts: [scriptOf()],
    chunkSize: null,
    module: 0,
    isolation: "task",
    kind: "plain",
    priority: 0,
    timeoutMs: 100_000,
    bytes: 0,
    lane: "",
    await: true,
    bound: true,
    followup: false,
    waitForRoom: true,
    ...parts,
  };
}

/** Does this, and returns. */
export function scriptOf(...ops: Op[]): Script {
  return { ops, end: "return" };
}
