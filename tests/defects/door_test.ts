import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { AuthenticationFailed, Client, ServerBusy, ServerOffline, TaskError } from "../../mod.ts";
import { Server, type ServerOptions } from "../../server.ts";
import { parseAddress } from "../../wire/address.ts";
import { dial } from "../../client/dial.ts";
import { importAuthkey } from "../../wire/handshake.ts";
import { clientHello, helloFrame } from "../helpers/hello.ts";
import { HoleProxy } from "../helpers/hole_proxy.ts";
import { CANNOT_LIMIT, LimitedServer } from "../helpers/limited_server.ts";
import { TcpProxy } from "../helpers/tcp_proxy.ts";

const pem = (name: string) => Deno.readTextFileSync(new URL(`../fixtures/tls/${name}`, import.meta.url));
const SERVER_TLS = { cert: pem("cert.pem"), key: pem("key.pem") };
const CLIENT_TLS = { caCerts: [pem("ca.pem")] };
/** The beginning of a ClientHello of 512 bytes. */
const HALF_HELLO = Uint8Array.of(0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3);

function start(options: ServerOptions = {}): Promise<Server> {
  return Server.start({ address: "127.0.0.1:0", authkey: "key", logLevel: "none", ...options });
}

/** Resolves when the other side has ended all of them. */
async function allEnded(conns: Deno.Conn[]): Promise<void> {
  await Promise.all(conns.map(async (conn) => {
    const buffer = new Uint8Array(1024);
    try {
      while (await conn.read(buffer) !== null);
    } catch {
      // Reset.
    }
    conn.close();
  }));
}

for (const tls of [false, true]) {
  for (const [files, count] of [[1024, 1100], [150, 200]]) {
    const row = files === 1024 ? "W4" : "R18";
    Deno.test({
      name: `${row}: ${count} silent strangers at a ${
        tls ? "TLS" : "plain"
      } server with ${files} files keep nobody out`,
      ignore: CANNOT_LIMIT,
      async fn() {
        await using server = await LimitedServer.start(files, { tls });
        const before = server.openFiles;
        const conns: Deno.Conn[] = [];
        // They say nothing, the half of something, or all that an honest client says first.
        for (
          const first of [undefined, tls ? HALF_HELLO : Uint8Array.of(0), tls ? await clientHello() : helloFrame()]
        ) {
          conns.push(...await server.strangers(Math.ceil(count / 3), first));
        }
        const { address, authkey } = server;
        {
          await using client = await Client.connect({ address, authkey, tls: tls ? CLIENT_TLS : undefined });
          assertEquals(await client.run((x: number) => x + 1, 1), 2);
        }
        // Each at its deadline at the latest, of 5 s.
        await allEnded(conns);
        await using client = await Client.connect({ address, authkey, tls: tls ? CLIENT_TLS : undefined });
        assertEquals((await client.status()).clients, 1);
        assert(server.openFiles <= before + 20, `${server.openFiles} files, ${before} before`);
      },
    });
  }
}

Deno.test("W5: who ends TLS between the two is found out before an argument leaves, on either side", async () => {
  await using server = await start({ tls: SERVER_TLS });
  // A relay without the key: plain towards the client that forgot tls, TLS towards the server.
  using relay = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const relaying = relay.accept().then(async (near) => {
    const { hostname, port } = parseAddress(server.address) as { hostname: string; port: number };
    const far = await Deno.connectTls({ hostname, port, ...CLIENT_TLS });
    await Promise.allSettled([near.readable.pipeTo(far.writable), far.readable.pipeTo(near.writable)]);
  });
  const address = `127.0.0.1:${relay.addr.port}`;
  await assertRejects(
    () => Client.connect({ address, authkey: "key" }),
    AuthenticationFailed,
    "have the client speak TLS",
  );
  await relaying;

  // A thing that takes TLS off in front of a plain server.
  await using plain = await start();
  using terminator = Deno.listenTls({ hostname: "127.0.0.1", port: 0, ...SERVER_TLS });
  const terminating = terminator.accept().then(async (near) => {
    const { hostname, port } = parseAddress(plain.address) as { hostname: string; port: number };
    const far = await Deno.connect({ hostname, port });
    await Promise.allSettled([near.readable.pipeTo(far.writable), far.readable.pipeTo(near.writable)]);
  });
  const front = `127.0.0.1:${(terminator.addr as Deno.NetAddr).port}`;
  await assertRejects(
    () => Client.connect({ address: front, authkey: "key", tls: CLIENT_TLS }),
    AuthenticationFailed,
    "pass TLS through",
  );
  await terminating;
});

