import { assert, assertEquals, assertInstanceOf, assertRejects, assertStringIncludes } from "@std/assert";
import { type Clock, systemClock } from "../../core/clock.ts";
import {
  EnsembleFailed,
  NotSendable,
  PipelineFull,
  PipelineTimeout,
  StageFailed,
  TaskCrashed,
  TaskError,
} from "../../core/errors.ts";
import type { Servlet } from "../../procedures/servlet.ts";
import { ensemble, type Pipeline, processServlet, sequential, switchBy, threadServlet } from "../../servlets/mod.ts";
import { startPipeline } from "../../servlets/pipeline.ts";
import * as stages from "../fixtures/stages.ts";
import { FakeClock } from "../helpers/fake_clock.ts";
import { DEATH, InlineHost } from "../helpers/inline_stages.ts";

interface Params {
  capacity?: number;
  clock?: Clock;
  host?: InlineHost;
}

function start<In, Out>(
  servlet: Servlet<In, Out>,
  { capacity = 256, clock = systemClock, host = new InlineHost() }: Params = {},
): Promise<Pipeline<In, Out>> {
  return startPipeline(servlet, { capacity, clock, hire: host.hire });
}

/** A stage function that begins with an item and goes on when it is told to. */
function gated() {
  const begun: number[] = [];
  const gate = Promise.withResolvers<void>();
  let wake = () => {};
  const fn = async (x: number) => {
    begun.push(x);
    wake();
    await gate.promise;
    return x;
  };
  const hasBegun = async (count: number) => {
    while (begun.length < count) await new Promise<void>((resolve) => wake = resolve);
  };
  return { fn, begun, hasBegun, open: gate.resolve };
}

const range = (count: number) => Array.from({ length: count }, (_, i) => i);
/** Lets everything run that waits for nothing from outside. */
const settled = () => new Promise<void>((resolve) => setTimeout(resolve));

// -- Stages --

Deno.test("a stage's constructor and init are told name, worker and options", async () => {
  await using pipeline = await start(processServlet(stages.Told, { options: { base: 40 }, name: "told" }));
  assertEquals(await pipeline.call(2), { sum: 42, worker: "told-0", size: 1 });
});

Deno.test("preprocess costs only its own item, and the batch has only the others", async () => {
  await using pipeline = await start(processServlet(stages.Even, { batchSize: 4, batchWaitMs: 1 }));
  const outcomes = await Promise.all([2, 3, 4, 5].map((x) => pipeline.call(x).catch((error) => error)));
  assertEquals([outcomes[0], outcomes[2]], [[1, 2], [2, 2]]);
  assertInstanceOf(outcomes[1], RangeError);
  assertEquals([outcomes[1].message, (outcomes[1] as { stage?: string }).stage], ["3 is odd", "Even"]);
});

Deno.test("an Error in a batch's list fails just its own item", async () => {
  await using pipeline = await start(processServlet(stages.MixedBatch, { batchSize: 4 }));
  const [nine, bad] = await Promise.all([9, -9].map((x) => pipeline.call(x).catch((error) => error)));
  assertEquals([nine, bad.message, bad.stage], [3, "-9 is negative", "MixedBatch"]);
});

Deno.test("a stage's dispose runs when the pipeline drains", async () => {
  const done: string[] = [];
  class Held {
    call(x: number): number {
      return x;
    }
    [Symbol.asyncDispose](): Promise<void> {
      done.push("disposed");
      return Promise.resolve();
    }
  }
  const host = new InlineHost();
  const hire: InlineHost["hire"] = (stage, index) => host.hire({ ...stage, target: Held as never }, index);
  const pipeline = await startPipeline(threadServlet((x: number) => x), { capacity: 1, clock: systemClock, hire });
  assertEquals(await pipeline.call(5), 5);
  await pipeline.stop();
  assertEquals(done, ["disposed"]);
});

// -- Defects of mpservice, by their number in the inventory of its features --

Deno.test("defects 19, 20, 31: an error goes past the later stages and arrives as itself, with stage and remote stack", async () => {
  const later = gated();
  await using pipeline = await start(
    sequential(processServlet(stages.Capricious), threadServlet(later.fn as (x: unknown) => unknown)),
  );
  const error = await assertRejects(() => pipeline.call("throw"), RangeError, "as told");
  assertEquals((error as Error & { stage: string }).stage, "Capricious");
  assertStringIncludes((error as TaskError).remoteStack!, "stages.ts");
  assertEquals(later.begun, []);
});

