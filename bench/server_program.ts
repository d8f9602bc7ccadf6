/**
 * A server in a process of its own, so that its memory and its event loop are measured and not the bench's. Options come
 * as JSON in the first argument; the first line out is its address. The line `memory` asks for its memory, after the
 * garbage is gone, `turns` for how long its event loop was held up since it was asked that last, from the first time on.
 * It ends with its input. Run it with `--v8-flags=--expose-gc`.
 */

import { Server, type ServerOptions } from "../server.ts";
import type { ServerMemory, Turns } from "./bench_server.ts";

const { gc } = globalThis as unknown as { gc(): void };
const options = JSON.parse(Deno.args[0]) as ServerOptions;

/** So often it is looked whether the loop gets to it. */
const TICK_MS = 1;
/** How late each look was, in milliseconds; null while nobody wants to know. */
let late: number[] | null = null;

await using server = await Server.start({ address: "127.0.0.1:0", authkey: "bench", logLevel: "none", ...options });
console.log(server.address);

for await (const request of Deno.stdin.readable.pipeThrough(new TextDecoderStream())) {
  console.log(JSON.stringify(request.trim() === "turns" ? takeTurns() : memory()));
}

function memory(): ServerMemory {
  gc();
  // Array buffers are let go by the collection after the one that finds them dead.
  gc();
  // `external` holds the array buffers too.
  const { rss, heapUsed, external } = Deno.memoryUsage();
  return { rss, used: heapUsed + external };
}

function takeTurns(): Turns {
  if (late === null) look(performance.now());
  const sorted = (late ?? []).sort((a, b) => a - b);
  late = [];
  return { longestMs: sorted.at(-1) ?? 0, p999Ms: sorted[Math.floor(sorted.length * 0.999)] ?? 0 };
}

function look(from: number): void {
  const timer = setTimeout(() => {
    const now = performance.now();
    late!.push(now - from - TICK_MS);
    look(now);
  }, TICK_MS);
  Deno.unrefTimer(timer);
}
