/**
 * Asks a server for its status every few milliseconds, whether or not the answer before has come: what holds the server
 * up is met by as many calls as come in meanwhile. Arguments: the server's address, milliseconds between two calls. Says
 * when it has begun; a line in is answered with the latencies, as JSON. A process of its own,
 * because what the bench itself does would hold up its answers.
 */

import { Client } from "../mod.ts";

const [address, everyMs] = Deno.args;
await using client = await Client.connect({ address, authkey: "bench", reconnectMs: 0 });
const latencies: number[] = [];

async function ask(): Promise<void> {
  const from = performance.now();
  try {
    await client.status();
    latencies.push(performance.now() - from);
  } catch {
    // The bench is over, and the connection with it.
  }
}

await client.status();
console.log("asking");
const timer = setInterval(ask, Number(everyMs));
for await (const _request of Deno.stdin.readable) {
  console.log(JSON.stringify(latencies));
}
clearInterval(timer);
