import { assertEquals, assertRejects } from "@std/assert";
import { Client } from "../../client.ts";
import { remote, TaskError } from "../../mod.ts";
import { Server } from "../../server.ts";
import { later } from "../fixtures/pair.ts";
import { Random } from "../helpers/random.ts";
import { TcpProxy } from "../helpers/tcp_proxy.ts";

const tasks = remote<typeof import("../fixtures/streams.ts")>(import.meta.resolve("../fixtures/streams.ts"));
const CUTS = 10;

/** Cuts the proxy's connections ten times, at random places of what passes through. */
function cutTenTimes(proxy: TcpProxy, seed: number, most: number): void {
  const random = new Random(seed);
  let left = random.int(1, most);
  proxy.onBytes = (count) => {
    left -= count;
    if (proxy.cuts >= CUTS || left > 0) return false;
    left = random.int(100, most);
    return true;
  };
}

Deno.test("client.stream() gives 10,000 items in order, once, although its connection is cut ten times", async () => {
  await using server = await Server.start({ address: "127.0.0.1:0", authkey: "key", numWorkers: 1, logLevel: "none" });
  for (const seed of [1, 2, 3]) {
    await using proxy = new TcpProxy(server.address);
    await using client = await Client.connect({ address: proxy.address, authkey: "key" });
    cutTenTimes(proxy, seed, 4000);
    const stream = client.with({ isolation: "module" }).stream(tasks.count, 10_000);
    let expected = 0;
    for await (const item of stream) assertEquals(item, expected++);
    assertEquals([expected, proxy.cuts], [10_000, CUTS]);
  }
  assertEquals(server.status().totals.submitted, 3);
});

Deno.test("TaskStream sends 3,000 items and gets them back, in order, once, over ten cuts", async () => {
  await using server = await Server.start({ address: "127.0.0.1:0", authkey: "key", numWorkers: 1, logLevel: "none" });
  await using proxy = new TcpProxy(server.address);
  await using client = await Client.connect({ address: proxy.address, authkey: "key" });
  cutTenTimes(proxy, 7, 2000);
  await using stream = await client.open(tasks.echo);
  const sending = later((async () => {
    for (let i = 0; i < 3000; i++) await stream.send(i);
    await stream.end();
  })());
  let expected = 0;
  for await (const item of stream) assertEquals(item, expected++);
  await sending;
  assertEquals([expected, proxy.cuts], [3000, CUTS]);
  assertEquals(await stream.result(), undefined);
});

Deno.test("A stream fails when the server that comes back does not know it", async () => {
  const first = await Server.start({ address: "127.0.0.1:0", authkey: "key", logLevel: "none" });
  await using client = await Client.connect({ address: first.address, authkey: "key" });
  await using stream = await client.open(tasks.pids);
  await stream.next();
  await first.stop({ mode: "now" });
  await assertRejects(() => stream.next(), TaskError);
  await assertRejects(() => stream.result(), TaskError);
});
