/** Tasks that call the pipelines of their server. */
import { assertEquals, assertRejects } from "@std/assert";
import { PermissionCeilingExceeded, TaskError } from "../../core/errors.ts";
import { remote } from "../../procedures/remote.ts";
import { processServlet, sequential, threadServlet } from "../../servlets/mod.ts";
import { AUTHKEY, later, lineLike, startPair } from "../fixtures/pair.ts";
import { hold } from "../helpers/held_stage.ts";

const endless = remote<typeof import("../fixtures/endless.ts")>(import.meta.resolve("../fixtures/endless.ts"));

/** What threads have. */
const ALL = { read: true, write: true, net: true, env: true, sys: true, run: true, ffi: true, import: true } as const;

const tasks = remote<typeof import("../fixtures/pipeline_tasks.ts")>(
  import.meta.resolve("../fixtures/pipeline_tasks.ts"),
);

Deno.test("U6: a task calls a pipeline of its server, and streams through it, by its messenger and by a client", async () => {
  await using pair = await startPair({ numWorkers: 1 });
  await pair.server.serve("plus", sequential(processServlet(tasks.addOne), processServlet(tasks.addOne)));
  assertEquals(await pair.client.run(tasks.callInEveryWay, "plus"), [
    3,
    300,
    301,
    "TypeError of addOne",
    "UNKNOWN_PIPELINE",
  ]);
  assertEquals(await pair.client.run(tasks.callPipeline, "plus"), 3);
});

Deno.test("U6: a task that waits for a pipeline whose stage waits for a task lends its slot, so that nobody waits for ever", async () => {
  await using pair = await startPair({ numWorkers: 1 });
  const { server, client } = pair;
  const net = [server.address];
  await server.serve("ask", processServlet(tasks.AskServer, { permissions: { net }, workers: 3 }));
  const permitted = client.with({ permissions: { net } });
  const question = (x: number) => ({ address: server.address, authkey: AUTHKEY, x });
  assertEquals(await permitted.run(tasks.ask, "ask", question(4)), 8);
  assertEquals(await Promise.all([1, 2, 3].map((x) => permitted.run(tasks.ask, "ask", question(x)))), [2, 4, 6]);
  assertEquals((await client.status()).slots.lent, 0);
});

Deno.test("U6: a task calls what it could do itself: what a stage may and the task may not is refused by name", async () => {
  await using pair = await startPair({ numWorkers: 1 });
  const { server, client } = pair;
  const folder = Deno.cwd();
  await server.serve("reads", processServlet(tasks.addOne, { permissions: { read: [folder] } }));
  await server.serve("thread", threadServlet(tasks.addOne));
  const refused = await assertRejects(() => client.run(tasks.callPipeline, "reads"), PermissionCeilingExceeded);
  assertEquals([refused.code, refused.excess], ["PERMISSION_CEILING", [`read ${folder}`]]);
  assertEquals(refused.message.includes("the task has that calls the pipeline, as its stage addOne has"), true);
  assertEquals(await client.with({ permissions: { read: [folder] } }).run(tasks.callPipeline, "reads"), 2);
  await assertRejects(() => client.run(tasks.callPipeline, "thread"), PermissionCeilingExceeded);
  assertEquals(await client.with({ permissions: ALL }).run(tasks.callPipeline, "thread"), 2);
  // A client of a server without a ceiling may all.
  assertEquals(await client.pipeline<ReturnType<typeof threadServlet<number, number>>>("thread").call(1), 2);
});

Deno.test("U6: what a task has in a pipeline is given up with its end, and where its signal says so", async () => {
  await using pair = await startPair({ numWorkers: 2 });
  await pair.server.serve("keep", processServlet(tasks.keep), { capacity: 1 });
  assertEquals(await pair.client.run(tasks.leaveItem, "keep", true), "ended");
  assertEquals(await pair.client.run(tasks.leaveItem, "keep", false), "TimeoutError");
  const [{ backlog }] = pair.server.status().pipelines;
  assertEquals(backlog, 0);
});

