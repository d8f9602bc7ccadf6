/**
 * Says which file is missing where a module cannot be loaded for it. A process could only say that it may not read
 * there: what is not there is not granted.
 *
 * @module
 */

import type { InfoModule } from "./deno_program.ts";
import { LoadFailure } from "./load_failure.ts";
import { pathOf } from "./own_modules.ts";
import { liesIn } from "./project.ts";

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

/** What `deno info` has not found of all that loads with the module, and where it is imported. */
function* missingOf(module: string, modules: readonly InfoModule[]): Generator<[missing: string, place: string]> {
  const known = new Map(modules.map((entry) => [entry.specifier, entry]));
  const seen = new Set([module]);
  for (const at of seen) {
    for (const { code, isDynamic } of known.get(at)?.dependencies ?? []) {
      // What is imported in the course of a task is the task's own business: it may do without.
      if (code?.specifier === undefined || isDynamic || seen.has(code.specifier)) continue;
      seen.add(code.specifier);
      const { line = 0, character = 0 } = code.span?.start ?? {};
      const isWrong = known.get(code.specifier)?.error !== undefined;
      if (isWrong && pathOf(code.specifier) !== null) yield [code.specifier, `${at}:${line + 1}:${character + 1}`];
    }
  }
}

/** Whether there is nothing of this name, not even a link, and it would be in one of the folders. */
async function isMissingIn(path: string, roots: readonly string[]): Promise<boolean> {
  for (let at = path;;) {
    if (await Deno.lstat(at).then(() => true, (error) => !(error instanceof Deno.errors.NotFound))) return false;
    at = at.slice(0, at.lastIndexOf("/")) || "/";
    const folder = await Deno.realPath(at).catch(() => null);
    if (folder !== null) return roots.some((root) => liesIn(folder, root));
    if (at === "/") return false;
  }
}
