import { assert, assertEquals, assertInstanceOf, assertRejects, assertStringIncludes } from "@std/assert";
import { AuthenticationFailed, Client, ServerOffline, TaskError } from "../../mod.ts";
import { Listener } from "../../host/listener.ts";
import { ServerLog } from "../../server/server_log.ts";
import { Ticker } from "../../core/ticker.ts";
import { encode } from "../../wire/codec.ts";
import { authenticateToServer, importAuthkey, type Newcomer } from "../../wire/handshake.ts";
import { TOKEN_BYTES } from "../../wire/token.ts";
import { PROTOCOL_VERSION } from "../../wire/message.ts";
import { Transport } from "../../wire/transport.ts";
import { Bystander, readToEnd } from "./bystander.ts";
import { FakeClock } from "../helpers/fake_clock.ts";

const NONCE = new Uint8Array(32).fill(7);

function frame(bytes: Uint8Array, length = bytes.length): Uint8Array<ArrayBuffer> {
  const framed = new Uint8Array(4 + bytes.length);
  new DataView(framed.buffer).setUint32(0, length);
  framed.set(bytes, 4);
  return framed;
}

/** Sends bytes as they are and gives the refusal that comes back before the server closes. */
async function sendRaw(bystander: Bystander, bytes: Uint8Array): Promise<string> {
  const conn = await bystander.openSocket();
  const reading = readToEnd(conn);
  await conn.write(bytes);
  return new TextDecoder().decode(await reading);
}

// -- Keys --

Deno.test("Client.connect() raises AuthenticationFailed when the key is wrong", async () => {
  await using bystander = await Bystander.start();
  for (const authkey of ["wrong", new Uint8Array([1]), "the key of the test", "the key of the tests\n"]) {
    await assertRejects(() => Client.connect({ address: bystander.server.address, authkey }), AuthenticationFailed);
  }
  assertEquals(bystander.server.status().totals.failedHandshakes, 4);
  await bystander.assertGoesOn();
});

Deno.test("Client.connect() raises AUTHKEY_UNUSABLE when there is no key", async () => {
  await using bystander = await Bystander.start();
  const home = await Deno.makeTempDir();
  const names = ["HOME", "XDG_CONFIG_HOME", "PALPABLE_AUTHKEY"];
  const saved = names.map((name) => [name, Deno.env.get(name)] as const);
  try {
    for (const name of names) Deno.env.delete(name);
    Deno.env.set("HOME", home);
    const error = await assertRejects(() => Client.connect({ address: bystander.server.address }), TaskError);
    assertEquals(error.code, "AUTHKEY_UNUSABLE");
    for (const authkey of ["", new Uint8Array()]) {
      const empty = await assertRejects(
        () => Client.connect({ address: bystander.server.address, authkey }),
        TaskError,
      );
      assertEquals(empty.code, "AUTHKEY_UNUSABLE");
    }
  } finally {
    for (const [name, value] of saved) value === undefined ? Deno.env.delete(name) : Deno.env.set(name, value);
    await Deno.remove(home, { recursive: true });
  }
  await bystander.assertGoesOn();
});

