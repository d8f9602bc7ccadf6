import { assertEquals } from "@std/assert";
import type { AcceptedConn, Acceptor } from "../../host/acceptor.ts";
import { Listener } from "../../host/listener.ts";
import { ServerLog } from "../../server/server_log.ts";
import { Ticker } from "../../core/ticker.ts";
import { UNAUTHENTICATED_FRAME_BYTES } from "../../wire/frame.ts";
import { importAuthkey } from "../../wire/handshake.ts";
import { Transport } from "../../wire/transport.ts";
import { FakeClock } from "../helpers/fake_clock.ts";
import { memoryStreams, settled } from "../helpers/memory_stream.ts";

/** A connection in the middle of its TLS handshake, which takes its time to be refused. */
function securing(refusing: PromiseWithResolvers<boolean>): AcceptedConn {
  const [near] = memoryStreams();
  return {
    remoteAddr: { transport: "tcp", hostname: "192.0.2.1", port: 1 },
    carrier: "tls",
    isSecuring: true,
    refuseEarly: () => refusing.promise,
    read: (into) => near.read(into),
    write: (bytes) => near.write(bytes),
    close: () => near.close(),
  };
}

Deno.test("R18: Listener accepts nobody else while one who is refused at once still holds a file", async () => {
  const clock = new FakeClock();
  const refusing = Promise.withResolvers<boolean>();
  const closing = Promise.withResolvers<AcceptedConn>();
  let accepted = 0;
  const acceptor: Acceptor = {
    addr: { transport: "tcp", hostname: "127.0.0.1", port: 1 },
    accept: () => ++accepted > 2 ? closing.promise : Promise.resolve(securing(refusing)),
    close: () => closing.reject(new Deno.errors.BadResource()),
  };
  const listener = new Listener({
    listener: acceptor,
    key: await importAuthkey("key"),
    ticker: new Ticker(clock),
    log: await ServerLog.open({ threshold: "none", folder: null, clock, toConsole: false }),
    handshakeMs: 5000,
    maxNewcomers: 1,
    maxFrameBytes: 1 << 20,
    onNewcomer: () => {},
  });
  await settled();
  assertEquals([accepted, listener.totals.refusedConnections], [2, 1]);
  refusing.resolve(true);
  await settled();
  assertEquals(accepted, 3);
  await listener.close();
});

Deno.test("R18: Listener tells each of many why they are refused in one turn, though no socket takes a byte in it", async () => {
  const clock = new FakeClock();
  const nextTurn = Promise.withResolvers<void>();
  const closing = Promise.withResolvers<AcceptedConn>();
  const waiting: AcceptedConn[] = [];
  const clients: Transport[] = [];
  for (let i = 0; i < 40; i++) {
    const [near, far] = memoryStreams();
    waiting.push({
      remoteAddr: { transport: "tcp", hostname: "192.0.2.1", port: i + 1 },
      read: (into) => near.read(into),
      write: (bytes) => nextTurn.promise.then(() => near.write(bytes)),
      close: () => near.close(),
    });
    const client = new Transport(far, UNAUTHENTICATED_FRAME_BYTES);
    client.send(["palpable", 0, "client"]);
    clients.push(client);
  }
  const listener = new Listener({
    listener: {
      addr: { transport: "tcp", hostname: "127.0.0.1", port: 1 },
      accept: async () => waiting.shift() ?? await closing.promise,
      close: () => closing.reject(new Deno.errors.BadResource()),
    },
    key: await importAuthkey("key"),
    ticker: new Ticker(clock),
    log: await ServerLog.open({ threshold: "none", folder: null, clock, toConsole: false }),
    handshakeMs: 5000,
    maxNewcomers: 40,
    maxFrameBytes: 1 << 20,
    onNewcomer: () => {},
  });
  const answers = Promise.all(clients.map((client) => client.receive()));
  await settled();
  nextTurn.resolve();
  for (const answer of await answers) assertEquals((answer as string[])[0], "refused");
  assertEquals(listener.totals.failedHandshakes, 40);
  await listener.close();
});
