/** Schedules that broke a rule once. */
import { scenarioOf, scriptOf, workOf } from "./samples.ts";
import type { Scenario, Step, Work } from "./scenario.ts";
import { simulate } from "./simulate.ts";

const submit = (client: number, what: Partial<Work>, afterMs = 0): Step => ({
  act: "submit",
  client,
  what: workOf(what),
  afterMs,
});

/** Also at other times than those that it was found at. */
async function replay(scenario: Partial<Scenario>): Promise<void> {
  for (let seed = 0; seed < 20; seed++) await simulate(scenarioOf({ ...scenario, seed }));
}

Deno.test("A slot that comes right back to the worker that gives it up is not lost", async () => {
  const child = { module: 1, isolation: "module" as const };
  const parent = scriptOf(
    { op: "submit", what: workOf(child) },
    { op: "submit", what: workOf({ ...child, kind: "stream" }) },
  );
  await replay({ latencyMs: 1, startMs: 0.1, steps: [submit(0, { scripts: [parent] })] });
});

Deno.test("A task that has room made for it by a process that was never started begins at once", async () => {
  const away: Step = { act: "leave", client: 0, how: "lost", backMs: 10, afterMs: 0 };
  // All in one go, once the client is back.
  const four = [0, 0, 0, 1].map((module) => submit(0, { module }));
  await replay({ numWorkers: 4, maxSpares: 1, steps: [away, ...four] });
});

Deno.test("What stands behind a long task is taken back also when it was asked for before the process had connected", async () => {
  const items = Array.from({ length: 6 }, () => scriptOf({ op: "compute", ms: 200, isBusy: false }));
  const map = submit(0, { scripts: items, chunkSize: 5 });
  await replay({ numWorkers: 2, startMs: 60, steps: [map, { act: "cancel", which: 5, discard: false, afterMs: 1 }] });
});

Deno.test("A client that is back at once after it was given up is not handed the cancellation of its stream", async () => {
  const stream = submit(0, { kind: "stream" });
  await replay({ steps: [stream, { act: "leave", client: 0, how: "silent", backMs: 0, afterMs: 0 }] });
});

Deno.test("No process is kept for a client that has left before its task began", async () => {
  const steps: Step[] = [
    submit(0, {}),
    submit(1, { isolation: "module", bound: false }),
    { act: "leave", client: 1, how: "bye", backMs: 0, afterMs: 0 },
    submit(0, {}, 300),
  ];
  await replay({ steps });
});

Deno.test("A stream that is read on ends the hope that its task frees a process: who waits for one is not forgotten", async () => {
  const grandchild = workOf({ kind: "stream", bound: false });
  const child = workOf({ bound: false, scripts: [{ ...scriptOf({ op: "submit", what: grandchild }), end: "hang" }] });
  const stream = scriptOf({ op: "submit", what: child }, { op: "pause" });
  const steps = [
    submit(0, { kind: "stream", bound: false, scripts: [stream], timeoutMs: 20 }),
    submit(0, { bound: false }),
  ];
  await replay({ maxProcesses: 2, maxTasksPerWorker: 1, maxDepth: 2, startMs: 0.1, latencyMs: 0.02, steps });
});

Deno.test("A client that is back needs no room for what the server still has of it", async () => {
  const work = (count: number) => ({
    bound: false,
    timeoutMs: 20,
    scripts: Array.from({ length: count }, () => scriptOf()),
  });
  const hangs = { ops: [], end: "hang" as const };
  const steps: Step[] = [
    submit(2, { ...work(6), bound: true }),
    { act: "await", client: 0, which: 1, afterMs: 0 },
    submit(3, { bound: false, scripts: [hangs, scriptOf(), hangs, scriptOf()] }),
    { act: "leave", client: 2, how: "lost", backMs: 29_990, afterMs: 0 },
    submit(0, work(1)),
    submit(0, work(4)),
    submit(0, work(1)),
    submit(0, work(1)),
    { act: "leave", client: 0, how: "bye", backMs: 0, afterMs: 0 },
  ];
  const limits = { maxProcesses: 1, maxTasksPerWorker: 1, maxDepth: 0, queueCapacity: 20, queueCapacityBytes: 500 };
  await replay({ ...limits, startMs: 0.1, latencyMs: 0.02, steps });
});

