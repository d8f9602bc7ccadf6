/**
 * Says which file is missing where a module cannot be loaded for it. A process could only say that it may not read
 * there: what is not there is not granted.
 *
 * @module
 */

import type { InfoModule } from "./deno_program.ts";
import { LoadFailure } from "./load_failure.ts";
import { pathOf } from "./own_modules.ts";
import { liesIn, parentOf } from "./paths.ts";

/**
 * Why a module cannot be loaded of which a file in one of the canonical folders `roots` is missing; null when none is.
 * Files elsewhere are for the process to refuse, which does so whether they are there or not.
 */
export async function missingImport(
  module: string,
  modules: readonly InfoModule[],
  roots: readonly string[],
): Promise<LoadFailure | null> {
  for (const [missing, place] of missingOf(module, modules)) {
    if (!await isMissingIn(pathOf(missing)!, roots)) continue;
    return new LoadFailure(module, `Module not found "${missing}".\n    at ${place}`);
  }
  return null;
}

/**
 * Why a module cannot be loaded that imports a package which is not installed where the project's packages are; null
 * when it imports none such. What a process says of it names no folder.
 */
export function notInstalled(module: string, modules: readonly InfoModule[], root: string): LoadFailure | null {
  for (const { written, error, place } of importsFrom(module, modules)) {
    if (error === undefined || !isOfPackage(written, error)) continue;
    return new LoadFailure(
      module,
      `Import "${written}" is not in the node_modules of its project; run "deno install" in ${root}, on the server's machine\n    at ${place}`,
    );
  }
  return null;
}

/** What stands in a module that loads with another. */
export interface Import {
  /** As it is written. */
  readonly written: string;
  /** What it leads to; undefined where that is not known, and `error` says why. */
  readonly specifier: string | undefined;
  readonly error: string | undefined;
  readonly place: string;
}

/** All that loads with the module: each once, and where it is imported first. */
export function* importsFrom(module: string, modules: readonly InfoModule[]): Generator<Import> {
  const known = new Map(modules.map((entry) => [entry.specifier, entry]));
  const seen = new Set([module]);
  for (const at of seen) {
    for (const { specifier: written, code, isDynamic } of known.get(at)?.dependencies ?? []) {
      // What is imported in the course of a task is the task's own business: it may do without.
      if (code === undefined || isDynamic || (code.specifier !== undefined && seen.has(code.specifier))) continue;
      if (code.specifier !== undefined) seen.add(code.specifier);
      const { line = 0, character = 0 } = code.span?.start ?? {};
      const { specifier, error } = code;
      yield { written, specifier, error, place: `${at}:${line + 1}:${character + 1}` };
    }
  }
}

/** Files that `deno info` has not found, and where they are imported. */
function* missingOf(module: string, modules: readonly InfoModule[]): Generator<[missing: string, place: string]> {
  const wrong = new Set(modules.filter(({ error }) => error !== undefined).map(({ specifier }) => specifier));
  for (const { specifier, place } of importsFrom(module, modules)) {
    if (specifier !== undefined && wrong.has(specifier) && pathOf(specifier) !== null) yield [specifier, place];
  }
}

/** Names of packages, as they can be installed, that Deno found in no node_modules. */
function isOfPackage(written: string, error: string): boolean {
  return /^(npm:|@?\w)/.test(written) && /node_modules|not a dependency/.test(error) && !/^\[ERR_/.test(error);
}

/** Whether there is nothing of this name, not even a link, and it would be in one of the folders. */
async function isMissingIn(path: string, roots: readonly string[]): Promise<boolean> {
  for (let at = path;;) {
    if (await Deno.lstat(at).then(() => true, (error) => !(error instanceof Deno.errors.NotFound))) return false;
    at = parentOf(at);
    const folder = await Deno.realPath(at).catch(() => null);
    if (folder !== null) return roots.some((root) => liesIn(folder, root));
    if (at === "/") return false;
  }
}
