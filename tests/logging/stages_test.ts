/** O3: what stages and workers in this thread print gets to whoever runs them. */
import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { currentMessenger, remote, TaskCrashed } from "../../mod.ts";
import { Pipeline, processServlet, sequential, type StageLogLine, threadServlet } from "../../servlets/mod.ts";
import { PersistentWorker, Worker } from "../../workers/mod.ts";
import { linesLike, startPair } from "../fixtures/pair.ts";
import { TempTree } from "../helpers/temp_tree.ts";

const talk = remote<typeof import("../fixtures/talking_stage.ts")>(import.meta.resolve("../fixtures/talking_stage.ts"));

const SAID = ["info made 0", "info printed { a: 1 }", "error and cried", "warning warned"];

const MAKERS: Record<string, typeof threadServlet> = { processServlet, threadServlet };

for (const [host, make] of Object.entries(MAKERS)) {
  Deno.test(`O3: onLog of a local pipeline is told what a stage of ${host}() logs and prints`, async () => {
    const lines: StageLogLine[] = [];
    const complete = Promise.withResolvers<void>();
    const onLog = (line: StageLogLine) => void (lines.push(line) === SAID.length && complete.resolve());
    await using pipeline = await Pipeline.start(make(talk.Talking, { name: "talker" }), { onLog });
    assertEquals(await pipeline.call(1), 1);
    await complete.promise;
    assertEquals(lines.map(({ level, text }) => `${level} ${text}`), SAID);
    assertEquals([...new Set(lines.map(({ stage, workerIndex }) => `${stage} ${workerIndex}`))], ["talker 0"]);
  });

  Deno.test(`An idle stage of ${host}() whose pipeline is stopped logs no failure`, async () => {
    for (const mode of ["drain", "now"] as const) {
      const lines: string[] = [];
      const pipeline = await Pipeline.start(make((x: number) => x), { onLog: ({ text }) => void lines.push(text) });
      assertEquals(await pipeline.call(1), 1);
      await pipeline.stop({ mode });
      assertEquals(lines, []);
    }
  });

  Deno.test(`O3: client.logs() and the server's log have what a served stage of ${host}() logs and prints`, async () => {
    await using folder = new TempTree();
    const pair = await startPair({ logLevel: "debug", logConsole: false, logFolder: folder.root });
    try {
      const servlet = sequential(make(talk.Talking, { name: "talker" }), make((x: number) => x));
      const heard = linesLike(pair.client, /made|printed|cried|warned/, SAID.length);
      // Answered behind the subscription.
      await pair.client.status();
      await pair.server.serve("talks", servlet);
      await pair.client.pipeline("talks").call(1);
      const lines = await heard;
      assertEquals(lines.map(({ level, text }) => `${level} ${text}`), SAID);
      assertEquals([lines[0].taskId, lines[0].worker], ["", "talks/talker-0"]);
    } finally {
      await pair[Symbol.asyncDispose]();
    }
    const log = await Deno.readTextFile(folder.path("Pipelines.log"));
    for (const text of ["printed { a: 1 }", "and cried", "warned"]) {
      assertStringIncludes(log, `[talks/talker-0] ${text}`);
    }
  });
}

Deno.test("O1, O3: what a stage wrote past console, and the lines before it crashed, come too", async () => {
  const lines: string[] = [];
  const servlet = processServlet(talk.dies, { maxAttempts: 1 });
  await using pipeline = await Pipeline.start(servlet, { onLog: ({ text }) => void lines.push(text) });
  const error = await assertRejects(() => pipeline.call(1), TaskCrashed);
  assertEquals([error.exitCode, error.stderr], [4, "the last words"]);
  assertEquals(lines.toSorted(), ["the last words", "written past console"]);
});

Deno.test("O1: who calls a served pipeline has the last line of a stage that crashed in the error", async () => {
  await using pair = await startPair();
  const servlet = processServlet(talk.dies, { maxAttempts: 1 });
  await pair.server.serve("dies", servlet);
  const error = await assertRejects(() => pair.client.pipeline<typeof servlet>("dies").call(1), TaskCrashed);
  assertEquals(error.stderr, "the last words");
});

Deno.test("O3: what a callback of a pipeline throws is told on the console, and harms nothing else", async () => {
  const warned = Promise.withResolvers<string>();
  const { warn } = console;
  console.warn = (message: string) => warned.resolve(message);
  try {
    await using pipeline = await Pipeline.start(threadServlet(talk.Talking), {
      onLog() {
        throw new Error("the callback's own");
      },
    });
    assertEquals(await pipeline.call(1), 1);
    assertStringIncludes(await warned.promise, "The callback onLog failed");
  } finally {
    console.warn = warn;
  }
});

Deno.test("O3: what inline workers print is for the onLog of each, and what this program prints for nobody's", async () => {
  const printed: unknown[] = [];
  const { log } = console;
  const own = (...values: unknown[]) => void printed.push(...values);
  console.log = own;
  try {
    const lines: Record<string, string[]> = { a: [], b: [] };
    const workers = await Promise.all(["a", "b"].map((name) =>
      PersistentWorker.create({
        kind: "inline",
        target: async (word: string) => {
          console.log("before", word);
          await new Promise((resolve) => setTimeout(resolve, 0));
          console.log("after", word);
        },
        onLog: ({ text }) => void lines[name].push(text),
      })
    ));
    const calls = workers.map((worker, i) => worker.call("ab"[i]));
    console.log("this program's");
    await Promise.all(calls);
    await Promise.all(workers.map((worker) => worker.wait()));
    assertEquals(lines, { a: ["before a", "after a"], b: ["before b", "after b"] });
    assertEquals([printed, console.log === own], [["this program's"], true]);
  } finally {
    console.log = log;
  }
});

Deno.test("O3: an inline worker of which nobody wants the lines prints as this program does", async () => {
  const printed: unknown[] = [];
  const { log } = console;
  console.log = (...values: unknown[]) => void printed.push(...values);
  try {
    await using worker = await Worker.create({
      kind: "inline",
      target: () => {
        console.log("printed");
        currentMessenger().info("logged");
      },
    });
    await worker.wait();
    assertEquals(printed, ["printed"]);
  } finally {
    console.log = log;
  }
});
