/**
 * Pipelines: throughput next to what the slowest stage allows, latency next to an echo, tiny items in batches, the gain
 * of micro-batching, bulk data, and memory with a slow consumer.
 *
 * @module
 */

import { remote } from "../mod.ts";
import { Worker } from "../workers/mod.ts";
import { ensemble, Pipeline, processServlet, sequential, threadServlet } from "../servlets/mod.ts";
import { encode } from "../wire/codec.ts";
import { alternate } from "./alternate.ts";
import { Echo } from "./peers/echo.ts";
import { ratio, type Row, spread, timeMs } from "./rows.ts";
import type { ExampleStages } from "./servlet_stages.ts";

const stages = remote<typeof import("./servlet_stages.ts")>(import.meta.resolve("./servlet_stages.ts"));
const examples = remote<ExampleStages>(import.meta.resolve("../examples/stages.ts"));

/** Everything about servlets. */
export async function benchServlets(): Promise<Row[]> {
  return [
    ...await example(),
    ...await latency(),
    ...await tinyItems(),
    ...await microBatching(),
    ...await bulk(),
    ...await slowConsumer(),
  ];
}

async function example(): Promise<Row[]> {
  const count = 1000;
  await using pipeline = await Pipeline.start(sequential(
    ensemble([processServlet(examples.GetHead), processServlet(examples.GetTail), processServlet(examples.GetLength)]),
    threadServlet(examples.repeat),
    processServlet(examples.Greet),
  ));
  const words = Array.from({ length: count }, () => "world");
  for await (const _ of pipeline.stream(words.slice(0, 50))) { /* all is loaded and compiled */ }
  // The slowest stage by itself, before and after: what it takes on this machine is a little more than what it asks for.
  const before = await alone(count / 4);
  const streamed = await timeMs(async () => {
    for await (const _ of pipeline.stream(words)) { /* only the time matters */ }
  }) / count;
  const allowed = [before, await alone(count / 4)];
  return [
    { figure: "the example's pipeline, stream of 1,000 items", value: 1000 / streamed, unit: "items/s" },
    {
      figure: "the example's pipeline / what its slowest stage allows",
      unit: "×",
      ...ratio(allowed, [streamed, streamed]),
      bar: 0.95,
      least: true,
      ratioOf: "the 12 ms stage by itself",
    },
  ];
}

/** Milliseconds of a call of the slowest stage in a process of its own. */
async function alone(count: number): Promise<number> {
  await using worker = await Worker.create({ kind: "process", target: stages.timeSlowest, args: [count] });
  await worker.wait();
  return worker.result! / count;
}

async function latency(): Promise<Row[]> {
  const same = processServlet(stages.Same);
  await using pipeline = await Pipeline.start(sequential(same, same, same));
  await using echo = await Echo.start();
  const times: Record<"call" | "echo", number[]> = { call: [], echo: [] };
  const works = { call: () => timeMs(() => pipeline.call(7)), echo: () => timeMs(() => echo.roundTrip()) };
  for (let run = 0; run < 9; run++) {
    const some = await alternate(works, { rounds: 200, warmUps: run === 0 ? 2000 : 0 });
    times.call.push(spread(some.call).value);
    times.echo.push(spread(some.echo).value);
  }
  return [
    { figure: "call through three idle process stages, medians of 200", unit: "ms", ...spread(times.call) },
    {
      figure: "call through three idle process stages / echo round trip",
      unit: "×",
      ...ratio(times.call, times.echo),
      bar: 5,
      ratioOf: "echo",
    },
  ];
}

async function tinyItems(): Promise<Row[]> {
  const count = 100_000;
  const servlet = processServlet(stages.SameBatch, { batchSize: 100 });
  await using pipeline = await Pipeline.start(servlet, { capacity: 1000 });
  const numbers = Array.from({ length: count }, (_, i) => i);
  const run = async () => {
    let sum = 0;
    for await (const x of pipeline.stream(numbers)) sum += x;
    if (sum !== count * (count - 1) / 2) throw new Error(`The sum is wrong: ${sum}`);
  };
  const { run: times } = await alternate({ run: () => timeMs(run) }, { rounds: 9, warmUps: 2 });
  return [{
    figure: "stream of 100,000 tiny items, one process stage, batches of 100",
    unit: "items/s",
    ...spread(times.map((ms) => count / ms * 1000)),
    bar: 100_000,
    least: true,
  }];
}

