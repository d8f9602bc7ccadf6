/** A server in a process of its own, and a raw connection to it. */
import { AUTHKEY } from "../fixtures/pair.ts";
import type { ServerOptions } from "../../server.ts";
import { parseAddress } from "../../wire/address.ts";
import { dial } from "../../client/dial.ts";
import { importAuthkey } from "../../wire/handshake.ts";

const PROGRAM = import.meta.resolve("../fixtures/lone_server.ts");

/** The running program. */
export class LoneServer implements AsyncDisposable {
  readonly address: string;
  #process: Deno.ChildProcess;

  private constructor(process: Deno.ChildProcess, address: string) {
    this.#process = process;
    this.address = address;
  }

  static async start(options: ServerOptions & { clockAheadMs?: number } = {}): Promise<LoneServer> {
    const process = new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", PROGRAM, JSON.stringify(options)],
      stdin: "piped",
      stdout: "piped",
    }).spawn();
    const lines = process.stdout.pipeThrough(new TextDecoderStream());
    const reader = lines.getReader();
    const { value } = await reader.read();
    await reader.cancel();
    return new LoneServer(process, value!.trim());
  }

  get pid(): number {
    return this.#process.pid;
  }

  /** As the system does it that has no memory left: nothing is said, and nothing is written any more. */
  async kill(): Promise<void> {
    this.#process.kill("SIGKILL");
    await this.#process.status;
    await this.#process.stdin.close().catch(() => {});
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#process.stdin.close().catch(() => {});
    await this.#process.status;
  }
}

/** A connection below the transport: bytes go as they are. */
export interface RawConn {
  write(bytes: Uint8Array): Promise<number>;
  close(): void;
  /** Resolves when the other side has closed. */
  readonly ended: Promise<void>;
}

/** An authenticated one; make one after the other. */
export async function openRaw(address: string, onBytes: (bytes: Uint8Array) => void = () => {}): Promise<RawConn> {
  const { connect } = Deno;
  let made: Deno.Conn | undefined;
  // The handshake is not what is tried here: it is done by whoever knows how.
  const recording = (async (options: never) => made = await connect(options)) as typeof connect;
  Object.assign(Deno, { connect: recording });
  try {
    await dial({ address: parseAddress(address), key: await importAuthkey(AUTHKEY) });
  } finally {
    Object.assign(Deno, { connect });
  }
  const conn = made!;
  const close = () => {
    try {
      conn.close();
    } catch {
      // It is closed.
    }
  };
  return { write: (bytes) => conn.write(bytes), close, ended: readAll(conn, onBytes).finally(close) };
}

async function readAll(conn: Deno.Conn, onBytes: (bytes: Uint8Array) => void): Promise<void> {
  const into = new Uint8Array(64 * 1024);
  try {
    for (let count = await conn.read(into); count !== null; count = await conn.read(into)) {
      onBytes(into.subarray(0, count));
    }
  } catch {
    // Closed with unread input, or here.
  }
}

/** Writes all; false when the other side has closed before that. */
export async function writeAll(conn: RawConn, bytes: Uint8Array): Promise<boolean> {
  try {
    for (let at = 0; at < bytes.length;) at += await conn.write(bytes.subarray(at, at + (1 << 20)));
    return true;
  } catch {
    return false;
  }
}
