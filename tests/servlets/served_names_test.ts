/** U13: a served pipeline is stopped, and another takes its place. */
import { assertEquals, assertRejects } from "@std/assert";
import { remote, TaskError } from "../../mod.ts";
import { processServlet, threadServlet } from "../../servlets/mod.ts";
import { later, startPair } from "../fixtures/pair.ts";
import { hold } from "../helpers/held_stage.ts";

const endless = remote<typeof import("../fixtures/endless.ts")>(import.meta.resolve("../fixtures/endless.ts"));
const double = threadServlet((x: number) => 2 * x);
const treble = threadServlet((x: number) => 3 * x);

const codeOf = async (work: () => Promise<unknown>) => (await assertRejects(work, TaskError)).code;

Deno.test("U13: stop() of a served pipeline frees its name, and lets what is inside come through", async () => {
  await using pair = await startPair();
  using held = hold();
  const handle = await pair.server.serve("p", held.servlet);
  const pipeline = pair.client.pipeline("p");
  const inside = pipeline.call(5);
  await held.begun;
  const stopping = handle.stop();
  assertEquals(await codeOf(() => pipeline.call(6)), "UNKNOWN_PIPELINE");
  assertEquals(pair.server.status().pipelines, []);
  const next = await pair.server.serve("p", double);
  assertEquals(await pipeline.call(6), 12);
  held.release();
  assertEquals(await inside, 5);
  await stopping;
  await handle.stop();
  assertEquals(await pipeline.call(7), 14, "the name is another's by now");
  await next.stop({ mode: "now" });
  await assertRejects(() => next.stop({ mode: "soon" as never }), RangeError, "soon");
});

Deno.test("U13: stop() now drops what is inside, also of a pipeline that drains already", async () => {
  await using pair = await startPair();
  using held = hold();
  const handle = await pair.server.serve("p", held.servlet);
  const inside = later(pair.client.pipeline("p").call(5));
  await held.begun;
  const draining = handle.stop();
  await handle.stop({ mode: "now" });
  await draining;
  assertEquals(await codeOf(() => inside), "PIPELINE_STOPPED");
});

Deno.test("U13: replace() has another pipeline take the items without a gap", async () => {
  await using pair = await startPair();
  using held = hold();
  const handle = await pair.server.serve("p", held.servlet);
  const pipeline = pair.client.pipeline("p");
  const inside = pipeline.call(5);
  await held.begun;
  await handle.replace(treble, { capacity: 7 });
  assertEquals([await pipeline.call(2), pair.server.status().pipelines[0].capacity], [6, 7]);
  held.release();
  assertEquals(await inside, 5);
  await assertRejects(() => handle.replace(processServlet(endless.Refuses)), TaskError, "refused");
  await assertRejects(() => handle.replace(processServlet(endless.NeverLoaded), { timeoutMs: 50 }), TaskError, "50 ms");
  assertEquals(await pipeline.call(2), 6, "all stays as it was");
  await handle.stop();
  assertEquals(await codeOf(() => handle.replace(double)), "PIPELINE_STOPPED");
});

Deno.test("U13: the server's end ends what was replaced and is still at an item", async () => {
  await using pair = await startPair();
  using held = hold();
  const handle = await pair.server.serve("p", held.servlet);
  const inside = later(pair.client.pipeline("p").call(5));
  await held.begun;
  await handle.replace(double);
  await pair.server[Symbol.asyncDispose]();
  await assertRejects(() => inside, TaskError);
});
