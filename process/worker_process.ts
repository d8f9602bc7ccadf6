/**
 * The life of a worker process:
 *
 * 1. connects to the server and gives back the permission to do so;
 * 2. runs what it is given (`runner.ts`);
 * 3. leaves as soon as the server is gone.
 *
 * @module
 */

import { decode } from "../wire/codec.ts";
import type { Greeting } from "../wire/worker_message.ts";
import { presentToken, TOKEN_BYTES } from "../wire/token.ts";
import { Transport } from "../wire/transport.ts";
import { loading } from "./load_target.ts";
import { Runner, subtasksUrl } from "./runner.ts";
import { StandardError } from "./standard_error.ts";

/** Exit code of a worker whose server is gone. */
const ORPHANED = 75;

/**
 * The life of a worker process. `args`: the server's address, what to do once it is connected there (see `WayIn` in
 * `host/worker_door.ts`), the sizes that the server takes (bytes of a message, bytes and items of a result, with
 * commas between), "quotes" when errors of loading may quote the source, else nothing, and the host of this package's
 * modules where the task itself may not import from there.
 */
export async function runWorker([address, afterwards, sizes, quotes, packageHost]: string[]): Promise<void> {
  loading.quotes = !!quotes;
  const { token, greeting } = readStandardInput();
  const conn = await connect(address);
  giveBack(address, afterwards);
  if (packageHost !== undefined) {
    // What would be loaded when it is needed cannot be loaded any more then.
    await import(subtasksUrl());
    Deno.permissions.revokeSync({ name: "import", host: packageHost });
  }
  const [maxFrameBytes, bytes, items] = sizes.split(",").map(Number);
  const transport = new Transport(conn, maxFrameBytes);
  presentToken(transport, token);
  const worker = new Runner({
    transport,
    tid: Deno.pid,
    ownsConsole: true,
    outlet: (peer) => new StandardError(peer),
    limits: { bytes, items },
  });
  for (const [topic, body] of greeting) worker.onPush(topic, body);
  await worker.peer.closed;
  // Nobody is left to tell: the process must not outlive its server.
  Deno.exit(ORPHANED);
}

/** Milliseconds between attempts to get into a queue that is full; the system has no word for when it is not. */
const QUEUE_MS = 20;

async function connect(address: string): Promise<Deno.Conn> {
  if (!address.startsWith(UNIX)) {
    const [hostname, port] = address.split(":");
    const conn = await Deno.connect({ hostname, port: Number(port) });
    conn.setNoDelay(true);
    return conn;
  }
  // The server ends a process that has not connected in time.
  for (;;) {
    try {
      return await Deno.connect({ transport: "unix", path: address.slice(UNIX.length) });
    } catch (error) {
      if (!(error instanceof Deno.errors.WouldBlock)) throw error;
      await new Promise((resolve) => setTimeout(resolve, QUEUE_MS));
    }
  }
}

const UNIX = "unix:";

/** What is connected stays connected; a second connection is refused from here on. */
function giveBack(address: string, afterwards: string): void {
  const path = address.slice(UNIX.length);
  for (const act of afterwards.split(",")) {
    if (act === "net") Deno.permissions.revokeSync({ name: "net", host: address });
    else if (act === "read" || act === "write") Deno.permissions.revokeSync({ name: act, path });
    else if (act === "unlink") removeLink(path);
  }
}

function removeLink(path: string): void {
  try {
    Deno.removeSync(path);
  } catch {
    // Another task that may write there was quicker.
  }
}

/** Read synchronously: nothing else can be done before it is there, and the server has written it already. */
function readStandardInput(): { token: Uint8Array; greeting: Greeting } {
  let bytes = new Uint8Array(4096);
  let length = 0;
  for (let count: number | null = 0; count !== null; count = Deno.stdin.readSync(bytes.subarray(length))) {
    length += count;
    if (length < bytes.length) continue;
    const larger = new Uint8Array(2 * length);
    larger.set(bytes);
    bytes = larger;
  }
  if (length < TOKEN_BYTES) throw new Error("This program is started by a Palpable server, not by hand");
  const greeting = length === TOKEN_BYTES ? [] : decode(bytes.subarray(TOKEN_BYTES, length)) as Greeting;
  return { token: bytes.subarray(0, TOKEN_BYTES), greeting };
}