Deno.test("A drain starts the subtasks that waited for their next start", async () => {
  const fails = { ops: [], end: "fail" as const };
  const children = workOf({ await: false, bound: false, timeoutMs: 20, scripts: [fails, fails] });
  const parent = { ...scriptOf({ op: "unawait" }, { op: "submit", what: children }), end: "fail" as const };
  const away: Step = { act: "leave", client: 0, how: "bye", backMs: 0, afterMs: 7 };
  const steps: Step[] = [
    submit(0, { kind: "stream", bound: false, timeoutMs: 20, scripts: [parent] }),
    away,
    { act: "kill", which: 0, afterMs: 0 },
    { ...away, afterMs: 1 },
  ];
  const limits = { maxProcesses: 1, maxTasksPerWorker: 1, maxDepth: 1, queueCapacity: 5, queueCapacityBytes: 500 };
  const once = { ...limits, startMs: 5, latencyMs: 0.02, finish: "quiet" as const, steps };
  await replay(once);
  // The times of one that never came to rest.
  await simulate(scenarioOf({ ...once, seed: 1_089_231_170 }));
});

Deno.test("What a task's child ended with is kept for nobody once a client has submitted that task anew", async () => {
  const children = workOf({ timeoutMs: 300, scripts: [{ ops: [], end: "hang" }, { ops: [], end: "fail" }] });
  const stream = { ...scriptOf({ op: "submit", what: children }, { op: "join" }), end: "fail" as const };
  const steps = [
    submit(2, { kind: "stream", bound: false, timeoutMs: 100_000, scripts: [stream] }),
    submit(0, { bound: false, timeoutMs: 20 }, 300),
    { act: "leave", client: 2, how: "silent", backMs: 0, afterMs: 0 } as const,
    submit(0, { bound: false, timeoutMs: 20 }),
  ];
  const limits = { maxTasksPerWorker: 1, maxDepth: 1, queueCapacity: 5, queueCapacityBytes: 500, storeMs: 30 };
  await replay({ ...limits, startMs: 0.1, latencyMs: 0.02, graceMs: 0, steps });
});

Deno.test("What a failed attempt has submitted never begins where it comes from the store behind the failure", async () => {
  const times = { delayMs: 40, factor: 1, maxDelayMs: 3000, jitter: 0 };
  const child = workOf({ bound: false, timeoutMs: 20 });
  const parent = scriptOf({ op: "compute", ms: 4, isBusy: false }, { op: "submit", what: child });
  const short = { bound: false, timeoutMs: 20 };
  const fails = { ops: [], end: "fail" as const };
  const steps: Step[] = [
    submit(0, { ...short, retry: { attempts: 2, ...times, on: ["timeout", "crash"] }, scripts: [parent] }),
    submit(0, { ...short, scripts: [scriptOf({ op: "compute", ms: 30, isBusy: false })] }),
    submit(0, { ...short, startBeforeMs: 10, scripts: [fails, fails, fails, fails] }),
    { act: "leave", client: 1, how: "bye", backMs: 0, afterMs: 0 },
  ];
  const limits = { maxProcesses: 2, maxTasksPerWorker: 1, maxDepth: 1, queueCapacity: 5, queueCapacityBytes: 500 };
  const once = { ...limits, numWorkers: 2, maxSpares: 1, startMs: 0.1, latencyMs: 20, storeMs: 30, graceMs: 0, steps };
  await replay(once);
  await simulate(scenarioOf({ ...once, seed: 552_530_452 }));
});