Deno.test("defect 22: a switch that picks nothing, or throws, fails its own item and no other", async () => {
  const pick = (x: number) => {
    if (x === 7) throw new RangeError("no sevens");
    return x === 8 ? NaN : x;
  };
  await using pipeline = await start(switchBy(pick, threadServlet(stages.addOne)));
  for (const [x, message] of [[1, "picked 1"], [-1, "picked -1"], [0.5, "picked 0.5"], [8, "picked NaN"]] as const) {
    const error = await assertRejects(() => pipeline.call(x), StageFailed, message);
    assertEquals(error.stage, "pick");
  }
  const error = await assertRejects(() => pipeline.call(7), RangeError, "no sevens");
  assertEquals((error as Error & { stage: string }).stage, "pick");
  assertEquals(await pipeline.call(0), 1);
});

Deno.test("defects 17, 29: a stage that does not start stops everything, with the cause; the servlet can start again", async () => {
  const host = new InlineHost();
  const servlet = sequential(threadServlet(stages.addOne, { workers: 2 }), processServlet(stages.Unloadable));
  const error = await assertRejects(() => start(servlet, { host }), StageFailed, "no such model");
  assertEquals([error.stage, (error.cause as Error).name], ["Unloadable", "TypeError"]);
  // The third could not be started, and there is nothing of it to close.
  assertEquals(host.workers.map(({ isClosed }) => isClosed), [true, true, false]);
  await using again = await start(threadServlet(stages.addOne));
  assertEquals(await again.call(1), 2);
});

Deno.test("defect 29: a drain lets all items of a stage with several workers come through", async () => {
  const stage = gated();
  const pipeline = await start(threadServlet(stage.fn, { workers: 3 }));
  const calls = Promise.all(range(9).map((x) => pipeline.call(x)));
  await stage.hasBegun(3);
  const stopped = pipeline.stop();
  stage.open();
  assertEquals(await calls, range(9));
  await stopped;
});

Deno.test("defects 29, 30: a stop now drops what is inside; a call after it is refused at once", async () => {
  const stage = gated();
  const pipeline = await start(threadServlet(stage.fn), { capacity: 2 });
  const calls = range(4).map((x) => pipeline.call(x).catch((error) => error.code));
  await stage.hasBegun(1);
  await pipeline.stop({ mode: "now" });
  assertEquals(await Promise.all(calls), range(4).map(() => "PIPELINE_STOPPED"));
  const error = await assertRejects(() => pipeline.call(1), TaskError);
  assertEquals(error.code, "PIPELINE_STOPPED");
  await pipeline.stop();
  stage.open();
});

Deno.test("defects 32, 36: a worker that dies is replaced, and its items are begun again, each alone", async () => {
  const host = new InlineHost();
  const stage = gated();
  await using pipeline = await start(threadServlet(stage.fn, { batchSize: 3 }), { host });
  const calls = [1, 2, 3].map((x) => pipeline.call(x));
  await stage.hasBegun(1);
  host.workers[0].die();
  stage.open();
  assertEquals(await Promise.all(calls), [1, 2, 3]);
  const [{ restarts, batchSizes, workers }] = pipeline.snapshot().stages;
  assertEquals([restarts, workers, batchSizes], [1, 1, { 1: 3, 3: 1 }]);
});

Deno.test("an item that kills its worker fails with the crash, the others of its batch do not", async () => {
  const host = new InlineHost();
  const stage = threadServlet((x: string) => x, { name: "fragile", batchSize: 4, batchWaitMs: 1, maxAttempts: 3 });
  await using pipeline = await start(stage, { host });
  const outcomes = await Promise.all(["a", DEATH, "b", "c"].map((x) => pipeline.call(x).catch((error) => error)));
  assertEquals(outcomes.toSpliced(1, 1), ["a", "b", "c"]);
  assertInstanceOf(outcomes[1], TaskCrashed);
  assertEquals(outcomes[1].stage, "fragile");
  assertEquals(host.workers.length, 4);
});

