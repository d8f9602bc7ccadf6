/** The next server may be elsewhere, and a connection may be lost while a server stops. */
import { assertEquals, assertNotEquals } from "@std/assert";
import { Client } from "../../mod.ts";
import { AUTHKEY, later } from "../fixtures/pair.ts";
import { Gate } from "../helpers/gate.ts";
import { RuntimeFolder } from "../helpers/runtime_folder.ts";
import { TcpProxy } from "../helpers/tcp_proxy.ts";
import { startServer } from "./successors.ts";

Deno.test("R2: the next server of a group is found where it listens", async () => {
  await using _runtime = new RuntimeFolder();
  const server = await startServer(undefined, { group: "a", numWorkers: 1 });
  await using client = await Client.connect({ group: "a", authkey: AUTHKEY });
  using gate = new Gate();
  const { result } = await gate.send(client);
  const waiting = later(client.map((x: number) => -x, [1, 2, 3]));
  const handle = await client.submit((x: number) => -x, 4);
  const stopped = server.stop();
  gate.open();
  assertEquals(await result, "passed");
  await stopped;
  // Its port is taken, so that the next is at another.
  using _listener = Deno.listen({ hostname: "127.0.0.1", port: Number(server.address.split(":")[1]) });
  await using next = await startServer(undefined, { group: "a" });
  assertNotEquals(next.address, server.address);
  assertEquals([await waiting, await handle.result()], [[-1, -2, -3], -4]);
});

Deno.test({
  name: "R2: the next server at a unix socket is found",
  ignore: Deno.build.os === "windows",
  async fn() {
    const folder = await Deno.makeTempDir();
    try {
      const address = `unix:${folder}/socket`;
      const server = await startServer(address);
      await using client = await Client.connect({ address, authkey: AUTHKEY });
      using gate = new Gate();
      const { result } = await gate.send(client);
      await server.stop({ mode: "now" });
      await using _next = await startServer(address);
      await gate.admitted();
      gate.open();
      assertEquals(await result, "passed");
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});

Deno.test("R2: a client that loses its connection in a drain gets what ran, and the next server what waited", async () => {
  const server = await startServer(undefined, { numWorkers: 1 });
  await using proxy = new TcpProxy(server.address);
  await using client = await Client.connect({ address: proxy.address, authkey: AUTHKEY });
  using gate = new Gate();
  const { result } = await gate.send(client);
  const waiting = later(client.map((x: number) => -x, [1, 2, 3]));
  const handle = await client.submit((x: number) => -x, 4);
  const stopped = server.stop();
  proxy.onBytes = () => proxy.cuts === 0;
  await client.status();
  assertEquals(proxy.cuts, 1);
  gate.open();
  assertEquals(await result, "passed");
  await stopped;
  await using _next = await startServer(server.address);
  assertEquals([await waiting, await handle.result()], [[-1, -2, -3], -4]);
});