Deno.test("U6: what a task has left in a pipeline does no harm to the next one in its process", async () => {
  await using pair = await startPair({ numWorkers: 1, isolation: "module" });
  await pair.server.serve("keep", processServlet(tasks.keep));
  const pids = [];
  for (let n = 0; n < 3; n++) pids.push(await pair.client.run(tasks.forgetItem, "keep"));
  assertEquals(new Set(pids).size, 1);
  assertEquals(pair.server.status().pipelines[0].backlog, 0);
});

Deno.test("U6: a task that is cancelled while it waits for a pipeline ends", async () => {
  await using pair = await startPair({ numWorkers: 1 });
  await pair.server.serve("keep", processServlet(tasks.keep));
  const waits = lineLike(pair.client, /waits/);
  const handle = await pair.client.submit(tasks.waitForever, "keep");
  await waits;
  assertEquals((await handle.info())!.state, "waiting");
  const result = later(handle.result());
  assertEquals(await handle.cancel(), true);
  await assertRejects(() => result, TaskError);
  assertEquals((await pair.client.status()).slots, { total: 1, taken: 0, lent: 0 });
});

Deno.test("U6: a task that is ready waits for a process while all there may be wait for pipelines", async () => {
  await using pair = await startPair({ numWorkers: 1, maxProcesses: 1 });
  const { server, client } = pair;
  using held = hold();
  await server.serve("held", held.servlet);
  const waits = later(client.with({ permissions: ALL }).run(tasks.callPipeline, "held"));
  await held.begun;
  const ready = await client.submit(tasks.addOne, 1);
  // Its turn has come, and there is no process.
  assertEquals((await client.status()).slots, { total: 1, taken: 0, lent: 1 });
  assertEquals((await ready.info())?.state, "ready");
  held.release();
  assertEquals([await waits, await ready.result()], [1, 2]);
});

Deno.test("U6: a task that runs while its server drains gets through its pipelines, and ends as it would have", async () => {
  await using pair = await startPair({ numWorkers: 1 });
  const { server, client } = pair;
  using held = hold();
  await server.serve("held", held.servlet);
  const result = client.with({ permissions: ALL }).run(tasks.callTwice, "held");
  await held.begun;
  const stopped = server.stop({ mode: "drain" });
  assertEquals(await client.pipeline("held").call(1 as never).catch(({ code }) => code), "SERVER_STOPPING");
  held.release();
  assertEquals(await result, [1, 2]);
  await stopped;
});

Deno.test("U6: a task that waits for a pipeline that never starts does not keep its server from draining", async () => {
  await using pair = await startPair({ numWorkers: 1 });
  const { server, client } = pair;
  const serving = later(server.serve("never", processServlet(endless.NeverLoaded)));
  const waits = lineLike(client, /waits/);
  const result = later(client.run(tasks.waitForever, "never"));
  await waits;
  await server.stop({ mode: "drain" });
  await assertRejects(() => serving, TaskError, "stopping");
  await assertRejects(() => result, TaskError);
});

Deno.test("U6: a stream through a pipeline is left in a task while a read waits", async () => {
  await using pair = await startPair({ numWorkers: 1 });
  await pair.server.serve("keep", processServlet(tasks.keep));
  assertEquals(await pair.client.run(tasks.leaveStream, "keep"), [true, true]);
  assertEquals(pair.server.status().pipelines[0].backlog, 0);
});

Deno.test("U6: the messenger of a task is the client of the workers that it has its server host", async () => {
  await using pair = await startPair({ numWorkers: 1 });
  const { hostWorkers } = remote<typeof import("../fixtures/hosting_task.ts")>(
    import.meta.resolve("../fixtures/hosting_task.ts"),
  );
  // The package's own files, which what makes workers looks at.
  const read = [new URL("../../", import.meta.url).pathname];
  const client = pair.client.with({ permissions: { read } });
  assertEquals(await client.run(hostWorkers), [6, [2, 4], "double"]);
});
