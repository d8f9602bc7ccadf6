/** E4: what the callbacks of a pipeline do, here and at a server, costs the item at most that they were called for. */
import { assertEquals, assertInstanceOf, assertRejects } from "@std/assert";
import { PipelineTimeout, remote, type TaskError } from "../../mod.ts";
import type { PipelineCaller } from "../../procedures/servlet.ts";
import { Pipeline, processServlet, type Servlet, switchBy, threadServlet } from "../../servlets/mod.ts";
import { soon } from "../endings/iterator_case.ts";
import { startPair } from "../fixtures/pair.ts";
import { assertTold, DEEDS, warningsOf } from "./deeds.ts";

const talk = remote<typeof import("../fixtures/talking_stage.ts")>(import.meta.resolve("../fixtures/talking_stage.ts"));

/** More that a callback may do of which something is expected: each is the business of one item. */
const ANSWERS: Record<string, () => unknown> = {
  ...DEEDS,
  "throws nothing": () => {
    throw undefined;
  },
  "gives a thenable that never settles": () => ({ then() {} }),
  "gives a thenable that throws": () => ({
    get then() {
      throw new RangeError("the callback's own");
    },
  }),
};

/** What is said of each, as code of the error, or else its name. */
const SAID: Record<string, string> = {
  "throws": "RangeError",
  "rejects": "RangeError",
  "throws what cannot be shown": "THROWN_VALUE",
  "never settles": "PIPELINE_TIMEOUT",
  "throws nothing": "THROWN_VALUE",
  "gives a thenable that never settles": "PIPELINE_TIMEOUT",
  "gives a thenable that throws": "RangeError",
};

/** Of what never settles; whatever does, and the items around it, may take as long as they need. */
const TIMEOUT_MS = 250;

const timeoutFor = (deed: string) => SAID[deed] === "PIPELINE_TIMEOUT" ? TIMEOUT_MS : undefined;

type Numbers = Servlet<number, number>;

interface Place extends AsyncDisposable {
  readonly pipeline: PipelineCaller<number, number>;
}

const PLACES: Record<string, (servlet: Numbers) => Promise<Place>> = {
  async "a pipeline here"(servlet) {
    const pipeline = await Pipeline.start(servlet);
    return { pipeline, [Symbol.asyncDispose]: () => pipeline.stop() };
  },
  async "a served pipeline"(servlet) {
    const pair = await startPair();
    const served = await pair.server.serve("p", servlet);
    return {
      pipeline: pair.client.pipeline<Numbers>("p"),
      async [Symbol.asyncDispose]() {
        await served.stop();
        await pair[Symbol.asyncDispose]();
      },
    };
  },
};

function codeOf(error: unknown): string {
  assertInstanceOf(error, Error);
  return (error as TaskError).code ?? error.name;
}

/** One that is called for 4 does as it is told, and the items around it come through. */
async function assertCosts4({ pipeline }: Place, deed: string, preprocess?: (x: number) => number): Promise<void> {
  const limits = { returnErrors: true, timeoutMs: timeoutFor(deed) } as const;
  const options = preprocess === undefined ? limits : { ...limits, preprocess };
  const outputs: unknown[] = await soon(deed, Array.fromAsync(pipeline.stream([1, 4, 2], options)));
  assertEquals([outputs[0], codeOf(outputs[1]), outputs[2]], [1, SAID[deed], 2], deed);
  if (outputs[1] instanceof PipelineTimeout) assertEquals(outputs[1].timeoutMs, TIMEOUT_MS);
  assertEquals(await pipeline.call(3), 3);
}

for (const [name, open] of Object.entries(PLACES)) {
  for (const [deed, act] of Object.entries(ANSWERS)) {
    Deno.test(`E4: a choice of ${name} that ${deed} is its item's error, and stop() comes to its end`, async () => {
      const choose = (x: number) => x === 4 ? act() as number : 0;
      await using place = await open(switchBy(choose, threadServlet((x: number) => x)));
      await assertCosts4(place, deed);
      if (timeoutFor(deed) !== undefined) return;
      const error = await assertRejects(() => place.pipeline.call(4));
      assertEquals(codeOf(error), SAID[deed]);
    });

    Deno.test(`E4: preprocess of ${name} that ${deed} is its item's error`, async () => {
      await using place = await open(threadServlet((x: number) => x));
      const preprocess = (x: number) => x === 4 ? act() as number : x;
      await assertCosts4(place, deed, preprocess);
      if (timeoutFor(deed) !== undefined) return;
      const raised = await assertRejects(() => Array.fromAsync(place.pipeline.stream([4], { preprocess })));
      assertEquals(codeOf(raised), SAID[deed]);
    });
  }
}

Deno.test("E4: a choice that is no number of a part is refused by what it is", async () => {
  const choices = [-1, 7, 0.5, NaN, 1n, "0", Symbol("s"), Object.create(null), undefined];
  const servlet = switchBy((index: number) => choices[index] as number, threadServlet((x: number) => x));
  await using pipeline = await Pipeline.start(servlet);
  for (const index of choices.keys()) {
    assertEquals(codeOf(await pipeline.call(index).catch((error) => error)), "STAGE_FAILED");
  }
});

for (const [host, make] of Object.entries({ processServlet, threadServlet } as Record<string, typeof threadServlet>)) {
  Deno.test(`E4: onLog of a pipeline of ${host}() harms nothing else`, async () => {
    for (const [deed, act] of Object.entries(DEEDS)) {
      const warnings = await warningsOf(async () => {
        const told = Promise.withResolvers<void>();
        const onLog = () => {
          told.resolve();
          return act() as void;
        };
        await using pipeline = await Pipeline.start(make(talk.Talking), { onLog });
        assertEquals([await pipeline.call(1), await pipeline.call(2)], [1, 2]);
        await told.promise;
        await pipeline.stop();
      });
      assertTold(warnings, "onLog", deed);
    }
  });
}
