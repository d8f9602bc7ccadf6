/** What comes before anybody has proved anything: lengths of 4 GiB in each state, and bytes one at a time. */
import { assertEquals, assertRejects } from "@std/assert";
import { Client, TaskError } from "../../mod.ts";
import { Listener } from "../../host/listener.ts";
import { ServerLog } from "../../server/server_log.ts";
import { Ticker } from "../../core/ticker.ts";
import { importAuthkey } from "../../wire/handshake.ts";
import { PROTOCOL_VERSION } from "../../wire/message.ts";
import { Transport } from "../../wire/transport.ts";
import { FakeClock } from "../helpers/fake_clock.ts";
import { helloFrame } from "../helpers/hello.ts";
import { Bystander, readToEnd } from "./bystander.ts";

const CLAIM = Uint8Array.of(0xff, 0xff, 0xff, 0xff);
const NONCE = new Uint8Array(32);

Deno.test("Server refuses a frame that claims 4 GiB in each state of the handshake", async () => {
  await using bystander = await Bystander.start();
  for (const before of [new Uint8Array(), helloFrame()]) {
    const conn = await bystander.openSocket();
    await conn.write(new Uint8Array([...before, ...CLAIM]));
    const said = new TextDecoder().decode(await readToEnd(conn));
    assertEquals(said.includes("FRAME_TOO_LARGE"), true, said);
  }
  await bystander.assertGoesOn();
});

Deno.test("Client.connect() refuses a frame that claims 4 GiB in each state of the handshake", async () => {
  for (const state of ["challenge", "proof"]) {
    using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const serving = (async () => {
      const conn = await listener.accept();
      const transport = new Transport(conn);
      await transport.receive();
      if (state === "proof") {
        transport.send(["challenge", PROTOCOL_VERSION, NONCE]);
        await transport.receive();
      }
      await conn.write(CLAIM);
      await readToEnd(conn);
    })();
    const address = `127.0.0.1:${listener.addr.port}`;
    const error = await assertRejects(() => Client.connect({ address, authkey: "key" }), TaskError);
    assertEquals(error.code, "FRAME_TOO_LARGE", state);
    await serving;
  }
});

Deno.test("Listener drops a peer at its deadline whose hello comes one byte a second", async () => {
  const clock = new FakeClock();
  const socket = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const listener = new Listener({
    listener: socket,
    key: await importAuthkey("key"),
    ticker: new Ticker(clock),
    log: await ServerLog.open({ threshold: "none", folder: null, clock, toConsole: false }),
    handshakeMs: 5000,
    maxNewcomers: 16,
    maxFrameBytes: 1 << 20,
    onNewcomer: () => {},
  });
  const conn = await Deno.connect({ hostname: "127.0.0.1", port: socket.addr.port });
  const ending = readToEnd(conn);
  const hello = helloFrame();
  for (let second = 0; second < 5; second++) {
    await conn.write(hello.subarray(second, second + 1));
    // Another one is refused, with an answer: by then the listener has heard this byte too.
    const other = await Deno.connect({ hostname: "127.0.0.1", port: socket.addr.port });
    await other.write(CLAIM);
    await readToEnd(other);
    clock.advance(1000);
  }
  assertEquals((await ending).length, 0);
  assertEquals(listener.totals.failedHandshakes, 6);
  await listener.close();
});
