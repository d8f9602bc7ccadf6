/**
 * Downloads from a server that refuses every other file at first: tried again after a while, never more than two at once,
 * and not more than fifty begun in a second. What waits for the host holds no slot and no process. Prints:
 *
 *     text of a, text of b, text of c, text of d, text of e, text of f
 *     9 requests, 3 of them refused, never more than 2 at once: true
 *     nobody waits for the host any more: true
 */

import { Client, remote } from "@palpable/palpable";
import { Server } from "@palpable/palpable/server";

const utils = remote<typeof import("./utils.ts")>(import.meta.resolve("./utils.ts"));

/** The flaky server. */
const seen = new Set<string>();
let [requests, refused, atOnce, most] = [0, 0, 0, 0];
await using web = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, async ({ url }) => {
  const file = url.slice(-1);
  requests++;
  most = Math.max(most, ++atOnce);
  await new Promise((resolve) => setTimeout(resolve, 10));
  atOnce--;
  const isRefused = "bdf".includes(file) && !seen.has(file);
  seen.add(file);
  if (isRefused) refused++;
  return isRefused ? new Response("busy", { status: 503 }) : new Response(`text of ${file}`);
});
const host = `127.0.0.1:${web.addr.port}`;

await using server = await Server.start({ address: "127.0.0.1:0", authkey: "secret", logLevel: "none", numWorkers: 4 });
await using client = await Client.connect({ address: server.address, authkey: "secret" });

const polite = client.with({
  permissions: { net: [host] },
  retry: { attempts: 4, delayMs: 20, factor: 2 },
  limit: { key: host, concurrency: 2, perSecond: 50 },
});
const texts = await polite.map(utils.download, [..."abcdef"].map((file) => `http://${host}/${file}`));
console.log(texts.join(", "));
console.log(`${requests} requests, ${refused} of them refused, never more than 2 at once: ${most <= 2}`);
console.log(`nobody waits for the host any more: ${(await client.status()).keyLimits.keys === 0}`);