Deno.test("with maxAttempts 1 nothing is begun twice", async () => {
  const host = new InlineHost();
  await using pipeline = await start(threadServlet((x: string) => x, { maxAttempts: 1 }), { host });
  await assertRejects(() => pipeline.call(DEATH), TaskCrashed);
  assertEquals([await pipeline.call("a"), host.workers.length], ["a", 2]);
});

Deno.test("of a worker that dies only the first batch has begun: what it had ahead costs no attempt", async () => {
  const host = new InlineHost();
  const stage = gated();
  const fn = (x: number) => x === 0 ? x : stage.fn(x);
  await using pipeline = await start(threadServlet(fn, { maxAttempts: 1 }), { host });
  await pipeline.call(0);
  const calls = [1, 2].map((x) => pipeline.call(x).catch((error) => error));
  await stage.hasBegun(1);
  assertEquals(pipeline.snapshot().stages[0].inService, 2);
  host.workers[0].die();
  stage.open();
  const [first, second] = await Promise.all(calls);
  assertInstanceOf(first, TaskCrashed);
  assertEquals(second, 2);
});

Deno.test("what nobody wants any more is not begun again when its worker dies", async () => {
  const host = new InlineHost();
  const stage = gated();
  await using pipeline = await start(threadServlet(stage.fn), { host });
  const controller = new AbortController();
  const call = pipeline.call(1, { signal: controller.signal }).catch(() => "given up");
  await stage.hasBegun(1);
  controller.abort();
  assertEquals(await call, "given up");
  host.workers[0].die();
  stage.open();
  assertEquals([await pipeline.call(2), stage.begun], [2, [1, 2]]);
});

Deno.test("a stage whose workers die idle again and again, or cannot be replaced, fails what waits, with the cause", async () => {
  const host = new InlineHost();
  await using pipeline = await start(threadServlet(stages.addOne, { name: "mortal" }), { host });
  for (let i = 0; i < 3; i++) {
    host.workers[i].die();
    await settled();
  }
  assertEquals(host.workers.length, 3);
  const error = await assertRejects(
    () => pipeline.call(1),
    StageFailed,
    "has no workers any more: The worker was killed",
  );
  assertEquals(error.stage, "mortal");

  let hired = 0;
  const hire: InlineHost["hire"] = (stage, index) => {
    if (hired++ > 0) return Promise.reject(new RangeError("no more models"));
    return host.hire(stage, index);
  };
  await using other = await startPipeline(threadServlet((x: string) => x), { capacity: 9, clock: systemClock, hire });
  await assertRejects(() => other.call(DEATH), StageFailed, "no more models");
});

Deno.test("defect 33: what is no Error arrives as one", async () => {
  await using pipeline = await start(processServlet(stages.Capricious));
  const error = await assertRejects(() => pipeline.call("text"), TaskError, "no error");
  assertEquals([error.code, error.stage, error.cause], ["THROWN_VALUE", "Capricious", "no error"]);
});

Deno.test("defect 34: what cannot be sent, in or out, costs its own item alone", async () => {
  await using pipeline = await start(processServlet(stages.Capricious, { batchSize: 4, batchWaitMs: 1 }));
  const inputs = ["a", () => {}, "function", "cycle", "b"] as string[];
  const outcomes = await Promise.all(inputs.map((x) => pipeline.call(x).catch((error) => error)));
  assertEquals([outcomes[0], outcomes[4]], ["a", "b"]);
  for (const [at, code] of [[1, "NOT_SENDABLE"], [2, "RESULT_NOT_SENDABLE"], [3, "RESULT_NOT_SENDABLE"]] as const) {
    assertInstanceOf(outcomes[at], NotSendable);
    assertEquals([outcomes[at].code, outcomes[at].stage], [code, "Capricious"]);
  }
});

Deno.test("defect 35: a batch whose answer has the wrong length fails by name", async () => {
  for (const [stage, message] of [[stages.TooFew, "a list of 0"], [stages.NoList, "no list"]] as const) {
    await using pipeline = await start(processServlet(stage, { batchSize: 3 }));
    const error = await assertRejects(() => pipeline.call(1), StageFailed, message);
    assertEquals(error.stage, stage.name);
  }
});

// -- Ensembles --

