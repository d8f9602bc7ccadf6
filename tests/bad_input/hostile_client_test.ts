import { assert, assertEquals, assertInstanceOf } from "@std/assert";
import { AuthenticationFailed, Client, remote } from "../../mod.ts";
import { encode } from "../../wire/codec.ts";
import { Bystander, readToEnd } from "./bystander.ts";
import { Chaos } from "./random_values.ts";

const functions = remote<typeof import("../fixtures/functions.ts")>(import.meta.resolve("../fixtures/functions.ts"));

/** A map under way, to be found undisturbed after the mischief. */
function mapOf(client: Client, length: number): { squares: number[]; mapped: Promise<number[]> } {
  const items = Array.from({ length }, (_, i) => i);
  return { squares: items.map((x) => x * x), mapped: client.map(functions.square, items) };
}

/** Runs at most 50 at once, as a hostile client may: more would only test this machine's limits. */
async function repeat(times: number, act: (i: number) => Promise<unknown>): Promise<void> {
  let next = 0;
  const lane = async () => {
    while (next < times) await act(next++);
  };
  await Promise.all(Array.from({ length: 50 }, lane));
}

Deno.test("Server takes 1,000 wrong keys without a wrong result for another client", async () => {
  await using bystander = await Bystander.start();
  const { squares, mapped } = mapOf(bystander.client, 60);
  await repeat(1000, async (i) => {
    const error = await Client.connect({ address: bystander.server.address, authkey: `guess ${i}` }).catch((e) => e);
    assertInstanceOf(error, AuthenticationFailed);
  });
  assertEquals(await mapped, squares);
  const { totals, clients } = bystander.server.status();
  assertEquals([totals.failedHandshakes, clients], [1000, 1]);
  await bystander.assertGoesOn();
});

Deno.test("Server takes 500 silent connections, drops the oldest, and lets honest clients in", async () => {
  await using bystander = await Bystander.start();
  const { squares, mapped } = mapOf(bystander.client, 40);
  const silent: Deno.TcpConn[] = [];
  for (let i = 0; i < 500; i++) silent.push(await bystander.openSocket());
  const ends = silent.map(readToEnd);
  const late = await bystander.connect();
  assertEquals(await late.run(functions.square, 9), 81);
  // 256 may wait; whoever came before them has been told.
  const told = await Promise.all(ends.slice(0, 200));
  assert(told.every((bytes) => new TextDecoder().decode(bytes).includes("SERVER_BUSY")));
  assertEquals(await mapped, squares);
  await late.close();
  await bystander.assertGoesOn();
  await bystander.server.stop({ mode: "now" });
  await Promise.all(ends);
});

Deno.test("Server takes 10,000 frames of garbage without a wrong result for another client", async () => {
  await using bystander = await Bystander.start();
  const { squares, mapped } = mapOf(bystander.client, 60);
  const chaos = new Chaos(4711);
  // Before authentication the first bad frame ends the connection; afterwards too.
  await repeat(1000, async (i) => {
    if (i % 2 === 0) {
      const conn = await bystander.openSocket();
      const end = readToEnd(conn);
      const frames = Array.from({ length: 10 }, () => garbageFrame(chaos));
      for (const frame of frames) if (await conn.write(frame).then(() => false, () => true)) break;
      await end;
      return;
    }
    const transport = await bystander.openAuthenticated();
    for (let n = 0; n < 10; n++) transport.send([chaos.value(), chaos.value(), chaos.value()]);
    // To the end, which may be a clean one or a broken one.
    try {
      while (await transport.receive() !== null);
    } catch {
      // Closed with unread input.
    }
    transport.close();
  });
  assertEquals(await mapped, squares);
  assertEquals(bystander.server.status().clients, 1);
  await bystander.assertGoesOn();
});

function garbageFrame(chaos: Chaos): Uint8Array<ArrayBuffer> {
  const length = chaos.below(40);
  const bytes = chaos.below(2) === 0 ? encode(chaos.value()) : Uint8Array.from({ length }, () => chaos.below(256));
  const frame = new Uint8Array(4 + bytes.length);
  new DataView(frame.buffer).setUint32(0, bytes.length);
  frame.set(bytes, 4);
  return frame;
}
