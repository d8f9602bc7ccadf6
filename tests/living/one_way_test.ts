/** Waits for a server of which only one direction of the network is left. */
import { assertEquals } from "@std/assert";
import { Client, remote, TaskError } from "../../mod.ts";
import { Worker } from "../../workers/mod.ts";
import { threadServlet } from "../../servlets/mod.ts";
import { AUTHKEY, startPair } from "../fixtures/pair.ts";
import { HoleProxy } from "../helpers/hole_proxy.ts";

const streams = remote<typeof import("../fixtures/streams.ts")>(import.meta.resolve("../fixtures/streams.ts"));
const workers = remote<typeof import("../fixtures/workers.ts")>(import.meta.resolve("../fixtures/workers.ts"));

const HEARTBEAT_MS = 300;
/** Far more than any of the waits may take, on however busy a machine. */
const HANG_MS = 60_000;

async function endless(): Promise<void> {
  await new Promise<void>(() => setInterval(() => {}, 1000));
}

/** Says something often: what it says is heard though nobody hears us. */
async function chatter(): Promise<void> {
  for (;;) {
    console.log("still here");
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** How a wait ended: with a code or a name, or with what it gave. */
async function outcomeOf(wait: Promise<unknown>): Promise<unknown> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const hang = new Promise((resolve) => timer = setTimeout(resolve, HANG_MS, "it hangs"));
  const settled = wait.then((value) => value, (error) => error instanceof TaskError ? error.code : error.name);
  return await Promise.race([settled, hang]).finally(() => clearTimeout(timer));
}

async function untilEnd(items: AsyncIterator<unknown>): Promise<string> {
  while (!(await items.next()).done);
  return "the end";
}

for (const lost of ["fromClients", "fromServer"] as const) {
  Deno.test(`R1: every kind of wait ends though only what comes ${lost} is swallowed, and the rest goes on`, async () => {
    await using pair = await startPair({ numWorkers: 32, heartbeatMs: HEARTBEAT_MS });
    const stuck = threadServlet(() => new Promise<number>(() => setInterval(() => {}, 1000)));
    await pair.server.serve("stuck", stuck);
    await using proxy = new HoleProxy(pair.server.address);
    const options = { address: proxy.address, authkey: AUTHKEY, reconnectMs: 2 * HEARTBEAT_MS };
    await using client = await Client.connect({ ...options, heartbeatMs: HEARTBEAT_MS });
    const pipeline = client.pipeline<typeof stuck>("stuck");
    const handle = await client.submit(endless);
    await client.submit(chatter);
    const stream = client.stream(streams.count, 1_000_000_000)[Symbol.asyncIterator]();
    await stream.next();
    const logs = client.logs();
    await logs.next();
    const worker = await Worker.create({ kind: "remote", client, target: workers.untilAborted });
    const underWay = [
      client.run(endless),
      client.map(endless, [1, 2]),
      handle.result(),
      untilEnd(stream),
      untilEnd(logs),
      untilEnd(handle.progress[Symbol.asyncIterator]()),
      pipeline.call(1),
      worker.wait(),
    ].map(outcomeOf);
    await client.status();
    proxy.swallows[lost] = true;
    const behind = [
      client.run(endless),
      client.submit(endless),
      client.open(endless),
      client.status(),
      client.queryResult(handle.id, { waitMs: 60_000 }),
      pipeline.call(1),
    ].map(outcomeOf);
    const offline = "SERVER_OFFLINE";
    assertEquals(await Promise.all(underWay), [
      ...[offline, offline, offline, offline],
      ...["the end", "the end", offline, true],
    ]);
    assertEquals(await Promise.all(behind), behind.map(() => offline));
  });
}
