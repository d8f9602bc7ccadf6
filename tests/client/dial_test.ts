import { assert, assertEquals, assertRejects } from "@std/assert";
import { AuthenticationFailed, ServerOffline, TaskError } from "../../core/errors.ts";
import { parseAddress } from "../../wire/address.ts";
import { dial } from "../../client/dial.ts";
import { authenticateNewcomer, importAuthkey } from "../../wire/handshake.ts";
import { Transport } from "../../wire/transport.ts";

const KEY = await importAuthkey("the shared key");

/** Dials something that listens and treats the one connection as told. */
async function dialTo(answer: (conn: Deno.Conn) => Promise<unknown>, maxFrameBytes?: number): Promise<Transport> {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const answering = listener.accept().then(async (conn) => {
    await answer(conn).catch(() => {});
    try {
      conn.close();
    } catch {
      // Closed by the answer.
    }
  });
  try {
    return await dial({ address: parseAddress(`127.0.0.1:${listener.addr.port}`), key: KEY, maxFrameBytes });
  } finally {
    await answering;
  }
}

Deno.test("dial() gives a transport whose limit is the one that was asked for", async () => {
  const transport = await dialTo(async (conn) => {
    const server = new Transport(conn);
    await authenticateNewcomer(server, KEY);
    server.send("x".repeat(5000));
    await server.flushed();
  }, 6000);
  assertEquals(await transport.receive(), "x".repeat(5000));
  transport.send("y".repeat(5000));
  transport.close();
});

Deno.test("dial() gives ServerOffline when nothing listens", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  const address = parseAddress(`127.0.0.1:${port}`);
  const error = await assertRejects(() => dial({ address, key: KEY }), ServerOffline, "TaskServer OFFLINE");
  assert(error.cause instanceof Deno.errors.ConnectionRefused);
});

Deno.test("dial() gives ServerOffline when the other side hangs up in the handshake", async () => {
  await assertRejects(() => dialTo(() => Promise.resolve()), ServerOffline, "ended in the handshake");
});

Deno.test("dial() gives AuthenticationFailed when the keys differ", async () => {
  const other = await importAuthkey("another key");
  await assertRejects(
    () =>
      dialTo(async (conn) => {
        const transport = new Transport(conn);
        await authenticateNewcomer(transport, other).catch(() => transport.flushed());
      }),
    AuthenticationFailed,
  );
});

Deno.test("dial() takes no frame over 1 KiB from a server that has proved nothing", async () => {
  const error = await assertRejects(
    () => dialTo((conn) => conn.write(Uint8Array.of(0, 0, 4, 1))),
    TaskError,
    "Cannot read a frame of 1025 bytes: at most 1024 are allowed",
  );
  assertEquals(error.code, "FRAME_TOO_LARGE");
});

Deno.test("dial() ends with an error of the family when something else answers", async () => {
  for (const answer of ["HTTP/1.1 400 Bad Request\r\n\r\n", "SSH-2.0-OpenSSH\r\n", "\0\0\0\x01\xc0", "\0\0\0\0"]) {
    const bytes = Uint8Array.from(answer, (char) => char.charCodeAt(0));
    await assertRejects(() => dialTo((conn) => conn.write(bytes)), TaskError);
  }
});

Deno.test("V12: what is left of a caller's time is shown in whole milliseconds, at least one", async () => {
  using silent = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const address = parseAddress(`127.0.0.1:${silent.addr.port}`);
  for (const [withinMs, shown] of [[29.99768599999993, 30], [0.2, 1]]) {
    const dialing = dial({ address, key: KEY, withinMs });
    await assertRejects(() => dialing, ServerOffline, `within ${shown} ms`);
  }
});
