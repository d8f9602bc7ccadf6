import { Client, remote } from "@palpable/palpable";
import { Server } from "@palpable/palpable/server";
import { assert, assertEquals, assertMatch } from "@std/assert";

const { crawlSites } = remote<typeof import("./crawl.ts")>(import.meta.resolve("./crawl.ts"));
const MANNERS = { atOnce: 2, pauseMs: 30, timeoutMs: 1000, attempts: 2 };

Deno.test("A crawl asks each host politely, tries again, gives up what hangs, and leaves no host", async () => {
  await using other = serveSite({ "/": () => page("Other"), "/secret": () => page("Secret") });
  const both = Promise.withResolvers<void>();
  let broken = true;
  await using site = serveSite({
    "/": () => page("Home", "/left", "/right", "/broken", "/gone", "/hangs", "/away", `${other.url}secret`),
    "/left": () => both.promise.then(() => page("Left", "/", "/deep")),
    "/right": () => {
      both.resolve(); // So the two are asked for at once, or neither ever answers.
      return page("Right", "/left", "/deep");
    },
    "/broken": () => {
      if (!broken) return page("Mended");
      broken = false;
      return new Response(null, { status: 503 });
    },
    "/hangs": () => new Response(new ReadableStream()),
    "/away": () => Response.redirect(`${other.url}secret`),
    "/deep": () => page("Deep"),
  });

  const authkey = crypto.randomUUID();
  await using server = await Server.start({ address: "127.0.0.1:0", authkey, logLevel: "none" });
  await using client = await Client.connect({ address: server.address, authkey });
  const crawler = client.with({ permissions: { net: [site.host, other.host] } });
  const report = await crawler.run(crawlSites, [site.url, other.url], MANNERS);

  const titles = { "": "Home", left: "Left", right: "Right", broken: "Mended", deep: "Deep" };
  for (const [path, title] of Object.entries(titles)) assertEquals(report.get(site.url + path), title);
  assertEquals(report.get(`${site.url}gone`), "TaskFailed: 404 Not Found");
  assertEquals(report.get(`${site.url}hangs`), "TaskTimeout: The task ran longer than its limit of 1000 ms");
  assertMatch(report.get(`${site.url}away`)!, /^NotCapable: Requires net access to "127\.0\.0\.1:\d+"/);
  assertEquals([report.get(other.url), report.size], ["Other", 9]);

  const { visits } = site;
  const timesOf = (path: string) => visits.filter((visit) => visit.path === path).length;
  assertEquals(["/left", "/broken", "/gone", "/hangs", "/deep"].map(timesOf), [1, 2, 1, 2, 1]);
  assertEquals(other.visits.map(({ path }) => path), ["/"]);
  for (const { start } of visits) {
    assert(visits.filter((visit) => visit.start <= start && start < visit.end).length <= 2);
  }
  // Of three visits two are of the same lane, with a pause between them.
  visits.slice(2).forEach(({ start }, i) => {
    assert(start - Math.min(visits[i].end, visits[i + 1].end) > MANNERS.pauseMs - 2);
  });
});

/** A site at a port of its own that knows how it was visited. */
function serveSite(pages: Record<string, () => Response | Promise<Response>>) {
  const visits: { path: string; start: number; end: number }[] = [];
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, async ({ url }) => {
    const visit = { path: new URL(url).pathname, start: performance.now(), end: Infinity };
    visits.push(visit);
    const response = await pages[visit.path]?.() ?? new Response(null, { status: 404, statusText: "Not Found" });
    visit.end = performance.now();
    return response;
  });
  const host = `127.0.0.1:${server.addr.port}`;
  return { host, url: `http://${host}/`, visits, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
}

function page(title: string, ...links: string[]): Response {
  return new Response(`<title>${title}</title>${links.map((link) => `<a href="${link}">${link}</a>`).join("")}`);
}
