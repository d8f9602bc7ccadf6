import { assert, assertEquals, assertRejects } from "@std/assert";
import { TlsListener } from "../../server/tls_listener.ts";

const pem = (name: string) => Deno.readTextFileSync(new URL(`../fixtures/tls/${name}`, import.meta.url));
const ROUNDS = 20;

function listen(): TlsListener {
  return new TlsListener("127.0.0.1", 0, { cert: pem("cert.pem"), key: pem("key.pem") });
}

/** Reads until the other side has ended it, however. */
async function readToEnd(conn: Deno.Conn): Promise<void> {
  const buffer = new Uint8Array(64 * 1024);
  try {
    while (await conn.read(buffer) !== null);
  } catch {
    // Reset, or without the end that TLS has.
  }
}

Deno.test({
  name: "W4: a TLS connection whose client does not read gives its file back when it is closed",
  ignore: Deno.build.os !== "linux",
  async fn() {
    const listener = listen();
    const openFiles = () => [...Deno.readDirSync("/proc/self/fd")].length;
    let before = 0;
    for (let round = 0; round < ROUNDS; round++) {
      const accepting = listener.accept();
      const client = await Deno.connectTls({
        hostname: "127.0.0.1",
        port: listener.addr.port,
        caCerts: [pem("ca.pem")],
      });
      const conn = await accepting;
      const reading = conn.read(new Uint8Array(1));
      await client.write(Uint8Array.of(round));
      assertEquals(await reading, 1);
      const ending = conn.read(new Uint8Array(1));
      // More than the system takes for whom nobody reads.
      const writing = assertRejects(() => conn.write(new Uint8Array(32 * 1024 * 1024)), Error, "closed");
      await client.read(new Uint8Array(1));
      conn.close();
      await Promise.all([writing, ending, readToEnd(client)]);
      client.close();
      if (round === 0) before = openFiles();
    }
    assert(openFiles() < before + ROUNDS / 2, `${openFiles()} files, ${before} before`);
    listener.close();
  },
});
