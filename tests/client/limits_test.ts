import { assertEquals, assertRejects } from "@std/assert";
import { Client, WaitTimeout } from "../../mod.ts";
import { AUTHKEY, startPair } from "../fixtures/pair.ts";
import { Gate } from "../helpers/gate.ts";

Deno.test("TaskHandle.result() that is limited leaves other waits for the same task alone", async () => {
  await using pair = await startPair();
  using gate = new Gate();
  const { hostname, port } = gate.address;
  const handle = await pair.client.with({ permissions: { net: [`${hostname}:${port}`] } }).submit(
    async (hostname: string, port: number) => {
      using conn = await Deno.connect({ hostname, port });
      await conn.read(new Uint8Array(1));
      return "passed";
    },
    hostname,
    port,
  );
  const [first, second] = [handle.result(), pair.client.queryResult(handle.id, { waitMs: -1 })];
  await assertRejects(() => handle.result({ timeoutMs: 0 }), WaitTimeout);
  assertEquals((await pair.client.queryResult(handle.id, { waitMs: 1 }))?.isSuccessful, null);
  await gate.admitted();
  gate.open();
  assertEquals([await first, (await second)?.data, await handle.result()], ["passed", "passed", "passed"]);
});

Deno.test("Client.map() stays within the largest frame when many items together are larger", async () => {
  const maxFrameBytes = 65_536;
  await using pair = await startPair({ maxFrameBytes, isolation: "module" });
  await using client = await Client.connect({
    address: pair.server.address,
    authkey: AUTHKEY,
    reconnectMs: 0,
    maxFrameBytes,
  });
  const items = Array.from({ length: 400 }, () => "x".repeat(200));
  assertEquals(await client.map((text: string) => text.length, items), items.map(() => 200));
});