Deno.test("failFast settles an item at its first error, and parts that have not begun with it never do", async () => {
  const slow = gated();
  const fail = (x: number) => {
    if (x === 1) throw new RangeError("one");
    return x;
  };
  await using pipeline = await start(ensemble([threadServlet(slow.fn), threadServlet(fail)]));
  const first = pipeline.call(0);
  await slow.hasBegun(1);
  await assertRejects(() => pipeline.call(1), RangeError, "one");
  slow.open();
  assertEquals(await first, [0, 0]);
  assertEquals(slow.begun, [0]);
});

Deno.test("without failFast errors stand in their places; when all have failed that is an error", async () => {
  const fail = (x: number) => {
    if (x < 2) throw new RangeError(`${x} is too small`);
    return x;
  };
  const odd = (x: number) => {
    if (x % 2 === 0) throw new TypeError(`${x} is even`);
    return x;
  };
  await using pipeline = await start(ensemble([threadServlet(fail), threadServlet(odd)], { failFast: false }));
  assertEquals(await pipeline.call(3), [3, 3]);
  const [error, one] = await pipeline.call(1);
  assertEquals(one, 1);
  assertInstanceOf(error, RangeError);
  assertEquals((error as Error & { stage: string }).stage, "fail");
  const failed = await assertRejects(() => pipeline.call(0), EnsembleFailed, "All 2 parts");
  assertEquals(failed.errors.map(({ message }) => message), ["0 is too small", "0 is even"]);
});

// -- Capacity and time --

Deno.test("call() waits for a place, or is refused; a place is free when its item is through", async () => {
  const stage = gated();
  await using pipeline = await start(threadServlet(stage.fn), { capacity: 2 });
  const inside = [pipeline.call(0), pipeline.call(1)];
  const waiting = pipeline.call(2);
  const error = await assertRejects(() => pipeline.call(3, { backpressure: "refuse" }), PipelineFull);
  assertEquals(error.capacity, 2);
  assertEquals([pipeline.snapshot().backlog, pipeline.snapshot().waiting], [2, 1]);
  stage.open();
  assertEquals(await Promise.all([...inside, waiting]), [0, 1, 2]);
  assertEquals(await pipeline.call(3, { backpressure: "refuse" }), 3);
  assertEquals(pipeline.snapshot().backlog, 0);
});

Deno.test("defects 25, 32: an item whose time is over is given up wherever it is, and its place is free", async () => {
  const clock = new FakeClock();
  const stage = gated();
  await using pipeline = await start(threadServlet(stage.fn, { name: "slow" }), { clock, capacity: 2 });
  const calls = [0, 1, 2].map((x) => pipeline.call(x, { timeoutMs: 50 }).catch((error) => error));
  await stage.hasBegun(1);
  clock.advance(49);
  await settled();
  assertEquals([pipeline.snapshot().backlog, pipeline.snapshot().waiting], [2, 1]);
  clock.advance(1);
  const errors = await Promise.all(calls);
  for (const error of errors) assertInstanceOf(error, PipelineTimeout);
  assertEquals(errors.map(({ stage, timeoutMs }) => [stage, timeoutMs]), [["slow", 50], ["slow", 50], [undefined, 50]]);
  assertStringIncludes(errors[2].message, "waited for a place");
  assertEquals([pipeline.snapshot().backlog, pipeline.snapshot().waiting, clock.timers], [0, 0, []]);
  stage.open();
  assertEquals(await pipeline.call(7), 7);
  // The one that had not begun never did.
  assertEquals(stage.begun, [0, 7]);
});

Deno.test("timeoutMs 0 is over at once unless the item is through", async () => {
  const clock = new FakeClock();
  const stage = gated();
  await using pipeline = await start(threadServlet(stage.fn), { clock });
  const call = pipeline.call(1, { timeoutMs: 0 }).catch((error) => error);
  await stage.hasBegun(1);
  clock.advance(0);
  assertInstanceOf(await call, PipelineTimeout);
  stage.open();
});

Deno.test("a signal gives an item up; one that has fired already sends nothing", async () => {
  const stage = gated();
  await using pipeline = await start(threadServlet(stage.fn));
  const controller = new AbortController();
  const calls = [0, 1].map((x) => pipeline.call(x, { signal: controller.signal }));
  await stage.hasBegun(1);
  const reason = new Error("enough");
  const rejected = Promise.all(calls.map((call) => assertRejects(() => call, Error, "enough")));
  controller.abort(reason);
  await rejected;
  await assertRejects(() => pipeline.call(2, { signal: AbortSignal.abort(reason) }), Error, "enough");
  stage.open();
  assertEquals([await pipeline.call(3), stage.begun], [3, [0, 3]]);
});

