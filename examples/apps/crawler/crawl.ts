/** Tasks in tasks: the crawl of some sites starts one for each site, which starts one for each page. */

import { currentMessenger, remote, TaskFailed, TaskTimeout } from "@palpable/palpable";

const self = remote<typeof import("./crawl.ts")>(import.meta.url);

/** How a host is treated. */
export interface Manners {
  /** Pages that are asked for at once, at most. */
  atOnce: number;
  /** Between two pages. */
  pauseMs: number;
  /** For one page. */
  timeoutMs: number;
  /** How often a page is asked for that does not come, each time after twice the pause. */
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

/** Reads a page in a task with a time limit, and tries again what may pass. */
async function visit(url: string, { timeoutMs, attempts, pauseMs }: Manners): Promise<Page> {
  const reader = currentMessenger().with({ permissions: { net: "inherit" }, isolation: "module", timeoutMs });
  for (let attempt = 1;; attempt++) {
    try {
      return await reader.run(self.readPage, url);
    } catch (error) {
      const mayPass = error instanceof TaskTimeout || error instanceof TaskFailed && Number(error.data) >= 500;
      if (!mayPass || attempt === attempts) throw error;
      await pause(pauseMs * 2 ** attempt);
    }
  }
}

interface Page {
  title: string;
  links: string[];
}

/** The title of a page, and where it links to. */
export async function readPage(url: string): Promise<Page> {
  const response = await fetch(url);
  if (!response.ok) throw new TaskFailed(`${response.status} ${response.statusText}`, response.status);
  const html = await response.text();
  const links = [...html.matchAll(/<a href="([^"#]+)/g)].map(([, href]) => new URL(href, response.url).href);
  return { title: /<title>(.*)<\/title>/.exec(html)?.[1] ?? "", links };
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
