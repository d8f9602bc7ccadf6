/** Links between the documents lead somewhere. */
import { assert } from "@std/assert";
import { allPages, type Page, ROOT } from "./pages.ts";

const PAGES = new Map(allPages().map((page) => [page.path, page]));

Deno.test("Each link of a document leads to a file that there is, and to a heading that it has", () => {
  for (const page of PAGES.values()) {
    for (const link of linksOf(page)) {
      const target = new URL(link, new URL(page.path, ROOT));
      const path = target.pathname.slice(ROOT.pathname.length);
      assert(isThere(target), `${page.path}: there is no ${path}`);
      const heading = decodeURIComponent(target.hash.slice(1));
      if (heading === "") continue;
      const linked = PAGES.get(path);
      assert(linked !== undefined, `${page.path}: ${path} has no headings`);
      assert(headingsOf(linked).includes(heading), `${page.path}: ${path} has no heading ${heading}`);
    }
  }
});

Deno.test("README.md leads to each document that there is", () => {
  const linked = linksOf(PAGES.get("README.md")!).map((link) => link.split("#")[0]);
  for (const path of PAGES.keys()) {
    if (path !== "README.md" && !path.startsWith("links/")) assert(linked.includes(path), `no link to ${path}`);
  }
});

/** What is linked within the repository, pictures too. */
function linksOf({ text }: Page): string[] {
  return [...withoutCode(text).matchAll(/\]\(([^)\s]+)\)/g)].map(([, link]) => link).filter((link) =>
    !/^\w+:/.test(link)
  );
}

function headingsOf({ text }: Page): string[] {
  return [...withoutCode(text).matchAll(/^#+ (.+)$/gm)].map(([, heading]) => anchorOf(heading));
}

/** As GitHub and JSR make it. */
function anchorOf(heading: string): string {
  return heading.toLowerCase().replace(/[^\p{L}\p{N}\-_ ]/gu, "").replaceAll(" ", "-");
}

function withoutCode(text: string): string {
  return text.replace(/^```[\s\S]*?^```$/gm, "");
}

function isThere(url: URL): boolean {
  try {
    return Deno.statSync(url.pathname) !== null;
  } catch {
    return false;
  }
}
