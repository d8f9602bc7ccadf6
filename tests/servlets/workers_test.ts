/** Stages in real processes and threads. */
import { assert, assertEquals, assertInstanceOf, assertNotEquals, assertRejects } from "@std/assert";
import { StageFailed, TaskCrashed, TaskError } from "../../core/errors.ts";
import { activeWorkers } from "../../workers/mod.ts";
import { remote } from "../../procedures/remote.ts";
import { ensemble, Pipeline, processServlet, sequential, threadServlet } from "../../servlets/mod.ts";
import * as classes from "../fixtures/stages.ts";

const stages = remote<typeof import("../fixtures/stages.ts")>(import.meta.resolve("../fixtures/stages.ts"));

Deno.test("a stage by reference, by class, and in a thread, is told name, worker and options", async () => {
  const options = { options: { base: 40 }, workers: 1, batchSize: 3 };
  const all = ensemble([
    processServlet(stages.Told, options),
    processServlet(classes.Told, { ...options, name: "by class" }),
    threadServlet(stages.Told, options),
  ]);
  await using pipeline = await Pipeline.start(all);
  const told = (worker: string) => ({ sum: 42, worker, size: 1 });
  assertEquals(await pipeline.call(2), [told("Told-0"), told("by class-0"), told("Told-0")]);
});

Deno.test("an error of a process has its class, its remote stack and the stage's name", async () => {
  await using pipeline = await Pipeline.start(
    sequential(processServlet(stages.Capricious), processServlet((x: unknown) => `Hello, ${x}!`)),
  );
  const error = await assertRejects(() => pipeline.call("throw"), RangeError, "as told") as RangeError & TaskError;
  assertEquals(error.stage, "Capricious");
  assert(error.remoteStack!.includes("Capricious.call"), error.remoteStack);
  await assertRejects(() => pipeline.call("text"), TaskError, "no error");
  await assertRejects(() => pipeline.call("function"), TaskError, "Cannot send the result");
  assertEquals(await pipeline.call("a"), "Hello, a!");
});

Deno.test("a process that exits in a batch costs the item that did it, and is replaced", async () => {
  await using pipeline = await Pipeline.start(processServlet(stages.Capricious, { batchSize: 3, batchWaitMs: 5 }));
  const outcomes = await Promise.all(["a", "exit", "b"].map((x) => pipeline.call(x).catch((error) => error)));
  assertEquals([outcomes[0], outcomes[2]], ["a", "b"]);
  const crash = outcomes[1] as TaskCrashed;
  assertInstanceOf(crash, TaskCrashed);
  assertEquals([crash.exitCode, crash.stage], [7, "Capricious"]);
  assertEquals(pipeline.snapshot().stages[0].restarts, 2);
});

Deno.test("a process that is killed from outside is replaced, idle or not", async () => {
  await using pipeline = await Pipeline.start(processServlet(stages.Whereabouts));
  const pid = await pipeline.call(null);
  Deno.kill(pid, "SIGKILL");
  assertNotEquals(await pipeline.call(null), pid);
});

Deno.test("stages have the permissions that they are given, and no others", async () => {
  const path = new URL("../../LICENSE", import.meta.url).pathname;
  const servlet = ensemble([
    processServlet(stages.Reader, { permissions: { read: [path] } }),
    processServlet(stages.Reader, { name: "denied" }),
  ], { failFast: false });
  await using pipeline = await Pipeline.start(servlet);
  const [length, denied] = await pipeline.call(path);
  assertEquals(length, Deno.readTextFileSync(path).length);
  assertEquals((denied as Error).name, "NotCapable");
});

Deno.test(
  "cpus pin each process",
  { ignore: Deno.build.os !== "linux" || navigator.hardwareConcurrency < 2 },
  async () => {
    const servlet = ensemble([
      processServlet(stages.Whereabouts, { cpus: [1] }),
      processServlet(stages.Whereabouts, { cpus: [[0, 1]] }),
    ]);
    await using pipeline = await Pipeline.start(servlet);
    const allowed = (await pipeline.call(null)).map((pid) => {
      const status = Deno.readTextFileSync(`/proc/${pid}/status`);
      return /Cpus_allowed_list:\s*(\S+)/.exec(status)![1];
    });
    assertEquals(allowed, ["1", "0-1"]);
  },
);

Deno.test("what does not start is named, with the cause, and nothing is left", async () => {
  const cases = [
    [processServlet(stages.Unloadable), "Cannot start the stage Unloadable: no such model"],
    [threadServlet(stages.Unloadable), "no such model"],
    [processServlet(remote<typeof classes>(import.meta.resolve("./none.ts")).addOne), "none.ts"],
    [processServlet({ ...stages.addOne, name: "addTwo" }), 'Cannot find the export "addTwo"'],
    [processServlet({ ...stages.addOne, name: "NoStage" } as never), "no call and no callBatch"],
    [processServlet(stages.addOne, { cpus: [900] }), "Cannot start the stage addOne"],
  ] as const;
  for (const [servlet, message] of cases) {
    const starting = Pipeline.start(sequential(threadServlet(stages.addOne), servlet as never));
    await assertRejects(() => starting, StageFailed, message);
    assertEquals(activeWorkers(), []);
  }
});

Deno.test("a function that uses a name from outside fails by that name, in a thread as in a process", async () => {
  const factor = 3;
  for (const servlet of [threadServlet, processServlet]) {
    await using pipeline = await Pipeline.start(servlet((x: number) => x * factor, { name: "times" }));
    const error = await assertRejects(() => pipeline.call(2), TaskError, '"factor", which is defined outside of it');
    assertEquals([error.code, error.stage], ["OUTSIDE_NAME", "times"]);
  }
});

Deno.test("typed arrays go through processes as themselves", async () => {
  const raised = processServlet(stages.Raised);
  await using pipeline = await Pipeline.start(sequential(raised, sequential(raised, threadServlet(stages.Raised))));
  const numbers = Float64Array.from({ length: 200_000 }, (_, i) => i);
  const outputs = await Promise.all([pipeline.call(numbers), pipeline.call(numbers.subarray(0, 3))]);
  assertEquals(outputs[0].length, numbers.length);
  assertEquals(outputs[0].subarray(-2), Float64Array.of(200_001, 200_002));
  assertEquals(outputs[1], Float64Array.of(3, 4, 5));
});

Deno.test("a stop now does not wait for a process that is busy", async () => {
  const pipeline = await Pipeline.start(processServlet(stages.Slow));
  const call = pipeline.call(1).catch((error) => error.code);
  await pipeline.call(2, { timeoutMs: 1 }).catch(() => {});
  await pipeline.stop({ mode: "now" });
  assertEquals(await call, "PIPELINE_STOPPED");
  assertEquals(activeWorkers(), []);
});
