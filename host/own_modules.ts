/**
 * This package's own modules, as task processes need them: the main module and what it loads later, each in two forms.
 *
 * @module
 */

import { isCurrent, readStamp } from "./bundle.ts";
import type { DenoProgram } from "./deno_program.ts";
import { howToLook } from "./looks.ts";

/** Whether this package comes from a registry, and is not on this machine's disk. */
export const IS_PUBLISHED = !import.meta.url.startsWith("file:");

let root: string | null = null;

/** This package's canonical folder; null when it is published. Looked up when it is asked for: importing asks for nothing. */
export function packageRoot(): string | null {
  if (IS_PUBLISHED) return null;
  return root ??= Deno.realPathSync(new URL("..", import.meta.url)).replace(/\/$/, "");
}

/** Where a published package's modules are; null in a checkout, whose files {@linkcode packageRoot} names. */
const PACKAGE_URL = IS_PUBLISHED ? new URL("..", import.meta.url).href : null;

/** Main module of a task's process, in its many files: it shares them with a task that imports this package. */
export const ENTRY: string = new URL("../worker_entry.ts", import.meta.url).href;

/** What {@linkcode ENTRY} loads at once, by a computed `import()`. */
export const PROCESS_MAIN: string = new URL("../process/process_main.ts", import.meta.url).href;

/** What a process loads of this package only when it is needed. */
const LAZY_MODULE = new URL("../process/subtasks.ts", import.meta.url).href;

/** The two in one file each (`bundle.ts`), which load in a third of the time; their place is as good as ENTRY's. */
const BUNDLED_ENTRY = new URL("../process/bundle.js", import.meta.url).href;
const BUNDLED_LAZY_MODULE = new URL("../process/subtasks_bundle.js", import.meta.url).href;

/** A module that imports those which a main module may be made of; the bundle need not be there. */
export const MAIN_MODULES: string = importing([PROCESS_MAIN, BUNDLED_ENTRY]);

/** Whether a process that shares no modules with its task can have a main module in one file. */
export type OwnBundle =
  | { readonly state: "missing" | "stale" }
  | {
    readonly state: "current";
    /** The main module. */
    readonly entry: string;
    /** The paths of what a process with it loads: none where they have URLs. */
    readonly files: readonly string[];
  };

/** A published package has its bundle; in a checkout there may be none, or one of sources that have changed since. */
export async function findBundle(): Promise<OwnBundle> {
  if (IS_PUBLISHED) return { state: "current", entry: BUNDLED_ENTRY, files: [] };
  const [main, lazy] = [BUNDLED_ENTRY, BUNDLED_LAZY_MODULE].map(localFile);
  if (main === null && lazy === null) return { state: "missing" };
  const root = new URL("..", import.meta.url);
  const stamp = readStamp(root);
  if (main === null || lazy === null || stamp === null || !await isCurrent(root, stamp)) return { state: "stale" };
  return { state: "current", entry: BUNDLED_ENTRY, files: [main, lazy] };
}

/** A published package may not be in the cache whole when its server starts. */
const OWN_REACH = IS_PUBLISHED ? "network" : "files";

/** The modules that a process loads and may share with its task, which it must be allowed to read: by path or by URL. */
export async function findOwnModules(deno: DenoProgram): Promise<ReadonlySet<string>> {
  // One look at both: a program more takes as long as all else that a server starts with.
  const modules = await deno.info(importing([PROCESS_MAIN, LAZY_MODULE]), howToLook(null, OWN_REACH));
  const specifiers = modules.map(({ specifier }) => specifier).filter((specifier) => !specifier.startsWith("data:"));
  return new Set(specifiers.map((specifier) => localFile(specifier) ?? specifier));
}

/** The URL of a module that imports these, of which some may be JSON. */
export function importing(modules: readonly string[]): string {
  const source = modules.map((module) =>
    `import ${JSON.stringify(module)}${module.endsWith(".json") ? ' with { type: "json" }' : ""};`
  ).join("");
  return `data:application/javascript,${encodeURIComponent(source)}`;
}

/** A remote module of the very release that the server runs. */
export function isPublishedWithThis(module: string): boolean {
  return PACKAGE_URL !== null && URL.canParse(module) && new URL(module).href.startsWith(PACKAGE_URL);
}

/** What names this package at its registry, any release of it; null in a checkout. */
const REGISTRY_NAME = PACKAGE_URL === null ? null : /\/(@[^/]+\/[^/]+)\/[^/]+\/$/.exec(PACKAGE_URL)?.[1] ?? null;

/** True for what leads to this package: it is on this machine, since the server runs it. */
export function leadsToThis(specifier: string): boolean {
  if (isPublishedWithThis(specifier)) return true;
  if (REGISTRY_NAME === null || !specifier.startsWith("jsr:")) return false;
  const name = specifier.replace(/^jsr:\/?/, "");
  return name === REGISTRY_NAME || name.startsWith(`${REGISTRY_NAME}@`) || name.startsWith(`${REGISTRY_NAME}/`);
}

/** Canonical path of a local module, or null when it is not there or not local. */
export function localFile(module: string): string | null {
  const path = pathOf(module);
  if (path === null) return null;
  try {
    return Deno.realPathSync(path);
  } catch {
    return null;
  }
}

/** The path that a `file:` URL says; null for what is no such URL, or means no path of this machine. */
export function pathOf(module: string): string | null {
  if (!module.startsWith("file:") || !URL.canParse(module)) return null;
  const { host, pathname } = new URL(module);
  // A slash that is written out would be another path to whoever compares texts.
  if (host !== "" || /%2f|%00/i.test(pathname)) return null;
  try {
    return decodeURIComponent(pathname);
  } catch {
    return null;
  }
}
