/** Pipelines that a server runs. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { PermissionCeilingExceeded, PipelineFull, PipelineTimeout, StageFailed, TaskError } from "../../core/errors.ts";
import { Client } from "../../client.ts";
import { Server } from "../../server.ts";
import { Door } from "../dispatchers/door.ts";
import { TcpProxy } from "../helpers/tcp_proxy.ts";
import { remote } from "../../procedures/remote.ts";
import { ensemble, processServlet, sequential, threadServlet } from "../../servlets/mod.ts";
import { connectTo, startPair } from "../fixtures/pair.ts";

const stages = remote<typeof import("../fixtures/stages.ts")>(import.meta.resolve("../fixtures/stages.ts"));

const describe = sequential(
  ensemble([threadServlet(stages.GetHead), threadServlet(stages.GetTail), threadServlet(stages.GetLength)]),
  threadServlet((parts: (string | number)[]) => parts.join(" ")),
);

Deno.test("any client calls and streams; calls that come while the pipeline starts wait for it", async () => {
  await using pair = await startPair();
  const serving = pair.server.serve("describe", describe, { capacity: 4 });
  const pipeline = pair.client.pipeline<typeof describe>("describe");
  assertEquals(await pipeline.call("world"), "w d 5");
  await serving;
  const words = Array.from({ length: 600 }, (_, i) => `${i}!`);
  const pairs = await Array.fromAsync(pipeline.stream(words, { returnInput: true }));
  assertEquals(pairs, words.map((word) => [word, `${word[0]} ! ${word.length}`]));
  await using other = await connectTo(pair.server);
  assertEquals(await other.pipeline<typeof describe>("describe").call([1, 2]), "1 2 2");
  const [status] = (await pair.client.status()).pipelines;
  assertEquals([status.name, status.capacity, status.backlog, status.state], ["describe", 4, 0, "running"]);
  assertEquals(status.stages.map(({ name, served }) => [name, served]), [
    ["GetHead", 602],
    ["GetTail", 602],
    ["GetLength", 602],
    ["anonymous", 602],
  ]);
});

Deno.test("errors arrive as themselves, with stage and remote stack, and unknown names say which there are", async () => {
  await using pair = await startPair();
  const { client, server } = pair;
  assertEquals(await client.pipeline("a").call(bad).catch(({ code, message }) => [code, message]), [
    "UNKNOWN_PIPELINE",
    'Cannot find the pipeline "a": this server has none',
  ]);
  await server.serve("capricious", threadServlet(stages.Capricious));
  await assertRejects(() => client.pipeline("x").call(bad), TaskError, 'this server has "capricious"');
  const pipeline = client.pipeline<ReturnType<typeof threadServlet<string, unknown>>>("capricious");
  const error = await assertRejects(() => pipeline.call("throw"), RangeError, "as told") as RangeError & TaskError;
  assertEquals(error.stage, "Capricious");
  assert(error.remoteStack!.includes("stages.ts"), error.remoteStack);
  await assertRejects(() => pipeline.call((() => {}) as never), TaskError, "Cannot send");
  assertEquals(await pipeline.call("a"), "a");
});

Deno.test("names are taken once; what does not start is not served", async () => {
  await using pair = await startPair();
  const { server, client } = pair;
  await server.serve("one", threadServlet(stages.addOne));
  await assertRejects(() => server.serve("one", threadServlet(stages.addOne)), RangeError, '"one"');
  await assertRejects(() => server.serve("", threadServlet(stages.addOne)), TypeError, "name");
  await assertRejects(() => server.serve("none", {} as never), TypeError, "as a servlet");
  await assertRejects(() => server.serve("broken", threadServlet(stages.Unloadable)), StageFailed, "no such model");
  await assertRejects(() => client.pipeline("broken").call(bad), TaskError, 'this server has "one"');
});

Deno.test("stages stay within the server's ceiling", async () => {
  await using pair = await startPair({ permissionCeiling: { read: ["/srv"] } });
  const { server } = pair;
  const asks = (read: string[]) => processServlet(stages.addOne, { permissions: { read } });
  const error = await assertRejects(() => server.serve("a", asks(["/srv", "/etc"])), PermissionCeilingExceeded);
  assertEquals(error.excess, ["read /etc"]);
  await assertRejects(
    () => server.serve("b", threadServlet(stages.addOne)),
    PermissionCeilingExceeded,
    "thread of addOne",
  );
  await server.serve("c", asks(["/srv/data"]));
  assertEquals(await pair.client.pipeline<ReturnType<typeof asks>>("c").call(1), 2);
});

Deno.test("a task does not reach a pipeline whose stages are permitted more than it", async () => {
  await using pair = await startPair();
  await pair.server.serve("one", threadServlet(stages.addOne));
  const pipelines = remote<typeof import("../fixtures/pipeline_tasks.ts")>(
    import.meta.resolve("../fixtures/pipeline_tasks.ts"),
  );
  const error = await assertRejects(() => pair.client.run(pipelines.callPipeline, "one"), TaskError);
  assertEquals(error.code, "PERMISSION_CEILING");
});

Deno.test("a full pipeline makes callers of the server wait, or refuses; time counts there", async () => {
  await using pair = await startPair();
  const slow = threadServlet(() => new Promise<number>(() => {}), { name: "slow" });
  await pair.server.serve("slow", slow, { capacity: 1 });
  const pipeline = pair.client.pipeline<typeof slow>("slow");
  const controller = new AbortController();
  const inside = pipeline.call(undefined, { signal: controller.signal }).catch((error) => error.message);
  await assertRejects(() => pipeline.call(undefined, { backpressure: "refuse" }), PipelineFull);
  await assertRejects(() => pipeline.call(undefined, { timeoutMs: 20 }), PipelineTimeout, "waited for a place");
  controller.abort(new Error("given up"));
  assertEquals(await inside, "given up");
  // The place is free again: else this would be refused, and not out of time in the stage.
  const error = await assertRejects(
    () => pipeline.call(undefined, { backpressure: "refuse", timeoutMs: 20 }),
    PipelineTimeout,
    "in the stage slow",
  );
  assertEquals(error.stage, "slow");
});

Deno.test("a stream that is aborted raises the signal's reason, also with items inside", async () => {
  await using pair = await startPair();
  // One for each item that never comes out, and one for the others.
  const stuck = threadServlet((x: number) => x < 0 ? new Promise<number>(() => {}) : x, { workers: 4 });
  await pair.server.serve("stuck", stuck);
  const pipeline = pair.client.pipeline<typeof stuck>("stuck");
  for (const options of [{}, { ordered: false }, { returnErrors: true }]) {
    const controller = new AbortController();
    const stream = pipeline.stream([1, -1], { ...options, signal: controller.signal });
    assertEquals((await stream.next()).value, 1);
    const rest = Array.fromAsync(stream).catch((error) => error.message);
    controller.abort(new Error("enough"));
    assertEquals(await rest, "enough");
  }
});

Deno.test("a client that leaves gives up what it has inside; others go on", async () => {
  await using pair = await startPair();
  const stuck = threadServlet((x: number) => x < 0 ? new Promise<number>(() => {}) : x, { workers: 2 });
  await pair.server.serve("stuck", stuck, { capacity: 2 });
  await using goes = await connectTo(pair.server);
  const call = goes.pipeline<typeof stuck>("stuck").call(-1).catch((error) => error.code);
  const stream = goes.pipeline<typeof stuck>("stuck").stream([1, 2, -1, 3]);
  assertEquals((await stream.next()).value, 1);
  await goes.close();
  assertEquals(await call, "CONNECTION_CLOSED");

  while (pair.server.status().pipelines[0].backlog > 0) await pair.client.status();
  assertEquals(pair.server.status().pipelines[0].backlog, 0);

  await stream.return();
});

Deno.test("a stream goes on, in order, though its connection is cut five times", async () => {
  await using server = await Server.start({ address: "127.0.0.1:0", authkey: "key", logLevel: "none" });
  const one = threadServlet(stages.addOne);
  await server.serve("one", one);
  await using proxy = new TcpProxy(server.address);
  await using client = await Client.connect({ address: proxy.address, authkey: "key" });
  proxy.cutTimes(5, () => 5000);
  const inputs = Array.from({ length: 1500 }, (_, i) => i);
  const outputs = await Array.fromAsync(client.pipeline<typeof one>("one").stream(inputs));
  assertEquals(outputs, inputs.map((x) => x + 1));
  assertEquals(proxy.cuts, 5);
  assertEquals(server.status().pipelines[0].stages[0].served, inputs.length, "R13: each was run once");
});

Deno.test("R13: an item whose caller's connection is cut, again and again, goes on and is run once", async () => {
  await using server = await Server.start({ address: "127.0.0.1:0", authkey: "key", logLevel: "none" });
  using door = new Door();
  const waits = processServlet(stages.visit, { permissions: { net: ["127.0.0.1"] } });
  await server.serve("waits", waits);
  await using proxy = new TcpProxy(server.address);
  await using client = await Client.connect({ address: proxy.address, authkey: "key" });
  const [called, outputs] = [door.port, [door.port]].map((ports) => {
    const pipeline = client.pipeline<typeof waits>("waits");
    return typeof ports === "number" ? pipeline.call(ports) : Array.fromAsync(pipeline.stream(ports));
  });
  const visitors = [await door.visitor()];
  for (let cuts = 1; cuts <= 5; cuts++) {
    proxy.onBytes = () => proxy.cuts < cuts;
    // Over the next connection the item was asked for again, before this.
    await client.status();
  }
  visitors[0].answer("first");
  visitors.push(await door.visitor());
  proxy.onBytes = () => proxy.cuts < 6;
  await client.status();
  visitors[1].answer("second");
  assertEquals([await called, await outputs].flat().sort(), ["first", "second"]);
  assertEquals([proxy.cuts, server.status().pipelines[0].stages[0].served], [6, 2]);
});

Deno.test("a server that drains lets items come through and takes no more; one that stops now drops them", async () => {
  await using pair = await startPair();
  const one = threadServlet(stages.addOne);
  await pair.server.serve("one", one);
  const calls = [1, 2, 3].map((x) => pair.client.pipeline<typeof one>("one").call(x));
  assertEquals(await Promise.all(calls), [2, 3, 4]);
  await pair.server.stop({ mode: "drain" });
  await assertRejects(() => pair.server.serve("two", one), TaskError, "stopping");

  await using other = await startPair();
  const stuck = processServlet(stages.Slow);
  await other.server.serve("stuck", stuck);
  const lost = other.client.pipeline<typeof stuck>("stuck").call(1).catch((error) => error.code);
  while (other.server.status().pipelines[0].stages[0].inService === 0) await other.client.status();
  await other.server.stop({ mode: "now" });
  assert(["PIPELINE_STOPPED", "SERVER_STOPPING"].includes(await lost));
});

const bad = undefined as never;
