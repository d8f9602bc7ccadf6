import { assertEquals, assertRejects } from "@std/assert";
import { WaitTimeout } from "../../mod.ts";
import { startPair } from "../fixtures/pair.ts";
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
