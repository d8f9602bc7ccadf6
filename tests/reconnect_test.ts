import { assert, assertEquals } from "@std/assert";
import { Client } from "../client.ts";
import { remote } from "../mod.ts";
import { Server } from "../server.ts";
import { Random } from "./helpers/random.ts";
import { TcpProxy } from "./helpers/tcp_proxy.ts";

const functions = remote<typeof import("./fixtures/functions.ts")>(import.meta.resolve("./fixtures/functions.ts"));
const CUTS = 10;

Deno.test("Client.map() gives every result once, and right, although its connection is cut ten times", async () => {
  await using server = await Server.start({ address: "127.0.0.1:0", authkey: "key", numWorkers: 2, logLevel: "none" });
  await using proxy = new TcpProxy(server.address);
  await using client = await Client.connect({ address: proxy.address, authkey: "key" });
  const random = new Random(42);
  // Where in the stream the next cut falls: in a handshake, a submission, a result or an acknowledgement.
  proxy.cutTimes(CUTS, () => random.int(1, 6000));
  // What is submitted again is as long as what may pass between two cuts.
  const items = Array.from({ length: 600 }, (_, i) => i);
  assertEquals(await client.map(functions.square, items), items.map((x) => x * x));
  assertEquals(proxy.cuts, CUTS);
  const { totals, taskQueueSize } = await client.status();
  assertEquals(
    [totals.submitted, totals.succeeded, totals.failed],
    [600, 600, 0],
    "each task was accepted and ran once",
  );
  assertEquals(taskQueueSize, 0);
});

Deno.test("Client goes on with what it submitted before a cut: results, cancels, queries", async () => {
  await using server = await Server.start({ address: "127.0.0.1:0", authkey: "key", numWorkers: 2, logLevel: "none" });
  await using proxy = new TcpProxy(server.address);
  await using client = await Client.connect({ address: proxy.address, authkey: "key" });
  const cutNow = () => {
    const before = proxy.cuts;
    proxy.onBytes = () => proxy.cuts === before;
  };
  const handle = await client.submit(functions.square, 7);
  cutNow();
  assertEquals(await handle.result(), 49);
  const endless = await client.submit(async () => await new Promise<void>(() => setInterval(() => {}, 1000)));
  cutNow();
  const ended = endless.result().catch((error) => error.name);
  assert(await endless.cancel());
  assertEquals(await ended, "TaskCancelled");
  cutNow();
  assertEquals(await client.queryResult(handle.id), null);
  assertEquals(proxy.cuts, 3);
});
