/**
 * This package's own modules, as task processes need them: the main module, in two forms, and what it loads later.
 *
 * @module
 */

import { DenoProgram } from "./deno_program.ts";

/** This package's folder; null when it is not on this machine's disk but comes from a registry. */
export const PACKAGE_ROOT = import.meta.url.startsWith("file:")
  ? Deno.realPathSync(new URL("..", import.meta.url)).replace(/\/$/, "")
  : null;

/** Where a published package's modules are; null in a checkout, whose files PACKAGE_ROOT names. */
const PACKAGE_URL = PACKAGE_ROOT === null ? new URL("..", import.meta.url).href : null;

/** Main module of a task's process, in its many files: it shares them with a task that imports this package. */
export const ENTRY: string = new URL("../worker_entry.ts", import.meta.url).href;

/** The same in one file, which loads in a third of the time. Made by `deno task bundle`; its place is as good as ENTRY's. */
export const BUNDLED_ENTRY: string = new URL("./inside/bundle.js", import.meta.url).href;

/** What {@linkcode ENTRY} loads at once, by a computed `import()`. */
export const PROCESS_MAIN: string = new URL("./inside/process_main.ts", import.meta.url).href;

/** What a process loads of this package only when it is needed. */
const LAZY_MODULE = new URL("./inside/subtasks.ts", import.meta.url).href;

/** The modules that a process loads and may share with its task, which it must be allowed to read: by path or by URL. */
export async function findOwnModules(): Promise<ReadonlySet<string>> {
  const deno = new DenoProgram();
  const graphs = await Promise.all([PROCESS_MAIN, LAZY_MODULE].map((module) => deno.info(module, ["--no-config"])));
  return new Set(graphs.flat().map(({ specifier }) => localFile(specifier) ?? specifier));
}

/** A remote module of the very release that the server runs. */
export function isPublishedWithThis(module: string): boolean {
  return PACKAGE_URL !== null && new URL(module).href.startsWith(PACKAGE_URL);
}

/** Canonical path of a local module, or null when it is not there or not local. */
export function localFile(module: string): string | null {
  if (!module.startsWith("file:")) return null;
  try {
    return Deno.realPathSync(fromFileUrl(module));
  } catch {
    return null;
  }
}

/** The path that a `file:` URL says. */
export function fromFileUrl(url: string): string {
  return decodeURIComponent(new URL(url).pathname);
}
