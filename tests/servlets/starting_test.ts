/** Pipelines whose stages are never loaded: what waits for them ends all the same. */
import { assertEquals, assertRejects } from "@std/assert";
import { PipelineTimeout, remote, StageFailed, TaskError } from "../../mod.ts";
import { ensemble, Pipeline, processServlet } from "../../servlets/mod.ts";
import { later, startPair } from "../fixtures/pair.ts";
import { childrenOf, survivors } from "../fixtures/procfs.ts";

const endless = remote<typeof import("../fixtures/endless.ts")>(import.meta.resolve("../fixtures/endless.ts"));
const isLinux = Deno.build.os === "linux";

Deno.test("Server.stop() now ends a pipeline that starts, its processes, and calls that wait for it", {
  ignore: !isLinux,
}, async () => {
  const before = childrenOf(Deno.pid);
  await using pair = await startPair();
  const servlet = processServlet(endless.NeverLoaded);
  const serving = later(pair.server.serve("endless", servlet));
  const pipeline = pair.client.pipeline<typeof servlet>("endless");
  const timeout = await assertRejects(() => pipeline.call(1, { timeoutMs: 50 }), PipelineTimeout);
  assertEquals(timeout.timeoutMs, 50);
  const waiting = later(pipeline.call(2));
  const controller = new AbortController();
  const dropped = later(pipeline.call(3, { signal: controller.signal }));
  controller.abort(new RangeError("enough"));
  await assertRejects(() => dropped, RangeError, "enough");
  await pair.server.stop({ mode: "now" });
  assertEquals((await assertRejects(() => serving, TaskError)).code, "SERVER_STOPPING");
  await assertRejects(() => waiting, TaskError);
  await pair.client.close();
  assertEquals(await survivors(childrenOf(Deno.pid).filter((pid) => !before.includes(pid)), 5000), []);
});

Deno.test("Pipeline.start() says that a stage did not start while another never does", async () => {
  const parts = ensemble([processServlet(endless.NeverLoaded), processServlet(endless.Refuses)]);
  const error = await assertRejects(() => Pipeline.start(parts), StageFailed, "refused");
  assertEquals(error.stage, "Refuses");
});