Deno.test("the place of an item that is given up is free in that very turn", async () => {
  const stage = gated();
  await using pipeline = await start(threadServlet(stage.fn, { workers: 2 }), { capacity: 1 });
  const controller = new AbortController();
  const call = pipeline.call(1, { signal: controller.signal }).catch(() => "given up");
  await stage.hasBegun(1);
  controller.abort();
  const next = pipeline.call(2, { backpressure: "refuse" });
  stage.open();
  assertEquals(await Promise.all([call, next]), ["given up", 2]);
});

Deno.test("a switch that never decides does not hold an item beyond its time", async () => {
  const clock = new FakeClock();
  const undecided = () => new Promise<number>(() => {});
  await using pipeline = await start(switchBy(undecided, threadServlet(stages.addOne)), { clock });
  const call = pipeline.call(1, { timeoutMs: 10 }).catch((error) => error);
  await settled();
  clock.advance(10);
  const error = await call;
  assertInstanceOf(error, PipelineTimeout);
  assertEquals(error.stage, "undecided");
});

// -- Streams --

Deno.test("defect 26: a stream reads no more of its source than there are places, while nobody takes from it", async () => {
  let read = 0;
  function* source() {
    for (;;) yield read++;
  }
  await using pipeline = await start(threadServlet(stages.addOne), { capacity: 10 });
  await using stream = pipeline.stream(source());
  assertEquals((await stream.next()).value, 1);
  await settled();
  assertEquals(read, 11);
  assertEquals((await stream.next()).value, 2);
  await settled();
  assertEquals(read, 12);
});

Deno.test("defect 26: a consumer that leaves gives up what is inside; calls go on, the source is closed", async () => {
  let isClosed = false;
  async function* source() {
    try {
      for (let i = 0;; i++) yield i;
    } finally {
      isClosed = true;
    }
  }
  const host = new InlineHost();
  await using pipeline = await start(threadServlet(stages.addOne), { capacity: 10, host });
  for await (const y of pipeline.stream(source())) if (y === 3) break;
  await settled();
  assertEquals([isClosed, pipeline.snapshot().backlog], [true, 0]);
  assertEquals(await pipeline.call(1, { backpressure: "refuse" }), 2);
});

Deno.test("what a consumer that leaves has in a stage's line is not begun", async () => {
  const stage = gated();
  const fn = (x: number) => x === 0 ? x : stage.fn(x);
  await using pipeline = await start(threadServlet(fn));
  for await (const y of pipeline.stream([0, 1, 2, 3, 4, 5])) if (y === 0) break;
  stage.open();
  assertEquals(await pipeline.call(9), 9);
  // The first was with the worker, and one may have been ahead of it.
  assert(stage.begun.length <= 3, `${stage.begun}`);
  assertEquals(stage.begun.at(-1), 9);
});

Deno.test("a stream whose source never gives anything can be left", async () => {
  await using pipeline = await start(threadServlet(stages.addOne));
  const source = { [Symbol.asyncIterator]: () => ({ next: () => new Promise<IteratorResult<number>>(() => {}) }) };
  const controller = new AbortController();
  const stream = pipeline.stream(source, { signal: controller.signal });
  const next = stream.next().catch((error) => error.message);
  controller.abort(new Error("left"));
  assertEquals(await next, "left");
});

Deno.test("an error of the source is raised behind what came before it, also with returnErrors", async () => {
  function* source() {
    yield 1;
    yield 2;
    throw new RangeError("source");
  }
  await using pipeline = await start(threadServlet(stages.addOne));
  const taken: unknown[] = [];
  const error = await (async () => {
    for await (const y of pipeline.stream(source(), { returnErrors: true })) taken.push(y);
  })().catch((error) => error);
  assertEquals([taken, error.message], [[2, 3], "source"]);
});

