/** Pipelines whose stages are never loaded: what waits for them ends all the same. */
import { assertEquals, assertRejects } from "@std/assert";
import { PipelineTimeout, remote, StageFailed, TaskError, TaskTimeout } from "../../mod.ts";
import { ensemble, Pipeline, processServlet, type Servlet, threadServlet } from "../../servlets/mod.ts";
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

Deno.test("E5: timeoutMs and signal end the start of a pipeline, here and at a server, and all its processes", {
  ignore: !isLinux,
}, async () => {
  const before = childrenOf(Deno.pid);
  await using pair = await startPair();
  const unloaded = remote<typeof import("../fixtures/never_loaded.ts")>(
    import.meta.resolve("../fixtures/never_loaded.ts"),
  );
  const servlets = [processServlet(endless.NeverLoaded), threadServlet(unloaded.square)];
  const trees: Servlet<number, unknown>[] = [...servlets, processServlet(unloaded.square), ensemble(servlets)];
  for (const servlet of trees) {
    const starts: ((limits: object) => Promise<unknown>)[] = [
      (limits) => Pipeline.start(servlet, limits),
      (limits) => pair.server.serve("endless", servlet, limits),
    ];
    for (const start of starts) {
      const timeout = await assertRejects(() => start({ timeoutMs: 100 }), TaskTimeout, "had not started");
      assertEquals(timeout.timeoutMs, 100);
      const controller = new AbortController();
      const starting = later(start({ signal: controller.signal }));
      controller.abort(new RangeError("enough"));
      await assertRejects(() => starting, RangeError, "enough");
      await assertRejects(() => start({ timeoutMs: NaN }), RangeError, "timeoutMs");
    }
  }
  await pair[Symbol.asyncDispose]();
  assertEquals(await survivors(childrenOf(Deno.pid).filter((pid) => !before.includes(pid)), 5000), []);
});

Deno.test("E5: Server.stop() by draining gives up a pipeline that starts, and does not wait for it", async () => {
  await using pair = await startPair();
  const serving = [{}, { timeoutMs: 600_000 }].map((limits, at) =>
    later(pair.server.serve(`endless ${at}`, processServlet(endless.NeverLoaded), limits))
  );
  const waiting = later(pair.client.pipeline("endless 0").call(1));
  await pair.server.stop();
  for (const start of serving) assertEquals((await assertRejects(() => start, TaskError)).code, "SERVER_STOPPING");
  await assertRejects(() => waiting, TaskError);
});
