/**
 * Code that a task may have written grants nothing that the task does not have: neither the files that it imports, nor
 * what the server would fetch for it.
 *
 * @module
 */

import type { CodeLimits } from "../core/code_limits.ts";
import { TaskError } from "../core/errors.ts";
import { packageRoot } from "./own_modules.ts";
import { liesIn } from "./paths.ts";

/** What a graph is made of, and what it brings. */
export interface Origins {
  /** Paths of what decides what is loaded: code, and the project's configuration, there or not. */
  readonly code: readonly string[];
  /** Local files that are granted. */
  readonly files: readonly string[];
  /** Folders of code, each with all below it: what is installed. */
  readonly installed: readonly string[];
  /** Deno lets its process load whatever lies in a node_modules, anywhere. */
  readonly usesInstalled: boolean;
  /** It has modules from elsewhere. */
  readonly isForeign: boolean;
}

/**
 * Refuses a graph by which somebody would gain who may have written some of it.
 *
 * @throws {TaskError} `MODULE_NOT_ALLOWED`, naming the file.
 */
export function requireUnplanted(module: string, origins: Origins, limits: CodeLimits): void {
  const { code, files, installed, usesInstalled, isForeign } = origins;
  // Which file would be gained is not said: it may be one whose existence is not known.
  const planted = code.find((path) => limits.write.some((folder) => liesIn(path, folder))) ??
    installed.find((path) => limits.write.some((folder) => liesIn(folder, path)));
  if (planted === undefined) return;
  const isFetched = isForeign && limits.net !== true;
  const readsMore = usesInstalled && limits.read !== true;
  if (!isFetched && !readsMore && files.every((path) => mayRead(path, limits))) return;
  const gained = isFetched ? "what the server fetches for it" : "read access to more than it has";
  throw new TaskError(
    "MODULE_NOT_ALLOWED",
    `Cannot load ${module}: ${planted} lies where ${limits.by} may write, which would get ${gained}; keep code and what tasks write apart`,
  );
}

/** This package's own files are no secret. */
function mayRead(path: string, { read }: CodeLimits): boolean {
  const own = packageRoot();
  if (read === true || (own !== null && liesIn(path, own))) return true;
  return read.some((folder) => liesIn(path, folder));
}
