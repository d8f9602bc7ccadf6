/**
 * Defects L13, L14, L18 and L29 of the original: what one connection can do to others. What cannot be as it was, by
 * construction:
 *
 * | defect | part | why not here |
 * |---|---|---|
 * | L18 | a thread for each connection | there are no threads; a silent client costs its socket |
 */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { AuthenticationFailed, Client, QueueFull, remote, RunFunction, ServerOffline, TaskError } from "../../mod.ts";
import type { Server } from "../../server.ts";
import { AUTHKEY, later, lineLike, rawPeer, startPair } from "../fixtures/pair.ts";

const defects = remote<typeof import("../fixtures/defects.ts")>(import.meta.resolve("../fixtures/defects.ts"));

Deno.test("L13: bad clients cost only their own connections", async () => {
  await using pair = await startPair({ numWorkers: 1 });
  const { address } = pair.server;
  await assertRejects(() => Client.connect({ address, authkey: "another key" }), AuthenticationFailed);
  await (await connectRaw(pair.server)).close();
  const garbage = [
    new TextEncoder().encode("GET / HTTP/1.1\r\n\r\n"),
    // A frame within the limit that is no message, a message that is no hello, a frame beyond the limit.
    Uint8Array.of(0, 0, 0, 1, 0xc1),
    Uint8Array.of(0, 0, 0, 1, 0x90),
    Uint8Array.of(0, 0, 4, 1),
    Uint8Array.of(0xff, 0xff, 0xff, 0xff),
  ];
  for (const bytes of garbage) {
    using conn = await connectRaw(pair.server);
    await conn.write(bytes);
    await readToEnd(conn);
  }
  // A frame that breaks off.
  const half = await connectRaw(pair.server);
  await half.write(Uint8Array.of(0, 0, 0, 9, 1));
  half.close();
  assertEquals(await pair.client.run(defects.square, 3), 9);
  await using late = await Client.connect({ address, authkey: AUTHKEY });
  assertEquals(await late.run(defects.square, 4), 16);
  assert(pair.server.status().totals.failedHandshakes >= garbage.length + 1);
});

Deno.test("L14: a client that says nothing blocks neither other clients nor stop()", async () => {
  await using pair = await startPair({ numWorkers: 1 });
  using silent = await connectRaw(pair.server);
  await using late = await Client.connect({ address: pair.server.address, authkey: AUTHKEY });
  assertEquals(await late.run(defects.square, 3), 9);
  await late.close();
  await pair.server.stop({ mode: "drain" });
  assertEquals(await readToEnd(silent), 0);
});

Deno.test("L14, L18: who says nothing in the handshake is dropped at its deadline, on either side", async () => {
  await using pair = await startPair();
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const accepted = listener.accept();
  const { port } = listener.addr;
  const connecting = later(assertRejects(
    () => Client.connect({ address: `127.0.0.1:${port}`, authkey: "key" }),
    ServerOffline,
  ));
  using silent = await connectRaw(pair.server);
  // Both deadlines are five seconds.
  await readToEnd(silent);
  await connecting;
  (await accepted).close();
  listener.close();
  assertEquals(pair.server.status().totals.failedHandshakes, 1);
});

Deno.test("L18: a request that makes no sense gets an error, and the connection goes on", async () => {
  await using pair = await startPair();
  await using peer = await rawPeer(pair.server);
  const requests: [string, unknown][] = [
    ["submit", null],
    ["submit", { profile: {}, tasks: [] }],
    ["submit", { profile: { target: ["export", "not a url", "f"] }, tasks: [] }],
    ["await", { ids: 5 }],
    ["query", { ids: [5] }],
    ["query", { ids: new Array(100_001).fill("a") }],
    ["cancel", null],
    ["subscribe", { subscription: "one", topic: "logs" }],
    ["quit", { mode: "gently" }],
  ];
  for (const [command, body] of requests) {
    const error = await assertRejects(() => peer.call(command, body), TaskError);
    assertEquals([command, error.code], [command, "INVALID_REQUEST"]);
  }
  assertEquals(await peer.call("query", { ids: ["abc"] }), [null]);
});

Deno.test("L18: a message beyond the limit ends that connection only", async () => {
  await using pair = await startPair({ maxFrameBytes: 100_000 });
  await using peer = await rawPeer(pair.server);
  const error = await assertRejects(() => peer.call("query", { ids: ["a".repeat(100_000)] }), TaskError);
  assertEquals(error.code, "FRAME_TOO_LARGE");
  assertEquals((await peer.closed).code, "FRAME_TOO_LARGE");
  assertEquals(await pair.client.run(defects.square, 3), 9);
});

Deno.test("L18: the queue is bounded: what is too much is refused as a whole, or waits", async () => {
  await using pair = await startPair({ numWorkers: 1, queueCapacity: 2 });
  const { client } = pair;
  const isRunning = lineLike(client, /idle runs/);
  const busy = await client.submit(defects.idle);
  await isRunning;
  const refusing = client.with({ whenFull: "refuse" });
  const error = await assertRejects(() => refusing.map(defects.square, [1, 2, 3]), QueueFull);
  assertEquals(error.capacity, 2);
  assertEquals(pair.server.status().taskQueueSize, 0);
  const queued = later(client.map(defects.square, [1, 2]));
  const waiting = later(client.run(defects.square, 3));
  await busy.cancel();
  assertEquals(await queued, [1, 4]);
  assertEquals(await waiting, 9);
});

Deno.test("L29: a client is one connection however many calls it makes, and a wait is measured by the clock", async () => {
  const connect = Deno.connect;
  let connections = 0;
  await using pair = await startPair({ numWorkers: 2 });
  Deno.connect = ((options: Deno.ConnectOptions) => {
    connections++;
    return connect(options);
  }) as typeof Deno.connect;
  try {
    await using client = await Client.connect({ address: pair.server.address, authkey: AUTHKEY });
    const { taskId } = await client.runProcedure(new RunFunction(defects.idle), { waitMs: 0 });
    for (let i = 0; i < 5; i++) {
      await client.run(defects.square, i);
      await client.queryResult(taskId);
    }
    const begun = performance.now();
    const waited = await client.runProcedure(new RunFunction(defects.idle, "second"), { waitMs: 120 });
    assertEquals(waited.isSuccessful, null);
    // Never shorter; how much longer is the machine's affair.
    assert(performance.now() - begun >= 119);
    assertEquals(connections, 1);
    assertEquals((await client.status()).clients, 2);
  } finally {
    Deno.connect = connect;
  }
});

function connectRaw({ address }: Server): Promise<Deno.TcpConn> {
  const [hostname, port] = address.split(":");
  return Deno.connect({ hostname, port: Number(port) });
}

/** Resolves when the other side has closed; gives how many bytes it had said, or 0 when it broke off. */
async function readToEnd(conn: Deno.Conn): Promise<number> {
  let bytes = 0;
  const buffer = new Uint8Array(4096);
  try {
    for (let count = await conn.read(buffer); count !== null; count = await conn.read(buffer)) bytes += count;
  } catch {
    return 0;
  }
  return bytes;
}