Deno.test("defect 27: what preprocess throws is the error of that very item", async () => {
  await using pipeline = await start(threadServlet(stages.addOne));
  const preprocess = (x: string) => {
    if (x === "bad") throw new RangeError("bad input");
    return Promise.resolve(Number(x));
  };
  const options = { preprocess, returnInput: true, returnErrors: true } as const;
  const pairs = await Array.fromAsync(pipeline.stream(["bad", "1", "bad", "2"], options));
  assertEquals(pairs.map(([x]) => x), ["bad", "1", "bad", "2"]);
  assertEquals(pairs.map(([, y]) => y instanceof Error ? y.message : y), ["bad input", 2, "bad input", 3]);
});

Deno.test("a stream without order gives what is done first", async () => {
  const gate = Promise.withResolvers<void>();
  const fn = async (x: number) => {
    if (x === 0) await gate.promise;
    return x;
  };
  await using pipeline = await start(threadServlet(fn, { workers: 2 }));
  const taken: number[] = [];
  for await (const y of pipeline.stream([0, 1, 2], { ordered: false })) {
    taken.push(y);
    if (taken.length === 2) gate.resolve();
  }
  assertEquals(taken, [1, 2, 0]);
});

Deno.test("a stream of nothing, and one of an unbounded source", async () => {
  await using pipeline = await start(threadServlet(stages.addOne), { capacity: 1 });
  assertEquals(await Array.fromAsync(pipeline.stream([])), []);
  function* naturals() {
    for (let i = 0;; i++) yield i;
  }
  let sum = 0;
  for await (const y of pipeline.stream(naturals())) {
    sum += y;
    if (y === 1000) break;
  }
  assertEquals(sum, 500_500);
});

// -- Descriptions --

Deno.test("eight stages in sequence, and a nesting of sixty, work", async () => {
  const one = threadServlet(stages.addOne);
  await using eight = await start(sequential(one, one, one, one, one, one, one, one));
  assertEquals(await eight.call(0), 8);
  let deep: Servlet<number, number> = one;
  for (let i = 0; i < 60; i++) deep = sequential(switchBy(() => 0, deep), one);
  await using nested = await start(deep);
  assertEquals(await nested.call(0), 61);
});

Deno.test("snapshot() tells what waits, what is in service, and how large batches were", async () => {
  const stage = gated();
  await using pipeline = await start(threadServlet(stage.fn, { name: "slow", batchSize: 2 }), { capacity: 8 });
  const calls = range(5).map((x) => pipeline.call(x));
  await stage.hasBegun(1);
  const { stages: [before], ...rest } = pipeline.snapshot();
  assertEquals(rest, { state: "running", capacity: 8, backlog: 5, waiting: 0 });
  assertEquals([before.name, before.waiting, before.inService, before.served], ["slow", 3, 2, 0]);
  stage.open();
  await Promise.all(calls);
  const { waiting, inService, served, batchSizes, serviceMs } = pipeline.snapshot().stages[0];
  assertEquals([waiting, inService, served, batchSizes], [0, 0, 5, { 1: 1, 2: 2 }]);
  assert(serviceMs! >= 0);
});

Deno.test("E6: where nobody waits a worker may take its time with what was given up; else it is replaced", async () => {
  const clock = new FakeClock();
  const stage = gated();
  await using pipeline = await start(threadServlet(stage.fn), { clock });
  const restarts = () => pipeline.snapshot().stages[0].restarts;
  const given = pipeline.call(0, { timeoutMs: 50 }).catch((error) => error);
  await stage.hasBegun(1);
  clock.advance(50);
  assertInstanceOf(await given, PipelineTimeout);
  clock.advance(60_000);
  assertEquals([restarts(), clock.timers], [0, []]);
  const next = pipeline.call(1, { timeoutMs: 10_000 });
  await settled();
  // It has had its time.
  clock.advance(0);
  await stage.hasBegun(2);
  assertEquals(restarts(), 1);
  stage.open();
  assertEquals(await next, 1);
});

Deno.test("E6: a worker that comes back in time from what was given up stays", async () => {
  const clock = new FakeClock();
  const stage = gated();
  await using pipeline = await start(threadServlet(stage.fn), { clock });
  const given = pipeline.call(0, { timeoutMs: 50 }).catch((error) => error);
  await stage.hasBegun(1);
  clock.advance(50);
  await given;
  const next = pipeline.call(1);
  await settled();
  clock.advance(999);
  await settled();
  stage.open();
  assertEquals([await next, pipeline.snapshot().stages[0].restarts, clock.timers], [1, 0, []]);
});
