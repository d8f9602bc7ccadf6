/** What the compiler infers and refuses; nothing of it runs, but what can be made is made. */
import { assertEquals, assertThrows } from "@std/assert";
import type { Client } from "../../client.ts";
import type { Messenger } from "../../procedures/messenger.ts";
import { remote } from "../../procedures/remote.ts";
import {
  ensemble,
  type InputOf,
  type OutputOf,
  Pipeline,
  processServlet,
  sequential,
  type Servlet,
  switchBy,
  threadServlet,
} from "../../servlets/mod.ts";
import * as classes from "../fixtures/stages.ts";

const stages = remote<typeof import("../fixtures/stages.ts")>(import.meta.resolve("../fixtures/stages.ts"));

/** Holds when both types are the same. */
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends (<T>() => T extends B ? 1 : 2) ? true : false;
function same<A, B>(..._: Same<A, B> extends true ? [] : ["these types differ"]): void {}

Deno.test("a stage's types follow from its class, from its reference, and from a function", () => {
  const greet = processServlet(stages.Greet);
  same<InputOf<typeof greet>, string | number>();
  same<OutputOf<typeof greet>, string>();
  same<typeof greet, ReturnType<() => Servlet<string | number, string>>>();
  const doubled = processServlet(classes.Doubled, { batchSize: 8 });
  same<[InputOf<typeof doubled>, OutputOf<typeof doubled>], [number, number]>();
  const even = processServlet(stages.Even);
  same<[InputOf<typeof even>, OutputOf<typeof even>], [number, [number, number]]>();
  const mixed = processServlet(stages.MixedBatch);
  same<OutputOf<typeof mixed>, number>();
  const shout = threadServlet(stages.shout);
  same<[InputOf<typeof shout>, OutputOf<typeof shout>], [string, string]>();
  const length = threadServlet((x: string) => Promise.resolve(x.length));
  same<[InputOf<typeof length>, OutputOf<typeof length>], [string, number]>();
});

Deno.test("a composition's types follow from its parts", () => {
  const all = ensemble([processServlet(stages.Greet), threadServlet((x: string) => x.length)]);
  same<[InputOf<typeof all>, OutputOf<typeof all>], [string, [string, number]]>();
  const some = ensemble([processServlet(stages.Greet), threadServlet((x: string) => x.length)], { failFast: false });
  same<OutputOf<typeof some>, [string | Error, number | Error]>();
  const whole = sequential(all, threadServlet(([greeting, length]: [string, number]) => greeting.repeat(length)));
  same<[InputOf<typeof whole>, OutputOf<typeof whole>], [string, string]>();
  const either = switchBy((x: string) => x.length, whole, threadServlet((x: string) => x.length));
  same<[InputOf<typeof either>, OutputOf<typeof either>], [string, string | number]>();
});

Deno.test("V10: switchBy() takes a list of parts as ensemble() does, or the parts one by one", () => {
  const parts = [processServlet(stages.Greet), threadServlet((x: string) => x.length)] as const;
  const listed = switchBy((x: string) => x.length, parts);
  same<[InputOf<typeof listed>, OutputOf<typeof listed>], [string, string | number]>();
  const inline = switchBy((x: string) => x.length, [threadServlet((x: string) => x.length)]);
  same<[InputOf<typeof inline>, OutputOf<typeof inline>], [string, number]>();
  const spread = switchBy((x: string) => x.length, ...parts);
  assertEquals([listed, spread].map((servlet) => (servlet as unknown as { parts: unknown[] }).parts.length), [2, 2]);
  assertThrows(() => switchBy((x: string) => x.length, []), TypeError, "without parts");
  // @ts-expect-error a number is no servlet
  assertThrows(() => switchBy((x: string) => x.length, [5]), TypeError, "as a servlet");
});

Deno.test("V11: a served pipeline of no stated type takes and gives whatever", () => {
  function called(client: Client) {
    const pipeline = client.pipeline("x");
    same<Parameters<typeof pipeline.call>[0], unknown>();
    same<ReturnType<typeof pipeline.call>, Promise<unknown>>();
    return pipeline.call({ a: 1 });
  }
  function calledInTask(messenger: Messenger) {
    const pipeline = messenger.pipeline("x");
    same<Parameters<typeof pipeline.call>[0], unknown>();
    same<ReturnType<typeof pipeline.call>, Promise<unknown>>();
    return pipeline.call({ a: 1 });
  }
  assertEquals([typeof called, typeof calledInTask], ["function", "function"]);
});

Deno.test("mismatches are refused", () => {
  const length = threadServlet((x: string) => x.length);
  const half = threadServlet((x: number) => x / 2);
  // @ts-expect-error a number is no string
  sequential(length, length);
  // @ts-expect-error a list of two is no number
  sequential(ensemble([length, length]), half);
  // @ts-expect-error with failFast false there may be errors in the list
  sequential(ensemble([length, length], { failFast: false }), threadServlet(([a, b]: [number, number]) => a + b));
  // @ts-expect-error nothing is both a string and a number
  switchBy((x: string) => x.length, length, half) satisfies Servlet<string, number>;
  // @ts-expect-error a switch picks by number
  switchBy((x: string) => x, length);
  // @ts-expect-error a function of two arguments is no stage
  threadServlet((x: number, y: number) => x + y);
  // @ts-expect-error options of another shape than the stage's constructor takes
  processServlet(stages.Told, { options: { base: "text" } });
  // @ts-expect-error threads cannot be given permissions
  assertThrows(() => threadServlet(half as never, { permissions: {} }), TypeError);
  // @ts-expect-error a class without call is no stage
  processServlet(classes.NoStage);
  // @ts-expect-error a class that does not say where it lives
  assertThrows(() => processServlet(classes.NoModule), TypeError, "static module");
});

Deno.test("a pipeline takes and gives what its servlet does", () => {
  // Compiled, not run.
  const use = async (pipeline: Pipeline<string, number>, client: Client) => {
    same<Awaited<ReturnType<typeof pipeline.call>>, number>();
    // @ts-expect-error takes a string
    await pipeline.call(3);
    // @ts-expect-error takes strings
    pipeline.stream([1, 2]);
    for await (const y of pipeline.stream(["a"])) same<typeof y, number>();
    for await (const pair of pipeline.stream(["a"], { returnInput: true })) {
      same<typeof pair, [input: string, output: number]>();
    }
    for await (const y of pipeline.stream(["a"], { returnErrors: true })) same<typeof y, number | Error>();
    const pairs = pipeline.stream([1], { preprocess: (x) => String(x), returnInput: true, returnErrors: true });
    for await (const pair of pairs) same<typeof pair, [input: number, output: number | Error]>();
    const served = client.pipeline<Servlet<string, number>>("length");
    same<Awaited<ReturnType<typeof served.call>>, number>();
    // @ts-expect-error takes a string
    await served.call(3);
    const started = await Pipeline.start(threadServlet((x: string) => x.length));
    same<typeof started, Pipeline<string, number>>();
  };
  assertEquals(typeof use, "function");
});
