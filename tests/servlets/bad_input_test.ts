import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { ensemble, Pipeline, processServlet, sequential, switchBy, threadServlet } from "../../servlets/mod.ts";
import { TaskError } from "../../mod.ts";
import { startPair } from "../fixtures/pair.ts";
import * as stages from "../fixtures/stages.ts";

const one = threadServlet(stages.addOne);
const bad = (value: unknown) => value as never;
const untyped = (fn: unknown) => fn as () => void;

Deno.test("compositions without parts, or of what is no servlet, are refused", () => {
  assertThrows(() => untyped(sequential)(), TypeError, "Cannot make a sequence without parts");
  assertThrows(() => ensemble([]), TypeError, "Cannot make an ensemble without parts");
  assertThrows(() => switchBy(() => 0), TypeError, "Cannot make a switch without parts");
  for (const value of [null, undefined, 3, {}, stages.addOne, { kind: "stage" }]) {
    assertThrows(() => sequential(one, bad(value)), TypeError, "as a servlet");
  }
  assertThrows(() => ensemble(bad(one)), TypeError, "must be a list");
  assertThrows(() => ensemble([one], bad({ failFast: "no" })), TypeError, "failFast");
  assertThrows(() => ensemble([one], bad({ failfast: true })), TypeError, "failfast");
  assertThrows(() => switchBy(bad(0), one), TypeError, "must be a function");
});

Deno.test("stage options out of range are refused by name", () => {
  const options: [Record<string, unknown>, string][] = [
    [{ batchSize: 0 }, "batchSize of the stage addOne"],
    [{ batchSize: -1 }, "batchSize"],
    [{ batchSize: 1.5 }, "batchSize"],
    [{ batchWaitMs: -1 }, "batchWaitMs"],
    [{ batchWaitMs: NaN }, "batchWaitMs"],
    [{ batchWaitMs: "never" }, "batchWaitMs"],
    [{ workers: 0 }, "workers"],
    [{ maxAttempts: 0 }, "maxAttempts"],
    [{ memoryMb: 1 }, "memoryMb"],
    [{ cpus: [] }, "cpus"],
    [{ cpus: [-1] }, "cpus"],
    [{ cpus: [[]] }, "cpus"],
    [{ cpus: [0], workers: 2 }, "2 workers with cpus for 1"],
  ];
  for (const [option, message] of options) {
    assertThrows(() => processServlet(stages.addOne, bad(option)), RangeError, message);
  }
  for (const option of [{ batchSize: "3" }, { cpus: ["0"] }, { cpus: 3 }]) {
    assertThrows(() => processServlet(stages.addOne, bad(option)), TypeError, Object.keys(option)[0]);
  }
  for (const option of [{ name: "" }, { name: 3 }, { batchsize: 3 }, { permissions: { all: true } }]) {
    assertThrows(() => processServlet(stages.addOne, bad(option)), TypeError);
  }
  assertThrows(() => threadServlet(stages.addOne, bad({ cpus: [0] })), TypeError, '"cpus"');
});

Deno.test("what is no stage is refused", () => {
  for (const value of [null, undefined, 3, "addOne", {}]) {
    assertThrows(() => processServlet(bad(value)), TypeError, "as a stage");
  }
  assertThrows(() => processServlet(bad(stages.NoModule)), TypeError, "static module = import.meta.url");
});

Deno.test("descriptions are immutable", () => {
  assertThrows(() => Object.assign(one, { batchSize: 0 }), TypeError);
  const both = ensemble([one, one]) as unknown as { parts: unknown[] };
  assertThrows(() => both.parts.push(one), TypeError);
});

Deno.test("pipelines, calls and streams with wrong options are refused", async () => {
  await assertRejects(() => Pipeline.start(bad({})), TypeError, "as a servlet");
  for (const capacity of [0, -1, 1.5, NaN]) {
    await assertRejects(() => Pipeline.start(one, { capacity }), RangeError, "capacity");
  }
  await assertRejects(() => Pipeline.start(one, { capacity: bad("3") }), TypeError, "capacity");
  await assertRejects(() => Pipeline.start(one, bad({ size: 3 })), TypeError, "size");
  await using pipeline = await Pipeline.start(one);
  await assertRejects(() => pipeline.call(1, { timeoutMs: -1 }), RangeError, "timeoutMs");
  await assertRejects(() => pipeline.call(1, { backpressure: bad(true) }), RangeError, "backpressure");
  await assertRejects(() => pipeline.call(1, bad({ timeout: 3 })), TypeError, "timeout");
  for (const source of [null, 3, {}]) await assertRejects(() => pipeline.stream(bad(source)).next(), TypeError);
  await assertRejects(() => pipeline.stream([], bad({ return_x: true })).next(), TypeError, "return_x");
  await assertRejects(() => pipeline.stop({ mode: bad("soon") }), RangeError, "mode");
  assertEquals(await pipeline.call(1), 2);
});

Deno.test("items that are together more than a message holds are worked on all the same, each alone", async () => {
  await using pipeline = await Pipeline.start(
    processServlet((bytes: Uint8Array) => bytes.length, { batchSize: 2, batchWaitMs: 1000 }),
  );
  const items = [new Uint8Array(40 << 20), new Uint8Array(40 << 20)];
  assertEquals(await Promise.all(items.map((item) => pipeline.call(item))), [40 << 20, 40 << 20]);
});

Deno.test("V4: what a switch throws that is no error is told with what is in it, here and at a server", async () => {
  const thrown = [{ a: 1 }, Object.create(null), "a text"];
  const servlet = switchBy((x: number): number => {
    throw thrown[x];
  }, one);
  await using here = await Pipeline.start(servlet);
  await using pair = await startPair();
  await pair.server.serve("switch", servlet);
  for (const pipeline of [here, pair.client.pipeline<typeof servlet>("switch")]) {
    for (const [x, says] of ['{"a":1}', "a value that cannot be shown", "a text"].entries()) {
      const error = await assertRejects(() => pipeline.call(x), TaskError);
      assertEquals([error.code, error.message], ["THROWN_VALUE", `A value was thrown that is not an Error: ${says}`]);
    }
  }
});
