/** E6, E11, U10: stages whose work does not come back, waits, or is too much for one message. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { PipelineTimeout, remote, TaskTimeout } from "../../mod.ts";
import type { PipelineCaller, Servlet } from "../../procedures/servlet.ts";
import { Pipeline, processServlet, type StageOptions, threadServlet } from "../../servlets/mod.ts";
import { later, startPair } from "../fixtures/pair.ts";

const stuck = remote<typeof import("../fixtures/stuck.ts")>(import.meta.resolve("../fixtures/stuck.ts"));

type NumberStage = Servlet<number, number>;

/** A running pipeline of one stage, and how many of its workers were replaced. */
interface Running extends AsyncDisposable {
  readonly pipeline: PipelineCaller<number, number>;
  restarts(): number;
}

const PLACES: Record<string, (servlet: NumberStage) => Promise<Running>> = {
  async "here"(servlet) {
    const pipeline = await Pipeline.start(servlet);
    return {
      pipeline,
      restarts: () => pipeline.snapshot().stages[0].restarts,
      [Symbol.asyncDispose]: () => pipeline[Symbol.asyncDispose](),
    };
  },
  async "at a server"(servlet) {
    const pair = await startPair();
    await pair.server.serve("p", servlet);
    return {
      pipeline: pair.client.pipeline<NumberStage>("p"),
      restarts: () => pair.server.status().pipelines[0].stages[0].restarts,
      [Symbol.asyncDispose]: () => pair[Symbol.asyncDispose](),
    };
  },
};

const HOSTS: Record<string, (options: StageOptions) => NumberStage> = {
  "processes": (options) => processServlet(stuck.hangsAt1, options),
  "threads": (options) => threadServlet(stuck.hangsAt1, options),
  "processes that never yield": (options) => processServlet(stuck.spinsAt1, options),
};

for (const [where, open] of Object.entries(PLACES)) {
  for (const [host, make] of Object.entries(HOSTS)) {
    Deno.test(`E6: itemTimeoutMs replaces what is stuck, in ${host}, ${where}`, async () => {
      await using running = await open(make({ itemTimeoutMs: 300 }));
      const { pipeline } = running;
      assertEquals(await pipeline.call(0), 0);
      const error = await assertRejects(() => pipeline.call(1), TaskTimeout, "300 ms");
      assertEquals([error.timeoutMs, error.stage, running.restarts()], [
        300,
        host.endsWith("yield") ? "spinsAt1" : "hangsAt1",
        1,
      ]);
      const outputs = await Array.fromAsync(pipeline.stream([2, 1, 3], { returnErrors: true }));
      assertEquals(outputs.map((output) => output as unknown instanceof TaskTimeout ? "stuck" : output), [
        2,
        "stuck",
        3,
      ]);
      assertEquals(running.restarts(), 2);
    });

    Deno.test(`E6: a stage goes on behind an item that its caller gave up, in ${host}, ${where}`, async () => {
      await using running = await open(make({}));
      const { pipeline } = running;
      assertEquals(await pipeline.call(0), 0);
      await assertRejects(() => pipeline.call(1, { timeoutMs: 100 }), PipelineTimeout);
      assertEquals(await pipeline.call(2, { timeoutMs: 10_000 }), 2);
      assertEquals(running.restarts(), 1);
    });
  }

  Deno.test(`U10: concurrency lets items of a stage wait together, in order, ${where}`, async () => {
    for (const make of [processServlet<number, Promise<number>>, threadServlet<number, Promise<number>>]) {
      await using running = await open(make(stuck.together, { concurrency: 3 }));
      const outputs = await Array.fromAsync(running.pipeline.stream([30, 30, 30, 30, 30]));
      assertEquals(Math.max(...outputs), 3);
      await using ordered = await open(make(stuck.waits, { concurrency: 3 }));
      assertEquals(await Array.fromAsync(ordered.pipeline.stream([40, 20, 0, 10, 5])), [40, 20, 0, 10, 5]);
    }
  });
}

