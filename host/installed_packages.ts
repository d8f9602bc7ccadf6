/**
 * Whether a project's packages come from its node_modules, as `deno run` decides it.
 *
 * @module
 */

import { dependenciesOf, hasPatterns, isFromRegistry } from "./package_names.ts";
import { foldersFrom, inFolder, liesIn } from "./paths.ts";
import type { Level } from "./project_levels.ts";

/** What is installed. */
export interface Installed {
  /** The node_modules of the module's folder and of those above it in the project. */
  readonly folders: readonly string[];
  /** Where there could be one. */
  readonly absent: readonly string[];
  /** Packages are loaded from there. */
  readonly isUsed: boolean;
}

/** Looks for it from a module's folder up to the root of its project. */
export async function findInstalled(own: string, top: Level, within: readonly Level[]): Promise<Installed> {
  const mode = modeOf(top);
  if (mode === "none") return { folders: [], absent: [], isUsed: false };
  const paths = [...foldersFrom(own)].filter((folder) => liesIn(folder, top.folder))
    .map((folder) => inFolder(folder, "node_modules"));
  const has = await Promise.all(paths.map((path) => Deno.stat(path).then((info) => info.isDirectory, () => false)));
  const folders = paths.filter((_, at) => has[at]);
  const absent = paths.filter((_, at) => !has[at]);
  return { folders, absent, isUsed: folders.length > 0 || needsNode(within) };
}

/**
 * A package.json alone whose names no import map can express, and that depends on nothing which would have to be
 * installed: what can be had otherwise is, since Deno lets a process that resolves as Node does load what lies in any
 * node_modules.
 */
function needsNode(within: readonly Level[]): boolean {
  return within.every(({ deno, npm }) =>
    deno === null && (npm === null || dependenciesOf(npm).every(([, range]) => !isFromRegistry(range)))
  ) && within.some(({ npm }) => npm !== null && hasPatterns(npm));
}

/** `"auto"` as well is what lies there: nothing is ever installed here. */
function modeOf({ deno, npm }: Level): "none" | "installed" {
  const said = deno?.content?.nodeModulesDir;
  if (said === "none" || said === false) return "none";
  if (said === "auto" || said === "manual" || said === true) return "installed";
  return deno?.content?.vendor === true || npm !== null ? "installed" : "none";
}
