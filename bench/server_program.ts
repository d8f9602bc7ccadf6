/**
 * A server in a process of its own, so that its memory and its event loop are measured and not the bench's. Options come
 * as JSON in the first argument; the first line out is its address. Each line in asks for its memory, after the garbage
 * is gone; it ends with its input. Run it with `--v8-flags=--expose-gc`.
 */

import { Server, type ServerOptions } from "../server.ts";
import type { ServerMemory } from "./bench_server.ts";

const { gc } = globalThis as unknown as { gc(): void };
const options = JSON.parse(Deno.args[0]) as ServerOptions;

await using server = await Server.start({ address: "127.0.0.1:0", authkey: "bench", logLevel: "none", ...options });
console.log(server.address);

for await (const _request of Deno.stdin.readable) {
  gc();
  // Array buffers are let go by the collection after the one that finds them dead.
  gc();
  // `external` holds the array buffers too.
  const { rss, heapUsed, external } = Deno.memoryUsage();
  console.log(JSON.stringify({ rss, used: heapUsed + external } satisfies ServerMemory));
}