Deno.test("E6: of a batch that takes too long each item is begun again alone, and only the stuck one fails", async () => {
  const options = { batchSize: 4, batchWaitMs: 20, itemTimeoutMs: 150 };
  await using pipeline = await Pipeline.start(processServlet(stuck.hangsAt1, options));
  const outcomes = await Promise.allSettled([0, 1, 2, 3].map((x) => pipeline.call(x)));
  assertEquals(outcomes.map(({ status }) => status), ["fulfilled", "rejected", "fulfilled", "fulfilled"]);
  await using once = await Pipeline.start(processServlet(stuck.hangsAt1, { ...options, maxAttempts: 1 }));
  const given = await Promise.allSettled([0, 1, 2, 3].map((x) => once.call(x)));
  assertEquals(given.map(({ status }) => status), Array(4).fill("rejected"), "nothing is begun twice");
});

Deno.test("E6: stop() ends a stage that is stuck with what was given up, however it stops", async () => {
  for (const mode of ["now", "drain"] as const) {
    const pipeline = await Pipeline.start(processServlet(stuck.spinsAt1, { itemTimeoutMs: 60_000 }));
    const given = later(pipeline.call(1, { timeoutMs: 50 }));
    await assertRejects(() => given, PipelineTimeout);
    await pipeline.stop({ mode });
  }
});

Deno.test("E6, U10: a stage's limits are checked", () => {
  for (const options of [{ itemTimeoutMs: 0 }, { itemTimeoutMs: "5" }, { concurrency: 0 }, { concurrency: 2.5 }]) {
    const [name] = Object.keys(options);
    for (const make of [processServlet, threadServlet]) {
      let message = "";
      try {
        make((x: number) => x, options as StageOptions);
      } catch (error) {
        message = (error as Error).message;
      }
      assert(message.startsWith(`Cannot use ${name}`), message);
    }
  }
});

Deno.test("E11: outputs that are too much for one message go apart, and nothing is worked on twice", async () => {
  const mib = 2 ** 20;
  const options = { batchSize: 16, batchWaitMs: 50, maxAttempts: 1 };
  for (const make of [processServlet, threadServlet]) {
    await using pipeline = await Pipeline.start(make(stuck.Counted, options));
    const outputs = await Promise.all(Array.from({ length: 10 }, (_, i) => pipeline.call([i, 8 * mib])));
    assertEquals(outputs.map(([i, bytes]) => [i, bytes.length]), outputs.map((_, i) => [i, 8 * mib]));
    // Errors stand where they belong, and small outputs around large ones.
    const mixed = await Promise.allSettled([[0, 1], [1, 20 * mib], [2, -1], [3, 1], [4, 20 * mib], [5, -1]].map(
      (item) => pipeline.call(item as [number, number]),
    ));
    assertEquals(
      mixed.map((outcome) => outcome.status === "rejected" ? outcome.reason.message : outcome.value[1].length),
      [1, 20 * mib, "item 2", 1, 20 * mib, "item 5"],
    );
    assertEquals((await pipeline.call([16, 0]))[2], 17, "each was worked on once");
  }
});

Deno.test("E11: outputs of which each fills a message go apart, and one that is too large fails alone", async () => {
  await using pipeline = await Pipeline.start(threadServlet(stuck.Counted, { batchSize: 2, batchWaitMs: 50 }));
  const outcomes = await Promise.allSettled(
    [[0, 40 * 2 ** 20], [1, 40 * 2 ** 20]].map((item) => pipeline.call(item as [number, number])),
  );
  assertEquals(outcomes.map(({ status }) => status), ["fulfilled", "fulfilled"]);
  await assertRejects(() => pipeline.call([2, 70 * 2 ** 20]), Error, "more than 67108864 bytes");
  assertEquals((await pipeline.call([3, 1]))[0], 3);
});
