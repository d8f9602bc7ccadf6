/** Crawls sites and prints what became of each page: `deno task start https://example.com/`. */

import { Client, remote } from "@palpable/palpable";
import { Server } from "@palpable/palpable/server";

const { crawlSites } = remote<typeof import("./crawl.ts")>(import.meta.resolve("./crawl.ts"));

const starts = Deno.args.map((arg) => new URL(arg).href);
const authkey = crypto.randomUUID();
await using server = await Server.start({ address: "127.0.0.1:0", authkey, logLevel: "none" });
await using client = await Client.connect({ address: server.address, authkey });

const crawler = client.with({ permissions: { net: starts.map((url) => new URL(url).host) } });
const manners = { atOnce: 2, pauseMs: 500, timeoutMs: 10_000, attempts: 3 };
for (const [url, what] of await crawler.run(crawlSites, starts, manners)) console.log(url, what);