Deno.test("Client.connect() raises AUTHKEY_UNUSABLE when the key file is missing, empty or open to others", async () => {
  await using bystander = await Bystander.start();
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(`${folder}/open`, "key\n", { mode: 0o644 });
    await Deno.writeTextFile(`${folder}/empty`, "\n", { mode: 0o600 });
    for (const [name, hint] of [["missing", "Cannot read"], ["open", "chmod 600"], ["empty", "empty"]]) {
      const error = await assertRejects(
        () => Client.connect({ address: bystander.server.address, authkeyFile: `${folder}/${name}` }),
        TaskError,
        hint,
      );
      assertEquals(error.code, "AUTHKEY_UNUSABLE");
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
  await bystander.assertGoesOn();
});

Deno.test("Client.connect() refuses a server that does not know the key", async () => {
  // Plays the server's part up to a proof made with another key.
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const serving = (async () => {
    const transport = new Transport(await listener.accept());
    await transport.receive();
    transport.send(["challenge", PROTOCOL_VERSION, NONCE]);
    await transport.receive();
    transport.send(["proof", new Uint8Array(32)]);
    await transport.flushed();
    assertEquals(await transport.receive(), null);
    transport.close();
  })();
  const address = `127.0.0.1:${(listener.addr as Deno.NetAddr).port}`;
  await assertRejects(() => Client.connect({ address, authkey: "k" }), AuthenticationFailed, "did not prove");
  await serving;
});

// -- Silence --

/** A listener on its own, whose time the test turns. */
async function startListener(onNewcomer: (newcomer: Newcomer, transport: Transport) => void = () => {}) {
  const clock = new FakeClock();
  const ticker = new Ticker(clock);
  const socket = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const listener = new Listener({
    listener: socket,
    key: await importAuthkey("key"),
    ticker,
    log: await ServerLog.open({ threshold: "none", folder: null, clock, toConsole: false }),
    handshakeMs: 5000,
    maxNewcomers: 16,
    maxFrameBytes: 1 << 20,
    onNewcomer,
  });
  const connect = () => Deno.connect({ hostname: "127.0.0.1", port: (socket.addr as Deno.NetAddr).port });
  return { clock, listener, connect };
}

/** One full handshake: when it is through, whoever connected before has been accepted too. */
async function handshake(connect: () => Promise<Deno.TcpConn>): Promise<Transport> {
  const transport = new Transport(await connect());
  await authenticateToServer(transport, await importAuthkey("key"));
  return transport;
}

Deno.test("Listener drops a peer that says nothing when 5 s have passed, and not before", async () => {
  const accepted: Transport[] = [];
  const { clock, listener, connect } = await startListener((_newcomer, transport) => accepted.push(transport));
  const silent = await connect();
  let ended = false;
  const end = readToEnd(silent).then(() => ended = true);
  const first = await handshake(connect);
  clock.advance(4999);
  // A whole handshake later the silent one would have been found closed, had it been dropped early.
  const second = await handshake(connect);
  assertEquals(ended, false);
  clock.advance(1);
  await end;
  // Those that proved themselves have no deadline.
  clock.advance(3_600_000);
  for (const transport of [first, second]) transport.send(["still here"]);
  for (const transport of accepted) assertEquals(await transport.receive(), ["still here"]);
  assertEquals(listener.totals.failedHandshakes, 1);
  for (const transport of [first, second, ...accepted]) transport.close();
  await listener.close();
});

Deno.test("Listener drops a peer that stops in the middle of a frame, or after its hello, at the deadline", async () => {
  const accepted: Transport[] = [];
  const { clock, listener, connect } = await startListener((_newcomer, transport) => accepted.push(transport));
  const half = await connect();
  await half.write(frame(encode(["palpable", PROTOCOL_VERSION, "client", NONCE])).subarray(0, 20));
  const halfEnd = readToEnd(half);
  const hello = new Transport(await connect());
  hello.send(["palpable", PROTOCOL_VERSION, "client", NONCE]);
  assertEquals((await hello.receive() as unknown[])[0], "challenge");
  const honest = await handshake(connect);
  clock.advance(5000);
  assertEquals((await halfEnd).length, 0);
  await assertRejects(async () => {
    // The end of the stream shows as a clean one or as a broken one, whichever the system reports.
    if (await hello.receive() === null) throw new TaskError("CONNECTION_CLOSED", "closed");
  }, TaskError);
  assertEquals(listener.totals.failedHandshakes, 2);
  for (const transport of [hello, honest, ...accepted]) transport.close();
  await listener.close();
});

// -- Bytes that are no handshake --

Deno.test("Server drops a peer that closes within a frame, and goes on", async () => {
  await using bystander = await Bystander.start();
  for (const bytes of [[], [0], [0, 0, 0], [0, 0, 0, 9, 1, 2, 3]]) {
    const conn = await bystander.openSocket();
    await conn.write(new Uint8Array(bytes));
    conn.close();
  }
  await bystander.assertGoesOn();
});

Deno.test("Server refuses a frame over 1 KiB before authentication as soon as its length is known", async () => {
  await using bystander = await Bystander.start();
  for (const length of [1025, 64 * 1024 * 1024, 0xffffffff]) {
    // The length alone: nothing is waited for, nothing allocated.
    assertStringIncludes(await sendRaw(bystander, frame(new Uint8Array(), length)), "FRAME_TOO_LARGE");
  }
  await bystander.assertGoesOn();
});

Deno.test("Server refuses garbage, and what is MessagePack but no hello, by name", async () => {
  await using bystander = await Bystander.start();
  const garbage: [Uint8Array, string][] = [
    [new TextEncoder().encode("GET / HTTP/1.1\r\nHost: x\r\n\r\n"), "FRAME_TOO_LARGE"],
    [frame(new Uint8Array([0xc1])), "MALFORMED_MESSAGE"],
    [frame(new Uint8Array()), "MALFORMED_MESSAGE"],
    [frame(new Uint8Array([0xdd, 0xff, 0xff, 0xff, 0xff])), "MALFORMED_MESSAGE"],
    [frame(encode("palpable")), "MALFORMED_MESSAGE"],
    [frame(encode(null)), "MALFORMED_MESSAGE"],
    [frame(encode({ 0: "palpable" })), "MALFORMED_MESSAGE"],
    [frame(encode([])), "MALFORMED_MESSAGE"],
    [frame(encode(["proof", NONCE])), "MALFORMED_MESSAGE"],
    [frame(encode(["palpable", PROTOCOL_VERSION, "client"])), "MALFORMED_MESSAGE"],
    [frame(encode(["palpable", PROTOCOL_VERSION, "client", "nonce"])), "MALFORMED_MESSAGE"],
    [frame(encode(["palpable", PROTOCOL_VERSION, "client", new Uint8Array(31)])), "MALFORMED_MESSAGE"],
    [frame(encode(["palpable", PROTOCOL_VERSION, "admin", NONCE])), "AUTHENTICATION_FAILED"],
    [frame(encode(["palpable", PROTOCOL_VERSION, "worker", new Uint8Array(TOKEN_BYTES)])), "AUTHENTICATION_FAILED"],
  ];
  for (const [bytes, code] of garbage) assertStringIncludes(await sendRaw(bystander, bytes), code);
  assertEquals(bystander.server.status().totals.failedHandshakes, garbage.length);
  await bystander.assertGoesOn();
});

Deno.test("Server refuses a proof that is missing, short, or of a different nonce", async () => {
  await using bystander = await Bystander.start();
  for (
    const proof of [undefined, "text", new Uint8Array(), new Uint8Array(31), new Uint8Array(32), new Uint8Array(33)]
  ) {
    const transport = await bystander.openTransport();
    transport.send(["palpable", PROTOCOL_VERSION, "client", NONCE]);
    await transport.receive();
    transport.send(["proof", proof]);
    assertEquals((await transport.receive() as unknown[]).slice(0, 2), ["refused", "AUTHENTICATION_FAILED"]);
    transport.close();
  }
  await bystander.assertGoesOn();
});

Deno.test("Server refuses every other protocol version by name", async () => {
  await using bystander = await Bystander.start();
  const versions = [
    PROTOCOL_VERSION + 1,
    0,
    -1,
    2 ** 40,
    "1",
    null,
    1.5,
    [1],
    { toString: 5 },
    "√".repeat(300),
    10n ** 50n,
  ];
  for (const version of versions) {
    assertStringIncludes(
      await sendRaw(bystander, frame(encode(["palpable", version, "client", NONCE]))),
      "PROTOCOL_VERSION",
    );
  }
  await bystander.assertGoesOn();
});

Deno.test("Client.connect() raises PROTOCOL_VERSION when the server is of a future release", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const serving = (async () => {
    const transport = new Transport(await listener.accept());
    await transport.receive();
    transport.send(["challenge", PROTOCOL_VERSION + 1, NONCE]);
    await transport.flushed();
    transport.close();
  })();
  const address = `127.0.0.1:${(listener.addr as Deno.NetAddr).port}`;
  const error = await assertRejects(() => Client.connect({ address, authkey: "k" }), TaskError, "same release");
  assertEquals(error.code, "PROTOCOL_VERSION");
  await serving;
});