async function microBatching(): Promise<Row[]> {
  const numbers = Array.from({ length: 200 }, (_, i) => i);
  const model = (batchSize: number, batchWaitMs: number | "auto" = 0) =>
    Pipeline.start(processServlet(examples.Model, { options: { factor: 3 }, batchSize, batchWaitMs }), {
      capacity: 64,
    });
  await using single = await model(1);
  await using batched = await model(16, "auto");
  const rate = async (pipeline: typeof single) => {
    const ms = await timeMs(async () => {
      for await (const _ of pipeline.stream(numbers)) { /* only the time matters */ }
    });
    return numbers.length / ms * 1000;
  };
  const rates = await alternate({ single: () => rate(single), batched: () => rate(batched) }, {
    rounds: 5,
    warmUps: 1,
  });
  return [
    { figure: "a model of 5 ms a batch, one item at a time", unit: "items/s", ...spread(rates.single) },
    { figure: "a model of 5 ms a batch, batches of up to 16", unit: "items/s", ...spread(rates.batched) },
    { figure: "gain of micro-batching", unit: "×", ...ratio(rates.batched, rates.single), ratioOf: "one at a time" },
  ];
}

async function bulk(): Promise<Row[]> {
  const numbers = Float64Array.from({ length: 1 << 19 }, (_, i) => i);
  const records = Array.from({ length: 20_000 }, (_, i) => ({ id: i, name: `record ${i}`, tags: ["a", "b"] }));
  return [...await passing("numbers", numbers), ...await passing("records", records)];
}

/** What it gains that a value passes from stage to stage as the bytes that it came in. */
async function passing(what: string, value: unknown): Promise<Row[]> {
  const mib = encode(value).length / 2 ** 20;
  const same = processServlet(stages.Same);
  await using both = await Pipeline.start(sequential(same, same));
  await using one = await Pipeline.start(same);
  await using other = await Pipeline.start(same);
  const times = await alternate({
    through: () => timeMs(() => both.call(value)),
    between: () => timeMs(async () => other.call(await one.call(value))),
  }, { rounds: 15, warmUps: 3 });
  const rate = (all: readonly number[]) => all.map((ms) => mib / ms * 1000);
  return [
    {
      figure: `${mib.toFixed(1)} MiB of ${what} through two process stages`,
      unit: "MiB/s",
      ...spread(rate(times.through)),
    },
    {
      figure: `${what} that pass from stage to stage as bytes / decoded and encoded in between`,
      unit: "×",
      ...ratio(rate(times.through), rate(times.between)),
      ratioOf: "two pipelines, one after the other",
    },
  ];
}

async function slowConsumer(): Promise<Row[]> {
  const servlet = processServlet(stages.Same, { batchSize: 10 });
  await using pipeline = await Pipeline.start(servlet, { capacity: 100 });
  function* unbounded() {
    for (let i = 0;; i++) yield { i, text: `item ${i} `.repeat(10) };
  }
  let count = 0;
  let early = 0;
  for await (const _ of pipeline.stream(unbounded())) {
    count++;
    // Slower than the stage: everything that can pile up does.
    if (count % 20 === 0) await new Promise((resolve) => setTimeout(resolve));
    // The engine's heap has grown to its size by then.
    if (count === 60_000) early = Deno.memoryUsage().rss;
    if (count === 120_000) break;
  }
  const growth = (Deno.memoryUsage().rss - early) / 2 ** 20;
  return [{
    figure: "growth of memory over 60,000 items of an unbounded stream with a slow consumer",
    value: growth,
    unit: "MiB",
    bar: 16,
  }];
}
