/**
 * A server in a process of its own, for what its memory does: says its address, and then, for each line that it reads,
 * how many bytes are resident. Ends with its input.
 */

import { Server } from "../server.ts";

await using server = await Server.start({
  address: "127.0.0.1:0",
  authkey: "bench",
  logLevel: "none",
  numWorkers: 1,
  isolation: "module",
});
console.log(JSON.stringify(server.address));
for await (const _ of Deno.stdin.readable) console.log(JSON.stringify(Deno.memoryUsage().rss));
