/** E2, E3, E10: whoever waits at a pipeline, here or at a server, hears of every ending, wherever the item is. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { PipelineTimeout, TaskError } from "../../mod.ts";
import type { PipelineCaller } from "../../procedures/servlet.ts";
import { ensemble, Pipeline, sequential, switchBy, threadServlet } from "../../servlets/mod.ts";
import { later, startPair } from "../fixtures/pair.ts";
import { targets } from "../workers/kinds.ts";

/** A running pipeline of numbers, with ways to end it. */
interface Place extends AsyncDisposable {
  readonly pipeline: PipelineCaller<number, number>;
  /** Whatever ends what is inside at once, by name. */
  readonly endings: Record<string, () => Promise<unknown>>;
}

const same = threadServlet((x: number) => x);

/** A choice that is never made at 4. */
const undecided = switchBy((x: number) => x === 4 ? new Promise<number>(() => {}) : 0, same);

type Described = typeof same;

async function local(servlet: Described): Promise<Place> {
  const pipeline = await Pipeline.start(servlet);
  return {
    pipeline,
    endings: { "stop()": () => pipeline.stop({ mode: "now" }) },
    [Symbol.asyncDispose]: () => pipeline[Symbol.asyncDispose](),
  };
}

async function served(servlet: Described, ending: "client" | "server"): Promise<Place> {
  const pair = await startPair();
  await pair.server.serve("p", servlet);
  return {
    pipeline: pair.client.pipeline<Described>("p"),
    endings: {
      [`the ${ending}'s end`]: () => ending === "client" ? pair.client.close() : pair.server[Symbol.asyncDispose](),
    },
    [Symbol.asyncDispose]: () => pair[Symbol.asyncDispose](),
  };
}

const PLACES: Record<string, (servlet: Described) => Promise<Place>> = {
  "a pipeline here": local,
  "a served pipeline": (servlet) => served(servlet, "client"),
};

async function* idle(...first: number[]): AsyncGenerator<number> {
  yield* first;
  await new Promise<never>(() => {});
}

for (const [name, open] of Object.entries(PLACES)) {
  Deno.test(`E2: return() of the stream of ${name} ends a read that waits at once`, async () => {
    await using place = await open(same);
    const preprocess = () => new Promise<number>(() => {});
    for (const options of [{}, { ordered: false }, { preprocess }]) {
      const stream = place.pipeline.stream(idle(1), options);
      if (!("preprocess" in options)) assertEquals((await stream.next()).value, 1);
      const waiting = [stream.next(), stream.next()];
      assertEquals(await stream.return(), { done: true, value: undefined });
      assertEquals((await Promise.all(waiting)).map(({ done }) => done), [true, true]);
    }
    assertEquals(await place.pipeline.call(2), 2);
  });

  Deno.test(`E2: ReadableStream.from() over the stream of ${name} can be cancelled while a read waits`, async () => {
    await using place = await open(same);
    const reader = ReadableStream.from(place.pipeline.stream(idle(1))).getReader();
    assertEquals((await reader.read()).value, 1);
    const waiting = reader.read();
    await reader.cancel();
    assertEquals((await waiting).done, true);
  });
}

Deno.test("E3: stop() ends streams whose sources are idle, behind what they have sent", async () => {
  await using pipeline = await Pipeline.start(same);
  for (const options of [{}, { ordered: false }, { returnErrors: true }]) {
    await using own = await Pipeline.start(same);
    const stream = own.stream(idle(1, 2), options);
    assertEquals((await stream.next()).value, 1);
    assertEquals((await stream.next()).value, 2);
    const waiting = later(stream.next());
    await own.stop();
    const error = await assertRejects(() => waiting, TaskError);
    assertEquals([error.code, (await stream.next()).done], ["PIPELINE_STOPPED", true]);
  }
  const waiting = later(pipeline.stream(idle(1), { preprocess: () => new Promise<number>(() => {}) }).next());
  await pipeline.stop({ mode: "now" });
  assertEquals((await assertRejects(() => waiting, TaskError)).code, "PIPELINE_STOPPED");
});

