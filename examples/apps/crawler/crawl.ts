/** Tasks in tasks: the crawl of some sites starts one for each site, which starts one for each page. */

import { currentMessenger, remote, TaskFailed } from "@palpable/palpable";

const self = remote<typeof import("./crawl.ts")>(import.meta.url);

/** How a host is treated. */
export interface Manners {
  /** Pages that are asked for at once, at most. */
  atOnce: number;
  /** Between two pages. */
  pauseMs: number;
  /** For one page. */
  timeoutMs: number;
  /** How often a page is asked for that does not come, each time after twice the pause before. */
  attempts: number;
}

/** What became of each page: its title, or why there is none. */
export type Report = Map<string, string>;

/** Crawls sites, each within its own host. */
export async function crawlSites(starts: string[], manners: Manners): Promise<Report> {
  const sites = await Promise.all(starts.map((start) => {
    const permissions = { net: [new URL(start).host] };
    return currentMessenger().with({ permissions }).run(self.crawlSite, start, manners);
  }));
  return new Map(sites.flatMap((site) => [...site]));
}

/** Crawls one site, level by level. What it waits for lends its slot, so one worker is enough for all. */
export async function crawlSite(start: string, manners: Manners): Promise<Report> {
  const report: Report = new Map([[start, "not yet"]]);
  for (let level = [start]; level.length > 0;) {
    const urls = level.values();
    const found = new Set<string>();
    // Lanes take turns at the same list, so that no more pages are asked for at once than there are lanes.
    const lanes = Array.from({ length: manners.atOnce }, async () => {
      for (const url of urls) {
        try {
          const { title, links } = await visit(url, manners);
          report.set(url, title);
          for (const link of links) if (new URL(link).host === new URL(start).host) found.add(link);
        } catch (error) {
          report.set(url, `${error}`);
        }
        await pause(manners.pauseMs);
      }
    });
    await Promise.all(lanes);
    level = [...found].filter((url) => !report.has(url));
    for (const url of level) report.set(url, "not yet");
  }
  return report;
}

/** Reads a page in a task with a time limit for each attempt. */
function visit(url: string, { timeoutMs, attempts, pauseMs }: Manners): Promise<Page> {
  const retry = { attempts, delayMs: 2 * pauseMs, jitter: 0 };
  const options = { permissions: { net: "inherit" as const }, isolation: "module" as const, timeoutMs, retry };
  return currentMessenger().with(options).run(self.readPage, url);
}

interface Page {
  title: string;
  links: string[];
}

/** The title of a page, and where it links to. */
export async function readPage(url: string): Promise<Page> {
  const response = await fetch(url);
  // What the server does not have it will not have in a moment.
  const retry = response.status >= 500;
  if (!response.ok) throw new TaskFailed(`${response.status} ${response.statusText}`, response.status, { retry });
  const html = await response.text();
  const links = [...html.matchAll(/<a href="([^"#]+)/g)].map(([, href]) => new URL(href, response.url).href);
  return { title: /<title>(.*)<\/title>/.exec(html)?.[1] ?? "", links };
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