Deno.test("W5: a client connects without TLS to this machine only, unless insecure is said", async () => {
  for (
    const address of ["192.0.2.1:1", "[2001:db8::1]:1", "example.com:1", "0.0.0.0:1", "0:1", "0x7f.1:1", "127.1:1"]
  ) {
    const error = await assertRejects(() => Client.connect({ address, authkey: "key" }), TaskError, "insecure");
    assertEquals(error.code, "INSECURE_ADDRESS", address);
  }
  await using server = await start();
  const port = server.address.split(":")[1];
  for (const host of ["localhost", "127.0.0.1", "[::ffff:127.0.0.1]"]) {
    await using client = await Client.connect({ address: `${host}:${port}`, authkey: "key" });
    assertEquals((await client.status()).clients, 1);
  }
  await using client = await Client.connect({ address: `0.0.0.0:${port}`, authkey: "key", insecure: true });
  assertEquals((await client.status()).clients, 1);
});

for (const kind of ["TCP", "a unix socket", "TLS"]) {
  Deno.test(`R3, R20: at ${kind} who finds no room is told SERVER_BUSY, and 400 that come at once all come in`, async () => {
    const folder = await Deno.makeTempDir();
    const tls = kind === "TLS";
    // Nobody is late on a busy machine: who is silent is told because of the others.
    const handshakeTimeoutMs = 120_000;
    {
      const address = kind === "a unix socket" ? `unix:${folder}/s` : "127.0.0.1:0";
      await using server = await start({ address, tls: tls ? SERVER_TLS : undefined, handshakeTimeoutMs });
      const to = { address: server.address, authkey: "key", tls: tls ? CLIENT_TLS : undefined, handshakeTimeoutMs };
      const silent = tls ? [] : await Promise.all(Array.from({ length: 300 }, () => {
        const at = parseAddress(server.address);
        return at.transport === "unix" ? Deno.connect(at) : Deno.connect(at);
      }));
      const clients = await Promise.all(
        Array.from({ length: 400 }, () => Client.connect({ ...to, reconnectMs: 60_000 })),
      );
      await Promise.all(clients.map((client) => client.close()));
      // What the first of the silent ones was told.
      for (const conn of silent.slice(0, 1)) {
        const buffer = new Uint8Array(1024);
        const count = await conn.read(buffer);
        assertStringIncludes(new TextDecoder().decode(buffer.subarray(0, count ?? 0)), "SERVER_BUSY");
      }
      for (const conn of silent) conn.close();
    }
    await Deno.remove(folder, { recursive: true });
  });
}

Deno.test("R3: a server that stays without room is ServerBusy when reconnectMs is over", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const refusing = (async () => {
    const { Transport } = await import("../../wire/transport.ts");
    const { refuse } = await import("../../wire/handshake.ts");
    for await (const conn of listener) {
      const transport = new Transport(conn);
      refuse(transport, new ServerBusy());
      await transport.flushed();
      transport.close();
    }
  })().catch(() => {});
  const address = `127.0.0.1:${listener.addr.port}`;
  const error = await assertRejects(() => Client.connect({ address, authkey: "key", reconnectMs: 50 }), ServerBusy);
  assertEquals(error.code, "SERVER_BUSY");
  listener.close();
  await refusing;
});

Deno.test("R15: a handshake that takes too long names the option, which makes it take longer", async () => {
  await using server = await start({ handshakeTimeoutMs: 60_000 });
  await using proxy = new TcpProxy(server.address);
  const address = parseAddress(proxy.address);
  const key = await importAuthkey("key");
  using silent = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  await assertRejects(
    () => dial({ address: parseAddress(`127.0.0.1:${silent.addr.port}`), key, handshakeTimeoutMs: 20 }),
    ServerOffline,
    "within 20 ms; check that it is the address of a Palpable server, and whether that speaks TLS; where the way there is " +
      "slow, give a larger handshakeTimeoutMs",
  );
  (await silent.accept()).close();
  (await dial({ address, key, handshakeTimeoutMs: 60_000 })).close();
});

for (const tls of [false, true]) {
  Deno.test(`R15: over a way that delays all by 300 ms each way, ${tls ? "TLS" : "plain"}, larger limits on both sides let in`, async () => {
    // Either one's time over names the option.
    const limits = [[500, 60_000], [60_000, 500], [60_000, 60_000]];
    for (const [ofServer, ofClient] of limits) {
      await using server = await start({ handshakeTimeoutMs: ofServer, tls: tls ? SERVER_TLS : undefined });
      await using proxy = new HoleProxy(server.address);
      proxy.delayMs = 300;
      const connecting = Client.connect({
        address: proxy.address,
        authkey: "key",
        tls: tls ? CLIENT_TLS : undefined,
        handshakeTimeoutMs: ofClient,
        reconnectMs: 0,
      });
      if (ofServer === ofClient) {
        await using client = await connecting;
        assertEquals(await client.run((x: number) => x + 1, 1), 2);
      } else {
        await assertRejects(() => connecting, TaskError, "larger handshakeTimeoutMs");
      }
    }
  });
}
