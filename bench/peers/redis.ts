/**
 * The Redis that BullMQ needs: one that is there, or one of the bench's own that writes what it acknowledges to the disk.
 *
 * @module
 */

import { PeerMissing } from "./peer_process.ts";

/** Names the port of another Redis, for the processes of a peer. */
export const PORT_VARIABLE = "PALPABLE_BENCH_REDIS_PORT";

/** Where one is looked for. */
export const REDIS = { hostname: "127.0.0.1", port: Number(Deno.env.get(PORT_VARIABLE) ?? 6379) };

/** Throws when none answers. */
export async function requireRedis(): Promise<void> {
  if (!await answers(REDIS.port)) throw new PeerMissing(`no Redis answers on ${REDIS.hostname}:${REDIS.port}`);
}

/** A Redis of the bench's own, in a folder of its own: what it has acknowledged is on the disk (`appendfsync always`). */
export class DurableRedis implements AsyncDisposable {
  readonly port: number;
  #process: Deno.ChildProcess;

  private constructor(port: number, process: Deno.ChildProcess) {
    this.port = port;
    this.#process = process;
  }

  /** Starts one that keeps its files in `folder`; one that is not on this machine, or does not start, is missing. */
  static async start(folder: string): Promise<DurableRedis> {
    const port = freePort();
    const options = { bind: REDIS.hostname, dir: folder, appendonly: "yes", appendfsync: "always", save: "" };
    const args = Object.entries(options).flatMap(([name, value]) => [`--${name}`, value]);
    let process: Deno.ChildProcess;
    try {
      process = new Deno.Command("redis-server", { args: ["--port", String(port), ...args], stdout: "piped" }).spawn();
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) throw new PeerMissing("there is no redis-server");
      throw error;
    }
    await saidReady(process);
    return new DurableRedis(port, process);
  }

  /** Ends it. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#process.kill("SIGTERM");
    await this.#process.status;
  }
}

/** Its output is read to the end, else it would wait for that. */
async function saidReady({ stdout }: Deno.ChildProcess): Promise<void> {
  const [head, rest] = stdout.tee();
  rest.pipeTo(new WritableStream()).catch(() => {});
  let said = "";
  for await (const text of head.pipeThrough(new TextDecoderStream())) {
    said += text;
    if (said.includes("Ready to accept connections")) return;
  }
  throw new PeerMissing(`redis-server ended at once: ${said.trimEnd().split("\n").at(-1)}`);
}

function freePort(): number {
  using listener = Deno.listen({ hostname: REDIS.hostname, port: 0 });
  return listener.addr.port;
}

async function answers(port: number): Promise<boolean> {
  try {
    using conn = await Deno.connect({ hostname: REDIS.hostname, port });
    await conn.write(new TextEncoder().encode("PING\r\n"));
    const answer = new Uint8Array(64);
    const count = await conn.read(answer);
    return new TextDecoder().decode(answer.subarray(0, count ?? 0)).startsWith("+PONG");
  } catch {
    return false;
  }
}
