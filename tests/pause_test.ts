/** Servers that start nothing new. */
import { assert, assertEquals } from "@std/assert";
import { remote, task } from "../mod.ts";
import { connectTo, later, startPair } from "./fixtures/pair.ts";
import { Gate } from "./helpers/gate.ts";
import { Home } from "./helpers/program.ts";

const pausing = remote<typeof import("./fixtures/pausing.ts")>(import.meta.resolve("./fixtures/pausing.ts"));

Deno.test("client.pause(): what runs goes on with its subtasks, all else waits for client.resume()", async () => {
  await using pair = await startPair({ numWorkers: 2, isolation: "module" });
  const { client, server } = pair;
  using gate = new Gate();
  const { hostname, port } = gate.address;
  const net = [`${hostname}:${port}`];
  const before = Date.now();
  const running = later(client.with({ permissions: { net } }).run(pausing.visitThenNest, hostname, port, 8));
  await gate.admitted();
  assertEquals((await client.status()).pausedAt, null);
  await client.pause();
  const { pausedAt } = await client.status();
  assert(pausedAt! >= before && pausedAt! <= Date.now());
  await using other = await connectTo(server);
  await other.pause();
  assertEquals((await other.status()).pausedAt, pausedAt);
  // Of whichever kind: alone, a map, a stream, a schedule's.
  const handle = await other.submit(pausing.half, 2);
  const run = later(other.run(pausing.half, 4));
  const map = later(other.map(pausing.half, [6, 8]));
  await other.schedules.set("one", { everyMs: 3_600_000 }, task(pausing.half, 10));
  const triggered = await other.schedules.trigger<number>("one");
  gate.open();
  assertEquals(await running, 6);
  for (const waiting of [handle, triggered]) assertEquals((await waiting.info())!.state, "ready");
  assertEquals((await client.status()).taskQueueSize, 5);
  const { totals } = server.status();
  assertEquals([totals.submitted, totals.succeeded], [9, 4]);
  await other.resume();
  assertEquals((await client.status()).pausedAt, null);
  assertEquals(await Promise.all([handle.result(), run, map, triggered.result()]), [1, 2, [3, 4], 5]);
  await other.resume();
});

Deno.test("what waits at a paused server can be cancelled, and goes back to its clients at a drain", async () => {
  await using pair = await startPair();
  const { client, server } = pair;
  await client.pause();
  const [cancelled, waiting] = await client.submit([task(pausing.half, 1), task(pausing.half, 2)]);
  assertEquals(await client.cancel([cancelled.id]), 1);
  assertEquals((await waiting.info())!.state, "ready");
  await server.stop();
  assertEquals(server.status().totals.handedBack, 1);
});

Deno.test("a task may not pause its server", async () => {
  await using pair = await startPair();
  const answer = await pair.client.run(pausing.pause);
  assertEquals([answer, (await pair.client.status()).pausedAt], ["NOT_ALLOWED", null]);
});

Deno.test("palpable pause and resume, and status says so", async () => {
  await using home = await Home.make();
  await using serving = await home.serve();
  const { address } = serving;
  const run = async (...args: string[]) => await home.run([...args, "--address", address]);
  assertEquals(await run("pause"), {
    code: 0,
    stdout: "TaskServer paused: no task begins until it is resumed\n",
    stderr: "",
  });
  assert(/^paused {5}since 20.+: nothing new starts$/m.test((await run("status")).stdout));
  await serving.line(/Paused: no task begins/);
  assertEquals((await run("resume")).stdout, "TaskServer resumed\n");
  assertEquals((await run("status")).stdout.includes("paused"), false);
});