Deno.test("Client.connect() raises ServerOffline when nobody listens or the other side hangs up", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const address = `127.0.0.1:${(listener.addr as Deno.NetAddr).port}`;
  const hangingUp = listener.accept().then((conn) => conn.close());
  assertInstanceOf(await Client.connect({ address, authkey: "k" }).catch((error) => error), ServerOffline);
  await hangingUp;
  listener.close();
  assertInstanceOf(await Client.connect({ address, authkey: "k" }).catch((error) => error), ServerOffline);
});

// -- After authentication --

Deno.test("Server closes an authenticated connection that sends an oversized frame, with the reason, and no other", async () => {
  await using bystander = await Bystander.start({ maxFrameBytes: 4096 });
  const peer = await bystander.openPeer();
  peer.push("ack", ["x".repeat(5000)]);
  const reason = await peer.closed;
  assertEquals(reason.code, "FRAME_TOO_LARGE");
  assertStringIncludes(reason.message, "4096");
  await bystander.assertGoesOn();
});

Deno.test("Server closes an authenticated connection that sends garbage, with the reason, and no other", async () => {
  await using bystander = await Bystander.start();
  const messages = [
    "text",
    null,
    5,
    [],
    {},
    [99],
    [0],
    [0, "id", "status", null],
    [0, 1],
    [0, 1, 5],
    [3],
    [3, 5, null],
    [-1],
    [
      { toString: 1 },
    ],
  ];
  for (const message of messages) {
    const transport = await bystander.openAuthenticated();
    transport.send(message);
    const [kind, error] = await transport.receive() as [number, TaskError];
    assertEquals([kind, error.code], [4, "MALFORMED_MESSAGE"]);
    assertEquals(await transport.receive(), null);
    transport.close();
  }
  await bystander.assertGoesOn();
});

Deno.test("Server lets an authenticated connection end within a frame", async () => {
  await using bystander = await Bystander.start();
  const conn = await bystander.openSocket();
  await authenticateToServer(new Transport(conn), await importAuthkey("the key of the tests"));
  await conn.write(new Uint8Array([0, 0, 1, 0, 0x93, 0x00]));
  await conn.closeWrite();
  const [bye] = [await readToEnd(conn)];
  assert(bye.length === 0 || new TextDecoder().decode(bye).includes("CONNECTION_CLOSED"));
  await bystander.assertGoesOn();
});
