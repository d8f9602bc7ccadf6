/** Items and outputs that would hold up, or use up, whoever looks at them. */
import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { TaskError } from "../../core/errors.ts";
import { remote } from "../../procedures/remote.ts";
import { ensemble, Pipeline, processServlet, sequential, switchBy, threadServlet } from "../../servlets/mod.ts";
import { decode, encode } from "../../wire/codec.ts";
import { ITEM_BUDGET } from "../../wire/decode_budget.ts";
import { requireAnswer } from "../../wire/stage_batch.ts";
import { connectTo, startPair } from "../fixtures/pair.ts";
import { cpuMsOf } from "../helpers/cpu_time.ts";

const hostile = remote<typeof import("../fixtures/hostile.ts")>(import.meta.resolve("../fixtures/hostile.ts"));

const lengthOf = threadServlet((x: { length: number }) => x.length);

/** The code that a call is refused with. */
async function codeOf(call: Promise<unknown>): Promise<string> {
  const error = await assertRejects(() => call, TaskError);
  return error.code;
}

/** Of many copies of a value that is met often: they cost nothing to make. */
const many = (value: unknown, count: number) => new Array(count).fill(value);

/** A Map whose keys are numbers, of which anybody can make as many collide as they like. */
const numbersOf = (count: number) => new Map(Array.from({ length: count }, (_, i) => [i * 1.5, 0]));

Deno.test("W3: a switch that a server runs refuses an item that would hold the server up, to its caller alone", async () => {
  await using pair = await startPair();
  const calls: unknown[] = [];
  const choose = (x: unknown) => {
    calls.push(x);
    return 0;
  };
  await pair.server.serve("switch", switchBy(choose, lengthOf));
  const pipeline = pair.client.pipeline<ReturnType<typeof threadServlet<unknown, number>>>("switch");
  await using bystander = await connectTo(pair.server);
  const other = bystander.pipeline<typeof lengthOf>("switch");
  for (const [item, more] of [[{}, 10_000_000], [new Date(0), 2_000_000], [[], 5_000_000], [5, 10_000_000]] as const) {
    const refused = codeOf(pipeline.call(many(item, more)));
    assertEquals(await other.call([1, 2]), 2);
    assertEquals(await refused, "ITEM_TOO_LARGE");
  }
  const bare = Object.assign(new Error(""), { stack: "" });
  for (
    const item of [many(bare, 5000), numbersOf(3000), Object.fromEntries(many(0, 20_000).map((_, i) => [`k${i}`, i]))]
  ) {
    assertEquals(await codeOf(pipeline.call(item)), "ITEM_TOO_LARGE");
  }
  assertEquals(calls.length, 4);
  // What is large in bytes costs little to look at.
  assertEquals(await pipeline.call(new Uint8Array(20_000_000)), 20_000_000);
  assertEquals(await pipeline.call(many("x", 50_000)), 50_000);
});

Deno.test("W3: an output on its way into a switch, and a stage's error, are bounded in the server too", async () => {
  await using pair = await startPair();
  const makeObjects = processServlet(hostile.objects, { name: "objects" });
  await pair.server.serve("then", sequential(makeObjects, switchBy(() => 0, lengthOf)));
  const then = pair.client.pipeline<typeof lengthOf>("then");
  assertEquals(await then.call(100 as never), 100);
  const error = await assertRejects(() => then.call(2_000_000 as never), TaskError);
  assertEquals([error.code, error.stage], ["ITEM_TOO_LARGE", "switch"]);
  await pair.server.serve("raise", processServlet(hostile.raiseWith));
  const raise = pair.client.pipeline<typeof lengthOf>("raise");
  await assertRejects(() => raise.call(100 as never), RangeError, "with data");
  assertEquals(await codeOf(raise.call(1_000_000 as never)), "ITEM_TOO_LARGE");
  // Lists of outputs that nobody looks into pass as they are.
  await pair.server.serve("both", ensemble([makeObjects, makeObjects]));
  const both = pair.client.pipeline<ReturnType<typeof ensemble>>("both") as { call(x: number): Promise<object[][]> };
  assertEquals((await both.call(200_000)).map(({ length }) => length), [200_000, 200_000]);
});

Deno.test("W3: an item or an output of more than 20 million items costs its own caller, and neither stage nor batch", async () => {
  await using pipeline = await Pipeline.start(
    processServlet((x: unknown) => Array.isArray(x) ? x.length : new Array(x as number).fill({}), {
      batchSize: 3,
      batchWaitMs: 100,
    }),
  );
  const outcomes = await Promise.all(
    [[1, 2], many({}, 6_000_000), 2].map((x) => pipeline.call(x).catch(({ code }) => code)),
  );
  assertEquals(outcomes, [2, "ITEM_TOO_LARGE", [{}, {}]]);
  const outputs = await Promise.all([[1], 6_000_000].map((x) => pipeline.call(x).catch(({ code }) => code)));
  assertEquals(outputs, [1, "RESULT_TOO_LARGE"]);
  assertEquals(pipeline.snapshot().stages.map(({ restarts }) => restarts), [0]);
});

Deno.test("requireAnswer() takes what fits the batch, and refuses what would be looked up beyond it", () => {
  const outputs = Uint8Array.of(1, 2, 3);
  requireAnswer([1.5, [1], [1, 3], outputs], 2);
  const bad = [
    ...[null, 7, [], [1, [], [3], outputs], [NaN, [], [1, 3], outputs], [-1, [], [1, 3], outputs]],
    ...[[1, null, [1, 3], outputs], [1, [], [1, 2, 3], outputs], [1, [], [1, 2], outputs], [1, [], [2, 1], outputs]],
    ...[[1, [], [1, 4], outputs], [1, [], [1.5, 3], outputs], [1, [], ["1", 3], outputs], [1, [], [1, 3], [1, 2, 3]]],
  ];
  for (const answer of bad) {
    assertEquals(assertThrows(() => requireAnswer(answer, 2), TaskError).code, "MALFORMED_MESSAGE");
  }
});

Deno.test("W3: what the server's own budget lets through takes a turn of milliseconds", () => {
  const worst = [many({}, 49_000), many([], 49_000), many(new Date(NaN), 40_000), many(new Uint8Array(), 14_000)];
  worst.push(many(Object.assign(new Error(""), { stack: "" }), 2900), many(5, 290_000), many(new Map(), 17_000));
  for (const value of worst) {
    const bytes = encode(value);
    const spent = cpuMsOf(() => decode(bytes, { budget: ITEM_BUDGET, views: true }));
    // Some 20 ms on a machine that does nothing else.
    assert(spent < 500, `${spent} ms`);
  }
});