Deno.test("E3: stop() lets what a stream has sent come through before it raises", async () => {
  const pipeline = await Pipeline.start(threadServlet(targets.slowSquare));
  const stream = pipeline.stream(idle(1, 2, 3));
  assertEquals((await stream.next()).value, 1);
  const stopping = pipeline.stop();
  assertEquals([(await stream.next()).value, (await stream.next()).value], [4, 9]);
  assertEquals((await assertRejects(() => stream.next(), TaskError)).code, "PIPELINE_STOPPED");
  await stopping;
});

Deno.test("E3: whoever waits for a choice that is never made hears of the end, in every kind of composition", async () => {
  const both = ensemble([undecided, same]);
  const trees = [
    undecided,
    sequential(same, undecided),
    sequential(undecided, same),
    sequential(both, threadServlet(([x]: readonly number[]) => x)),
  ];
  for (const tree of trees) {
    for (const end of ["stop", "dispose", "drain, then stop"]) {
      const pipeline = await Pipeline.start(tree as Described);
      const waiting = [later(pipeline.call(4)), later(pipeline.stream([4]).next())];
      await assertRejects(() => pipeline.call(4, { timeoutMs: 20 }), PipelineTimeout);
      const draining = end.startsWith("drain") ? pipeline.stop() : null;
      if (end === "dispose") await pipeline[Symbol.asyncDispose]();
      else await pipeline.stop({ mode: "now" });
      for (const call of waiting) {
        assertEquals((await assertRejects(() => call as Promise<unknown>, TaskError)).code, "PIPELINE_STOPPED");
      }
      await draining;
    }
  }
});

for (const ending of ["client", "server"] as const) {
  Deno.test(`E3: the end of the ${ending} reaches whoever waits at a served pipeline`, async () => {
    await using place = await served(undecided, ending);
    const { pipeline, endings } = place;
    assertEquals(await pipeline.call(1), 1);
    const stream = pipeline.stream(idle(1));
    assertEquals((await stream.next()).value, 1);
    const waiting = [later(pipeline.call(4)), later(pipeline.stream([4]).next())];
    // The one that waits for its source only has nothing to do with the server, which another may follow.
    if (ending === "client") waiting.push(later(stream.next()));
    await assertRejects(() => pipeline.call(4, { timeoutMs: 50 }), PipelineTimeout);
    await Object.values(endings)[0]();
    for (const wait of waiting) await assertRejects(() => wait as Promise<unknown>, TaskError);
    await stream.return();
  });
}

Deno.test("E10: a stream reads no more from its source than its slow reader's bytes have room for", async () => {
  const big = threadServlet((bytes: number) => new Uint8Array(bytes));
  await using pair = await startPair();
  await pair.server.serve("big", big);
  await using here = await Pipeline.start(big, { capacity: 64 });
  const there = pair.client.pipeline<typeof big>("big");
  const kib = 1024;
  const cases = [
    [here, 1024 * kib, undefined, 16],
    [here, 64 * kib, 128 * kib, 2],
    [there, 64 * kib, 128 * kib, 2],
  ] as const;
  for (const [pipeline, size, maxBufferedBytes, most] of cases) {
    const options = maxBufferedBytes === undefined ? {} : { maxBufferedBytes };
    let read = 0;
    const source = function* () {
      for (; read < 100; read++) yield size;
    };
    const stream = pipeline.stream(source(), options);
    // Before the size of any is known there are not many on their way.
    await stream.next();
    const first = read;
    assert(first <= 50, `${first} read`);
    for (let taken = 1; taken < 100; taken++) {
      await stream.next();
      if (taken > first) assert(read - taken <= most + 1, `${read} read, ${taken} taken`);
    }
    assertEquals((await stream.next()).done, true);
  }
  await assertRejects(() => here.stream([], { maxBufferedBytes: 0 }).next(), RangeError, "maxBufferedBytes");
});
